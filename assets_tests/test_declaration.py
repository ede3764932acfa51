"""A wrong declaration fails when it is loaded, with one sentence: file, field, remedy."""

from pathlib import Path

import dagster as dg
import pytest

from assets_tests.checkout import Checkout
from seniorlink_assets import catalogue
from seniorlink_assets.declaration import DeclarationError
from seniorlink_assets.landing import landing_set
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column, LandingColumn

ID = LandingColumn("id", "The row.")
NOTES = landing_set(
    "pad/notes", description="Notes.", format="csv", columns=[ID], owners=["team:care"]
)
OTHER_NOTES = landing_set(
    "web/notes", description="Notes.", format="csv", columns=[ID], owners=["team:care"]
)
VISITS = landing_set(
    "app/visits", description="Visits.", format="csv", columns=[ID], owners=["team:care"]
)
GIVEN = {
    "columns": '[Column("id", "bigint", "The note."), Column("noted_on", "date", "Its day."),'
    ' Column("mood", "smallint", "1 to 5.", nullable=True)]',
    "primary_key": '["id"]',
    "inputs": "[notes]",
    "checks": "[]",
    "owners": '["team:care"]',
    "description": '"One row per note."',
}
JOB = "def moods(notes):\n    return notes\n"
WHERE = "seniorlink_assets/defs/care/moods.py: "


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests declare is known to no other test."""
    monkeypatch.setattr(catalogue, "_by_key", {**catalogue._by_key})


@pytest.fixture
def checkout(tmp_path: Path):
    checkout = Checkout.at(tmp_path)
    checkout.write_job("care/moods", JOB)
    with checkout.instance:
        yield checkout


def source(key: str = "care/moods", factory: str = "redshift_table", **fields: str) -> str:
    shown = ", ".join(f"{name}={value}" for name, value in {**GIVEN, **fields}.items())
    return (
        "from seniorlink_assets.redshift import redshift_table\n"
        "from seniorlink_assets.tableau import tableau_extract\n"
        "from spark.contract import Column, accepted_values, in_range, keeps_rows_of\n"
        "from spark.contract import newest_within\n"
        f'{key.split("/")[-1]} = {factory}("{key}", {shown})\n'
    )


def refused(checkout: Checkout, text: str, file: str = "care/moods") -> str:
    """The sentence with which a declaration is refused."""
    names = {
        "notes": NOTES,
        "other_notes": OTHER_NOTES,
        "visits": VISITS,
        "stranger": dg.AssetSpec("stranger"),
    }
    with pytest.raises(DeclarationError) as error:
        checkout.declare(file, text, **names)
    sentence = str(error.value)
    assert "\n" not in sentence
    return sentence


def test_a_right_declaration_is_accepted(checkout):
    asset = checkout.declare("care/moods", source(), notes=NOTES)

    assert asset.key == dg.AssetKey(["care", "moods"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"columns": '[Column("id", "int64", "The note.")]'},
            "columns: 'id': 'int64' is no type; use smallint, integer, bigint",
        ),
        (
            {"columns": '[Column("id", "varchar(70000)", "The note.")]'},
            "columns: 'id': 'varchar(70000)' is no type; a varchar takes one size",
        ),
        (
            {"columns": '[Column("id", "bigint", "A."), Column("id", "date", "B.")]'},
            "columns: 'id' is declared twice; keep one of them",
        ),
        (
            {"columns": '[Column("Id", "bigint", "The note.")]', "primary_key": '["Id"]'},
            "columns: 'Id' is no column name; use lower case",
        ),
        (
            {"columns": '[Column("id", "bigint", " ")]'},
            "columns: 'id' has no meaning; say what a value is",
        ),
        ({"columns": "[]"}, "columns: there is none; declare at least one"),
        (
            {"columns": '[Column("id", "bigint", "The note.", phi="secret")]'},
            "columns: 'id' has the PHI class 'secret'; use one of identifier, name",
        ),
        (
            {"primary_key": '["note_id"]'},
            "primary_key: 'note_id' is not among the columns; use one of id, noted_on, mood",
        ),
        ({"primary_key": "[]"}, "primary_key: there is none; name the columns of the grain"),
        ({"primary_key": '["mood"]'}, "primary_key: 'mood' is nullable; a key must not be"),
        ({"partition_by": '"id"'}, "partition_by: 'id' is bigint; partitions are days, so use"),
        ({"partition_by": '"day"'}, "partition_by: 'day' is not among the columns; use one of"),
        ({"readers": '["bi"]'}, "readers: 'bi' is no reader; write it as in 'role bi'"),
        (
            {"views": '{"bi.moods": "SELECT id FROM care.moods JOIN care.others USING (id)"}'},
            "views: 'bi.moods' reads care.others, but may read care.moods only; make that an input",
        ),
        ({"sort_by": '["day"]'}, "sort_by: 'day' is not among the columns; use one of"),
        ({"distribute_by": '"day"'}, "distribute_by: 'day' is not among the columns; use one of"),
        ({"inputs": "[]"}, "inputs: there is none; import what the job reads and list it"),
        (
            {"inputs": "[stranger]"},
            "inputs: 'stranger' is no known asset; pass what landing_set() or redshift_table()",
        ),
        (
            {"inputs": '["care/notes"]'},
            "inputs: 'care/notes' is no known asset; pass what landing_set()",
        ),
        (
            {"inputs": "[notes, other_notes]"},
            "inputs: landing/web/notes and landing/pad/notes would both be the parameter 'notes'; "
            "rename one of them",
        ),
        (
            {"inputs": "[notes, visits]"},
            "inputs: spark/care/moods.py takes (notes) but the inputs are (notes, visits); "
            "make them the same",
        ),
        (
            {"checks": '[keeps_rows_of("visits")]'},
            "checks: keeps_rows_of('visits') is about no input; use one of notes",
        ),
        (
            {"checks": '[in_range("day", 1)]'},
            "checks: day_is_in_range: 'day' is not among the columns; use one of id, noted_on",
        ),
        (
            {"checks": '[in_range("mood", 1), in_range("mood", 2)]'},
            "checks: 'mood_is_in_range' is declared twice; keep one of them",
        ),
        (
            {"checks": "[newest_within(2)]"},
            "checks: 'is_fresh' needs to know a row's age; let sort_by begin with a date",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_remedy(checkout, fields, sentence):
    assert refused(checkout, source(**fields)).startswith(WHERE + sentence)


def test_an_extract_holds_only_what_hyper_can(checkout):
    checkout.write_job("tableau/moods", JOB)
    columns = '[Column("id", "bigint", "The note."), Column("answers", "super", "Its answers.")]'

    sentence = refused(
        checkout, source("tableau/moods", "tableau_extract", columns=columns), "tableau/moods"
    )

    assert sentence == (
        "seniorlink_assets/defs/tableau/moods.py: columns: 'answers' is super, which a .hyper file "
        "cannot hold; use decimal(18, s), double precision or varchar"
    )


def test_extracts_of_one_name_in_two_folders_would_be_one_file(checkout):
    sentence = refused(checkout, source(factory="tableau_extract"))

    assert sentence == f"{WHERE}key: 'care/moods' is an extract; call it tableau/moods"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("moods", "'moods' is no key; write schema/table in lower case"),
        ("Care/moods", "'Care/moods' is no key; write schema/table in lower case"),
        ("care/daily/moods", "'care/daily/moods' is no key; write schema/table in lower case"),
        ("care/2moods", "'care/2moods' is no key; write schema/table in lower case"),
        (
            "seniorlink/releases",
            "'seniorlink/releases' is in the reserved schema 'seniorlink'; choose another schema",
        ),
        ("pg_care/moods", "'pg_care/moods' is in the reserved schema 'pg_care'; choose another"),
        (
            "care/moods_rejects",
            "'care/moods_rejects' is where the rejects of 'care/moods' are kept; choose a name "
            "that does not end in '_rejects'",
        ),
        (
            "care/class",
            "'care/class' cannot be a function, for 'class' is a Python keyword",
        ),
    ],
)
def test_a_key_that_no_table_can_have_is_refused(checkout, key, sentence):
    text = source(key).replace(f"{key.split('/')[-1]} = redshift", "moods = redshift")
    place = f"seniorlink_assets/defs/{key}.py"

    assert refused(checkout, text, key).startswith(f"{place}: key: {sentence}")


def test_a_declaration_in_another_file_than_its_key_says_is_refused(checkout):
    sentence = refused(checkout, source(), "care/feelings")

    assert sentence == (
        "seniorlink_assets/defs/care/feelings.py: key: 'care/moods' belongs in "
        "seniorlink_assets/defs/care/moods.py; move the file or change the key"
    )


def test_a_declaration_outside_of_a_checkout_is_refused_with_its_path():
    with pytest.raises(DeclarationError) as error:
        redshift_table(
            "care/moods",
            description="One row per note.",
            columns=[Column("id", "bigint", "The note.")],
            primary_key=["id"],
            inputs=[NOTES],
            owners=["team:care"],
        )

    assert str(error.value).startswith(f"{Path(__file__).resolve()}: key: 'care/moods' belongs in")


def test_a_missing_job_is_asked_for(checkout):
    (checkout.root / "spark" / "care" / "moods.py").unlink()

    assert refused(checkout, source()) == (
        f"{WHERE}job: spark/care/moods.py (or .sql) is missing; write the transform there"
    )


def test_a_job_without_its_function_is_refused(checkout):
    checkout.write_job("care/moods", "def feelings(notes):\n    return notes\n")

    assert refused(checkout, source()) == (
        f"{WHERE}job: spark/care/moods.py has no function moods(notes); write it"
    )


@pytest.mark.parametrize("parameters", ["", "notes, visits", "visits", "notes, *, visits"])
def test_a_job_with_other_parameters_than_inputs_is_refused(checkout, parameters):
    checkout.write_job("care/moods", f"def moods({parameters}):\n    return notes\n")

    taken = parameters.replace("*, ", "")
    assert refused(checkout, source()) == (
        f"{WHERE}inputs: spark/care/moods.py takes ({taken}) but the inputs are (notes); "
        "make them the same"
    )


def test_a_job_that_is_no_python_is_refused(checkout):
    checkout.write_job("care/moods", "def moods(notes)\n    return notes\n")

    assert refused(checkout, source()) == (
        f"{WHERE}job: spark/care/moods.py, line 1: expected ':'; correct it"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS id",
        "SELECT 1 AS id -- from notes",
        "SELECT 1 AS id /* from\nnotes */",
        "SELECT id FROM footnotes",
    ],
)
def test_sql_that_does_not_read_an_input_is_refused(checkout, sql):
    (checkout.root / "spark" / "care" / "moods.py").unlink()
    checkout.write_job("care/moods", sql, ".sql")

    assert refused(checkout, source()) == (
        f"{WHERE}inputs: spark/care/moods.sql does not read notes; drop it here"
    )


def test_a_checkout_that_is_called_like_the_package_shows_paths_below_it(tmp_path):
    checkout = Checkout.at(tmp_path / "seniorlink_assets")

    with checkout.instance:
        assert refused(checkout, source()).startswith(f"{WHERE}job: ")


def test_a_view_may_read_the_inputs_of_its_table_but_not_take_the_name_of_one(checkout):
    moods = checkout.declare("care/moods", source(), notes=NOTES)
    checkout.write_job("care/sums", "def sums(moods):\n    return moods\n")
    query = "SELECT id FROM care.sums JOIN care.moods USING (id)"

    checkout.declare(
        "care/sums",
        source("care/sums", views=f'{{"bi.sums": "{query}"}}', inputs="[moods]"),
        moods=moods,
    )

    taken = source("care/sums", views=f'{{"care.moods": "{query}"}}', inputs="[moods]")
    with pytest.raises(DeclarationError, match=r"views: 'care\.moods' is the name of a table"):
        checkout.declare("care/sums", taken, moods=moods)


def test_how_a_table_is_stored_and_who_reads_it_is_shown(checkout):
    asset = checkout.declare(
        "care/moods",
        source(
            distribute='"all"',
            sort_by='["noted_on", "id"]',
            interleaved="True",
            readers='["role bi", "group analysts"]',
            views='{"bi.moods": "SELECT id FROM care.moods"}',
        ),
        notes=NOTES,
    )

    shown = asset.metadata_by_key[asset.key]
    assert {name: shown[name] for name in ("distribute", "interleaved", "readers", "views")} == {
        "distribute": "all",
        "interleaved": True,
        "readers": "role bi, group analysts",
        "views": "bi.moods",
    }
