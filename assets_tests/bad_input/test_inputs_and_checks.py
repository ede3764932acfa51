"""Inputs that are not published, and checks that do not hold."""

from assets_tests.bad_input.ward import DAYS, ONLY_MOODS_FAILED, Ward, steps
from assets_tests.checkout import failure


def test_an_input_that_was_never_published_is_named(tmp_path):
    ward = Ward(tmp_path)

    result = ward.checkout.materialize(ward.moods_by_day)

    assert failure(result) == (
        "ward/moods_by_day: it reads ward/moods, of which nothing is published; "
        "materialize that first"
    )
    assert not (ward.home / "warehouse.duckdb").exists()
    assert not (ward.home / "lake/snapshots").exists()


def test_only_the_day_that_breaks_a_check_stays_unpublished(ward):
    broken = "note_id,noted_on,mood\n11,2025-01-03,9\n"
    ward.land_notes(DAYS[0], "note_id,noted_on,mood\n1,2025-01-02,5\n")
    ward.land_notes(DAYS[1], broken)
    before = ward.state()

    result = ward.materialize()

    assert failure(result) == (
        "ward/moods 2025-01-03 is not published, for mood_is_in_range: 1 of 1 rows break it"
    )
    assert steps(result) == ONLY_MOODS_FAILED
    after = ward.state()
    assert [str(row[:2]) for row in by_day(after, DAYS[0])] == ["(1, datetime.date(2025, 1, 2))"]
    for day in DAYS[1:]:
        assert by_day(after, day) == by_day(before, day)
    assert after["ward.moods_by_day"] == before["ward.moods_by_day"]
    assert not [name for name in after if "staging" in name]


def by_day(state, day):
    return [row for row in state["ward.moods"] if row[1].isoformat() == day]
