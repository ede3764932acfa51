"""One job from its landing files to its manifests."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spark.compute import compute
from spark.contract import (
    WHOLE,
    Column,
    Contract,
    LandingColumn,
    LandingSet,
    accepted_values,
    keeps_rows_of,
)
from spark.contract.code import code_version
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.contract.manifest import FILE_NAME, Manifest
from spark.files import files_at
from spark.landing import READ_CONF
from spark.same_code import OtherCodeError
from spark.transform_error import TransformError
from spark.writing import write_rows

DAYS = ["2025-01-01", "2025-01-02", "2025-01-03"]
LINES = LandingSet(
    "landing/app/lines",
    "csv",
    tuple(LandingColumn(name, "As it is.") for name in ("thing_id", "seen_on", "amount_usd")),
)
DAILY = Contract(
    key="care/thing",
    kind="table",
    grain="One row per thing.",
    columns=(
        Column("thing_id", "integer", "Which thing."),
        Column("seen_on", "date", "When."),
        Column("amount_usd", "decimal(6,2)", "What it costs.", nullable=True),
    ),
    primary_key=("thing_id",),
    partition_by="seen_on",
    sort_by=("thing_id",),
    checks=(keeps_rows_of("lines", drops=["older"]), accepted_values("thing_id", [1, 2, 3])),
)
FILES = {
    DAYS[0]: "thing_id,seen_on,amount_usd\n1,2025-01-01,1.50\n2,2025-01-01,\n9,2025-01-01,0.25\n",
    DAYS[1]: "thing_id,seen_on,amount_usd\nx,2025-01-02,1\n1,2025-01-01,1\n3,2025-01-02\n0,,\n",
    DAYS[2]: "",
}
KEEP_ALL = """
from pyspark.sql import functions as F


def thing(lines):
    return lines.withColumn("_dropped", F.when(F.col("thing_id") == "0", "older"))
"""

# The JVM's property is not there for the first row that sets it, and only then.
FORGETFUL = """
from pyspark.sql import functions as F

BEFORE = F.expr("java_method('java.lang.System', 'setProperty', 'thing.was.here', 'yes')")


def thing(lines):
    return lines.withColumn("_rejected", F.when(BEFORE == "yes", "came second"))
"""


@pytest.fixture
def one_file_a_task(spark):
    before = {key: spark.conf.get(key) for key in READ_CONF}
    for key, value in READ_CONF.items():
        spark.conf.set(key, value)
    yield
    for key, value in before.items():
        spark.conf.set(key, value)


@pytest.fixture
def run(spark, tmp_path, one_file_a_task):
    """Computes days of a contract with the source of a transform; manifests by partition."""
    days = {}
    for day, text in FILES.items():
        file = tmp_path / "landing" / "app" / "lines" / day / "lines.csv"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        days[day] = (str(file),)
    attempts = iter("abcdef")

    def job(
        source,
        partitions=DAYS,
        contract=DAILY,
        suffix=".py",
        inputs=None,
        report=lambda _: None,
        lake=tmp_path / "lake",
    ):
        root = tmp_path / "spark"
        (root / "care").mkdir(parents=True, exist_ok=True)
        for before in (root / "care").glob("thing.*"):
            before.unlink()
        file = root / "care" / f"thing{suffix}"
        file.write_text(source)
        attempt = next(attempts)
        given = {day: days[day] for day in (DAYS if partitions == [WHOLE] else partitions)}
        order = Job(
            attempt=attempt,
            contract=contract,
            code_version=code_version(root, file),
            lake=str(lake),
            data=f"data/{attempt}",
            fingerprints={partition: f"f-{partition}" for partition in partitions},
            manifests={partition: f"{partition}/{attempt}" for partition in partitions},
            inputs=inputs or {"lines": LandingInput(LINES, given)},
        )
        manifests = compute(spark, order, root, report)
        return {manifest.partition: manifest for manifest in manifests}

    return job


def committed(tmp_path):
    return sorted((tmp_path / "lake").rglob(FILE_NAME))


def rows(spark, home, files):
    paths = [f"{home}/lake/{file.path}" for file in files]
    return [tuple(row) for row in spark.read.parquet(*paths).collect()]


def test_every_day_gets_a_manifest_that_accounts_for_every_line(spark, tmp_path, run):
    found = run(KEEP_ALL)

    assert [Manifest.read(path) for path in committed(tmp_path)] == list(found.values())
    first, second, third = found.values()
    assert (first.rows, first.rejects, first.inputs) == (3, 0, {"lines": 3})
    assert first.violations == {"primary_key_is_unique": 0, "thing_id_has_accepted_values": 1}
    assert first.sums == {"thing_id": "12", "amount_usd": "1.75"}
    assert first.newest == "2025-01-01"
    assert (second.rows, second.rejects, second.malformed) == (0, 3, 1)
    assert (second.inputs, second.drops) == ({"lines": 3}, {"older": 1})
    assert second.reject_reasons == {
        "thing_id is not a integer": 1,
        "seen_on lies outside the partition": 1,
        "is not a line of 3 fields": 1,
    }
    assert (third.rows, third.files, third.inputs, third.content) == (0, (), {"lines": 0}, "")


def test_a_job_does_the_same_in_a_store(spark, tmp_path, run, bucket):
    expected = run(KEEP_ALL)
    store = files_at(bucket)
    lines = {}
    for day, text in FILES.items():
        lines[day] = (f"{bucket}/home/landing/app/lines/{day}/lines.csv",)
        store.create(lines[day][0], text.encode())

    given = {"lines": LandingInput(LINES, lines)}
    found = run(KEEP_ALL, inputs=given, lake=f"{bucket}/home/lake")

    of_attempt = {"attempt": "", "files": (), "reject_files": (), "seconds": 0}
    for day, manifest in found.items():
        assert replace(manifest, **of_attempt) == replace(expected[day], **of_attempt)
        assert bool(manifest.files) == bool(expected[day].files)
        written = store.read(f"{bucket}/home/lake/{day}/{manifest.attempt}/{FILE_NAME}")
        assert Manifest.from_json(json.loads(written)) == manifest
        for file in (*manifest.files, *manifest.reject_files):
            assert len(store.read(f"{bucket}/home/lake/{file.path}")) == file.bytes
    kept = found[DAYS[1]].reject_files
    assert sorted(rows(spark, f"{bucket}/home", kept)) == sorted(
        rows(spark, tmp_path, expected[DAYS[1]].reject_files)
    )


def test_rejects_are_kept_with_place_reason_and_row(spark, tmp_path, run):
    second = run(KEEP_ALL)[DAYS[1]]

    day, file = DAYS[1], "landing/app/lines/2025-01-02/lines.csv"
    assert rows(spark, tmp_path, second.reject_files) == [
        (
            day,
            file,
            2,
            "thing_id is not a integer",
            '{"thing_id":"x","seen_on":"2025-01-02","amount_usd":"1"}',
        ),
        (
            day,
            file,
            3,
            "seen_on lies outside the partition",
            '{"thing_id":"1","seen_on":"2025-01-01","amount_usd":"1"}',
        ),
        (day, file, 4, "is not a line of 3 fields", "3,2025-01-02"),
    ]


def test_a_day_is_the_same_alone_and_in_a_range(spark, tmp_path, run):
    ranged = run(KEEP_ALL)
    alone = run(KEEP_ALL, [DAYS[0]])[DAYS[0]]
    other = run(KEEP_ALL, [DAYS[1]])[DAYS[1]]

    for found, expected in ((alone, ranged[DAYS[0]]), (other, ranged[DAYS[1]])):
        assert found.content == expected.content
        assert (found.rows, found.sums, found.inputs) == (
            expected.rows,
            expected.sums,
            expected.inputs,
        )
        assert found.reject_reasons == expected.reject_reasons
    assert sorted(rows(spark, tmp_path, alone.files)) == sorted(
        rows(spark, tmp_path, ranged[DAYS[0]].files)
    )


def test_a_table_without_days_is_computed_whole_by_a_sql_job(spark, tmp_path, run):
    whole = replace(DAILY, partition_by=None, sort_by=("seen_on",))

    found = run("SELECT * FROM lines;", [WHOLE], whole, ".sql")[WHOLE]

    assert (found.rows, found.rejects, found.malformed) == (4, 3, 1)
    assert (found.inputs, found.newest) == ({"lines": 6}, "2025-01-01")


@pytest.mark.parametrize("read", ["all", "none"])
def test_a_published_table_is_read_and_its_rows_accounted_for(spark, tmp_path, run, read):
    before = run(KEEP_ALL, [DAYS[0]])[DAYS[0]]
    files = tuple(str(tmp_path / "lake" / file.path) for file in before.files)
    given = {"lines": SnapshotInput(DAILY, {DAYS[0]: files if read == "all" else ()})}

    found = run("SELECT * FROM lines", [DAYS[0]], suffix=".sql", inputs=given)[DAYS[0]]

    assert found.rows == found.inputs["lines"] == (3 if read == "all" else 0)


def test_a_job_that_ignores_an_input_still_ends_and_counts_it(run):
    source = """
def thing(lines):
    return lines.sparkSession.createDataFrame([], "thing_id int, seen_on date, amount_usd int")
"""

    found = run(source, [DAYS[0]])[DAYS[0]]

    assert (found.rows, found.inputs) == (0, {"lines": 3})


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def thing(lines):\n    return 5\n", r"spark/care/thing.py returned int; return a DataFr"),
        ("def thing(lines):\n    return lines.drop('seen_on')\n", "did not return the column seen"),
        (
            KEEP_ALL.replace("older", "no reason"),
            "care/thing dropped 1 rows for a reason that is not among the drops of its keeps_rows_",
        ),
    ],
    ids=["no frame", "no column", "undeclared drop"],
)
def test_a_job_that_breaks_its_promise_commits_nothing(tmp_path, run, source, sentence):
    with pytest.raises(TransformError, match=sentence):
        run(source, DAYS[:2])

    assert committed(tmp_path) == []


def test_what_is_kept_and_what_is_rejected_is_computed_once(run):
    first = run(FORGETFUL, DAYS[:1])[DAYS[0]]

    assert (first.rows, first.reject_reasons) == (1, {"came second": 2})


def test_a_landing_file_that_changes_meanwhile_commits_nothing(tmp_path, run):
    def change(message):
        if message == "writing rejects":
            file = tmp_path / "landing/app/lines" / DAYS[1] / "lines.csv"
            file.write_text(file.read_text().splitlines()[0])

    with pytest.raises(
        TransformError, match="computed 3 rejects of 2025-01-02 but wrote 2: a landing file changed"
    ):
        run(KEEP_ALL, DAYS[:2], report=change)

    assert committed(tmp_path) == []


def test_a_job_that_raises_commits_nothing(tmp_path, run):
    with pytest.raises(ZeroDivisionError):
        run("def thing(lines):\n    return 1 / 0\n", [DAYS[0]])

    assert committed(tmp_path) == []


def test_malformed_lines_are_kept_also_when_there_are_too_many_to_find_again_by_place(
    spark, tmp_path, run, monkeypatch
):
    with (tmp_path / "landing/app/lines" / DAYS[1] / "lines.csv").open("a") as file:
        file.write("4\n")
    monkeypatch.setattr("spark.inputs.MOST_PLACES", 1)

    second = run(KEEP_ALL)[DAYS[1]]

    kept = [row[2:] for row in rows(spark, tmp_path, second.reject_files)]
    assert kept[2:] == [
        (4, "is not a line of 3 fields", "3,2025-01-02"),
        (6, "is not a line of 3 fields", "4"),
    ]


def test_a_job_whose_code_is_replaced_while_it_runs_commits_nothing(tmp_path, run):
    file = tmp_path / "spark" / "care" / "thing.py"

    def deploy(stage: str) -> None:
        if stage == "examining what was written":
            file.write_text(f"# deployed\n{KEEP_ALL}")

    with pytest.raises(OtherCodeError, match=r"care/thing was to run code .* but .* is here"):
        run(KEEP_ALL, report=deploy)

    assert committed(tmp_path) == []


@pytest.mark.parametrize("of", ["compute", "rejects"])
def test_rows_that_are_computed_again_are_accounted_for_once(spark, run, monkeypatch, of):
    def write_after_a_loss(*arguments) -> None:
        for file in Path(spark.conf.get("spark.local.dir")).rglob("shuffle_*.data"):
            file.unlink()
        write_rows(*arguments)

    expected = run(KEEP_ALL)
    monkeypatch.setattr(f"spark.{of}.write_rows", write_after_a_loss)
    found = run(KEEP_ALL)

    of_attempt = {"attempt": "", "files": (), "reject_files": (), "seconds": 0}
    for day, manifest in found.items():
        assert replace(manifest, **of_attempt) == replace(expected[day], **of_attempt)
