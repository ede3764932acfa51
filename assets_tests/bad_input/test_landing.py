"""Landing files that are not what they should be: one asset fails, and says which file and why."""

import gzip
import shutil

import pytest

from assets_tests.bad_input.ward import DAYS, ONLY_MOODS_FAILED, steps
from assets_tests.checkout import failure

DAY = DAYS[1]
FILE = f"landing/ward/notes/{DAY}/notes.csv"
AGAIN = "have the source system send it again"

CSV = {
    "a gzip archive": (
        gzip.compress(b"note_id,noted_on,mood\n", mtime=0),
        f"{FILE} is a gzip archive, not csv; {AGAIN}",
    ),
    "a Parquet file": (b"PAR1\x15\x04\x15", f"{FILE} is a Parquet file, not csv; {AGAIN}"),
    "JSON": (
        '{"note_id": "Ann Lee", "noted_on": "2025-01-03", "mood": 3}\n',
        f"{FILE} lacks the column note_id, noted_on, mood; have it sent again, or declare the "
        "column optional in landing/ward/notes",
    ),
    "a missing column": (
        f"note_id,noted_on\n1,{DAY}\n",
        f"{FILE} lacks the column mood; have it sent again, or declare the column optional in "
        "landing/ward/notes",
    ),
    "an extra column": (
        f"note_id,noted_on,mood,weather\n1,{DAY},3,rain\n",
        f"{FILE} has the column weather, which landing/ward/notes does not declare; declare it as "
        "optional",
    ),
    "no header": (
        f"1,{DAY},3\n",
        f"{FILE} lacks the column note_id, noted_on, mood; have it sent again, or declare the "
        "column optional in landing/ward/notes",
    ),
}


@pytest.mark.parametrize(("content", "sentence"), CSV.values(), ids=CSV)
def test_a_csv_file_that_is_something_else_fails_its_asset_only(ward, content, sentence):
    ward.land_notes(DAY, content)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == f"ward/moods: {sentence}"
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_csv_in_a_file_of_json_lines_fails_its_asset_only(ward):
    ward.land_visits(DAY, f"visit_id,visited_on\n1,{DAY}\n")
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        f"ward/visits: landing/ward/visits/{DAY}/visits.jsonl does not begin with a JSON object; "
        "have it sent again"
    )
    assert steps(result) == {"ward/moods": True, "ward/moods_by_day": True, "ward/visits": False}
    assert ward.state() == before


def test_a_landing_folder_that_is_missing_fails_what_reads_it(ward):
    shutil.rmtree(ward.home / "landing/ward/notes")
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        f"ward/moods: landing/ward/notes is missing in {ward.home}; bring the files there, or run "
        "`seniorlink seed` for the sample company's"
    )
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_a_landing_day_that_is_missing_fails_what_reads_it(ward):
    shutil.rmtree(ward.home / "landing/ward/notes" / DAY)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        f"ward/moods: landing/ward/notes/{DAY} is missing in {ward.home}; bring its files there, "
        "or make an empty folder to say that there were none"
    )
    assert steps(result) == ONLY_MOODS_FAILED
    assert ward.state() == before


def test_a_line_with_a_byte_that_is_no_text_is_rejected_and_the_rest_is_published(ward):
    ward.land_notes(DAY, b"note_id,noted_on,mood\n11,2025-01-03,5\n12,2025-01-03,\xff\n")

    result = ward.materialize()

    assert result.success
    after = ward.state()
    assert [str(row[0]) for row in after["ward.moods"]] == ["1", "2", "11", "21", "22"]
    (reject,) = after["ward.moods_rejects"]
    assert reject[:4] == (DAY, FILE, 3, "is not UTF-8")


def test_what_is_beside_a_failed_table_is_brought_up_to_date(ward):
    ward.land_notes(DAY, b"PAR1\x15\x04\x15")
    ward.land_visits(DAY, '{"visit_id": 7, "visited_on": "2025-01-03"}\n')
    before = ward.state()

    result = ward.materialize()

    assert steps(result) == ONLY_MOODS_FAILED
    after = ward.state()
    assert [visit for visit, _ in after["ward.visits"]] == [0, 2, 7]
    assert after["ward.moods"] == before["ward.moods"]
    assert after["ward.moods_by_day"] == before["ward.moods_by_day"]
