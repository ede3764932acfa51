"""The three files of a new table."""

import ast
from pathlib import Path

import pytest

from seniorlink_assets.scaffold import ScaffoldError, write_table

LANDING = "notes = landing_set()\nmessages = landing_set()\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name, source in {
        "landing/app.py": LANDING,
        "landing/web.py": LANDING,
        "care/moods.py": "moods = redshift_table()\n",
    }.items():
        path = tmp_path / "seniorlink_assets" / "defs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return tmp_path


def files(checkout: Path) -> list[str]:
    return sorted(
        path.relative_to(checkout).as_posix() for path in checkout.rglob("*") if path.is_file()
    )


def test_a_table_is_a_declaration_a_job_and_a_test(checkout):
    before = files(checkout)

    written = write_table(checkout, "care/mood_days", ["care/moods", "landing/app/notes"])

    assert [path.relative_to(checkout).as_posix() for path in written] == [
        "seniorlink_assets/defs/care/mood_days.py",
        "spark/care/mood_days.py",
        "assets_tests/care/test_mood_days.py",
    ]
    assert len(files(checkout)) == len(before) + 3


def test_the_files_are_python_that_agrees_with_itself(checkout):
    declaration, job, test = (
        path.read_text() for path in write_table(checkout, "care/mood_days", ["care/moods"])
    )

    assert "from seniorlink_assets.defs.care.moods import moods\n" in declaration
    assert 'redshift_table(\n    "care/mood_days",\n' in declaration
    assert "inputs=[moods]" in declaration
    assert "def mood_days(moods: DataFrame) -> DataFrame:" in job
    assert "from spark.care.mood_days import mood_days\n" in test
    assert all(ast.parse(text) for text in (declaration, job, test))


def test_sets_of_one_system_are_imported_together(checkout):
    declaration, *_ = write_table(
        checkout, "care/mood_days", ["landing/app/notes", "landing/app/messages"]
    )

    line = "from seniorlink_assets.defs.landing.app import messages, notes\n"
    assert line in declaration.read_text()


def test_a_table_may_be_called_like_the_set_it_reads(checkout):
    _, _, test = write_table(checkout, "care/notes", ["landing/app/notes"])

    function = ast.parse(test.read_text()).body[-1]
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    assert assigned == {"given", "rows"}


@pytest.mark.parametrize(
    ("key", "reads", "sentence"),
    [
        ("moods", ["care/moods"], "'moods' is no key; write schema/table in lower case"),
        ("Care/Moods", ["care/moods"], "'Care/Moods' is no key; write schema/table in lower case"),
        ("../x/moods", ["care/moods"], "'../x/moods' is no key; write schema/table in lower case"),
        ("seniorlink/x", ["care/moods"], "'seniorlink/x' is in the reserved schema 'seniorlink'"),
        ("warm/x", ["care/moods"], "'warm/x' is in the reserved schema 'warm'"),
        ("care/moods_rejects", ["care/moods"], "'care/moods_rejects' is where the rejects of"),
        ("care/lambda", ["care/moods"], "'care/lambda' cannot be a function, for 'lambda' is"),
        ("care/new", [], "say what care/new reads: seniorlink new care/new --reads"),
        ("care/new", ["care/feelings"], "care/feelings is not declared; use a table"),
        ("care/new", ["landing/app/feelings"], "landing/app/feelings is not declared; use a table"),
        ("care/new", ["landing/app"], "landing/app is not declared; use a table"),
        ("care/moods", ["landing/app/notes"], "seniorlink_assets/defs/care/moods.py is there"),
        (
            "care/new",
            ["landing/app/notes", "landing/web/notes"],
            "2 of the things that care/new reads are called notes, which is one parameter",
        ),
    ],
)
def test_nothing_is_written_when_something_is_wrong(checkout, key, reads, sentence):
    before = files(checkout)

    with pytest.raises(ScaffoldError) as error:
        write_table(checkout, key, reads)

    assert str(error.value).startswith(sentence)
    assert files(checkout) == before
