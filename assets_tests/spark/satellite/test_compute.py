"""One job without Spark, from its inputs to its manifests."""

import duckdb
import pytest

from assets_tests.spark.satellite.given import DAILY, DAYS, KINDS, job_of
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import FILE_NAME, Manifest
from spark.same_code import OtherCodeError
from spark.satellite.compute import compute
from spark.transform_error import TransformError

KEEP_ALL = """
def thing(lines):
    for line in lines:
        yield {**line, "_dropped": "older" if line["thing_id"] == "0" else None}
"""


@pytest.fixture
def run(tmp_path):
    """Computes with the source of a function; manifests by partition."""
    attempts = iter("abcdef")

    def job(source, **fields):
        attempt = next(attempts)
        order, root = job_of(tmp_path, attempt, source, **fields)
        manifests = compute(order, root, tmp_path / f"scratch-{attempt}", lambda _: None)
        return {manifest.partition: manifest for manifest in manifests}

    return job


def committed(tmp_path):
    return sorted((tmp_path / "lake").rglob(FILE_NAME))


def test_every_day_gets_a_manifest_that_accounts_for_every_line(tmp_path, run):
    found = run(KEEP_ALL)

    assert [Manifest.read(path) for path in committed(tmp_path)] == [*found.values()]
    first, second, third = found.values()
    assert (first.rows, first.rejects, first.inputs) == (4, 0, {"lines": 4})
    assert first.violations == {
        "primary_key_is_unique": 1,
        "kind_has_accepted_values": 1,
        "amount_usd_is_in_range": 2,
        "seen_on_is_in_range": 0,
    }
    assert first.sums == {"thing_id": "13", "amount_usd": "11.26"}
    assert (first.newest, first.present) == ("2025-01-01", {"weight": 2})
    assert (second.inputs, second.drops, second.malformed) == (
        {"lines": 12},
        {"older": 1, "never": 0},
        2,
    )
    assert (third.rows, third.files, third.inputs, third.content) == (0, (), {"lines": 0}, "")


def test_a_day_is_the_same_alone_and_in_a_range(run):
    ranged = run(KEEP_ALL)
    (alone,) = run(KEEP_ALL, partitions=[DAYS[0]]).values()

    assert alone.content == ranged[DAYS[0]].content
    assert alone.files[0].path == "data/b/part-0.parquet"
    assert ranged[DAYS[0]].files[0].path == f"data/a/_partition={DAYS[0]}/part-0.parquet"


def test_content_depends_on_the_rows_and_not_on_their_order(run):
    backwards = KEEP_ALL.replace("in lines", "in reversed([*lines])")
    without_one = KEEP_ALL.replace("in lines", "in [*lines][1:]")

    contents = [run(source)[DAYS[0]].content for source in (KEEP_ALL, backwards, without_one)]

    assert contents[0] == contents[1] != contents[2]


def test_lines_that_the_function_does_not_read_are_counted_all_the_same(run):
    found = run("def thing(lines):\n    return []\n")

    assert [manifest.inputs["lines"] for manifest in found.values()] == [4, 12, 0]
    assert [manifest.malformed for manifest in found.values()] == [0, 2, 0]
    assert [manifest.rejects for manifest in found.values()] == [0, 2, 0]


def test_rows_of_a_table_are_pythons_values(tmp_path, run):
    kinds = tmp_path / "kinds.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT 'new' AS kind, TIMESTAMPTZ '2025-01-02 03:04:05.5+01' AS at) "
            f"TO '{kinds}' (FORMAT parquet)"
        )
    source = """
from datetime import UTC, datetime


def thing(lines, kinds):
    for kind in kinds:
        assert kind == {"kind": "new", "at": datetime(2025, 1, 2, 2, 4, 5, 500_000, UTC)}
        yield {"kind": kind["kind"], "at": kind["at"]}
"""
    whole = Contract(
        key="care/thing",
        kind="table",
        grain=KINDS.grain,
        columns=KINDS.columns,
        primary_key=("kind",),
        sort_by=("at",),
    )

    found = run(source, contract=whole, partitions=[WHOLE], kinds=(str(kinds),))[WHOLE]

    assert (found.rows, found.newest) == (1, "2025-01-02 02:04:05.5")


def test_nothing_is_committed_of_a_function_that_fails(tmp_path, run):
    with pytest.raises(ZeroDivisionError):
        run("def thing(lines):\n    yield {**next(iter(lines)), 'weight': 1 / 0}\n")

    assert committed(tmp_path) == []


def test_rows_dropped_for_an_undeclared_reason_fail_the_job(tmp_path, run):
    with pytest.raises(TransformError, match="care/thing dropped 1 rows for a reason that is not"):
        run(KEEP_ALL.replace('"older"', '"because"'))

    assert committed(tmp_path) == []


def test_other_code_than_was_asked_for_is_not_run(tmp_path):
    order, root = job_of(tmp_path, "a", KEEP_ALL)
    (root / "care" / "thing.py").write_text("def thing(lines):\n    return []\n")

    with pytest.raises(OtherCodeError):
        compute(order, root, tmp_path / "scratch", lambda _: None)


def test_a_second_job_of_one_attempt_commits_nothing(tmp_path):
    order, root = job_of(tmp_path, "a", KEEP_ALL)
    compute(order, root, tmp_path / "one", lambda _: None)
    before = committed(tmp_path)[0].read_bytes()

    with pytest.raises(FileExistsError):
        compute(order, root, tmp_path / "two", lambda _: None)

    assert committed(tmp_path)[0].read_bytes() == before


@pytest.mark.parametrize(
    "text", ["a\u0000b", "\u2028", "😀", '"', "\\", "  ", "null", "5", "{}", "a\nb\rc"]
)
def test_text_is_written_as_it_is(tmp_path, run, text):
    whole = Contract(
        key="care/thing",
        kind="table",
        grain="One row per text.",
        columns=(Column("text", "varchar(100)", "Any text."),),
        primary_key=("text",),
    )
    source = f"def thing(lines):\n    yield {{'text': {text!r}}}\n"

    found = run(source, contract=whole, partitions=[WHOLE])[WHOLE]

    with duckdb.connect() as connection:
        path = str(tmp_path / "lake" / found.files[0].path)
        assert connection.execute("SELECT text FROM read_parquet(?)", [path]).fetchall() == [
            (text,)
        ]


def test_the_contract_of_the_examples_has_every_type():
    kinds = {column.parsed.spark.partition("(")[0] for column in DAILY.columns}

    assert kinds >= {"bigint", "date", "string", "decimal", "double", "boolean", "timestamp"}
