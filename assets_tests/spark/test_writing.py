"""Writing rows by day, and rejects beside them."""

from collections.abc import Iterator

import pytest

from spark.contract import WHOLE
from spark.files import files_at
from spark.rejects import write_rejects
from spark.writing import read_back, rebalanced, write_rows, written_files

DAYS = ["2025-01-01", "2025-01-02", "2025-01-03"]
FITTED = (
    "_rejected string, _row string, _partition string, "
    "_source struct<file: string, line: bigint, day: string>"
)
SLICES = 3


@pytest.fixture
def fitting(spark) -> Iterator[None]:
    """The settings for COPY into a few slices, with kilobytes for megabytes."""
    given = {
        "spark.sql.adaptive.coalescePartitions.minPartitionNum": str(SLICES),
        "spark.sql.adaptive.coalescePartitions.minPartitionSize": "8k",
        "spark.sql.adaptive.advisoryPartitionSizeInBytes": "128k",
    }
    kept = {name: spark.conf.get(name, None) for name in given}
    for name, size in given.items():
        spark.conf.set(name, size)
    yield
    for name, size in kept.items():
        spark.conf.unset(name) if size is None else spark.conf.set(name, size)


def test_several_days_are_written_and_read_back_by_day(spark, place):
    rows = [(2, DAYS[2]), (1, DAYS[0]), (0, DAYS[0])]
    frame = spark.createDataFrame(rows, "id int, _partition string")

    write_rows(rebalanced(frame, DAYS), f"{place}/lake/x", DAYS, ["id"])

    files = written_files(f"{place}/lake/x", f"{place}/lake", DAYS)
    assert list(files) == [DAYS[0], DAYS[2]]
    first = spark.read.parquet(*(f"{place}/lake/{file.path}" for file in files[DAYS[0]]))
    assert [tuple(row) for row in first.collect()] == [(0,), (1,)]
    for file in (*files[DAYS[0]], *files[DAYS[2]]):
        assert len(files_at(place).read(f"{place}/lake/{file.path}")) == file.bytes
    back = read_back(spark, f"{place}/lake/x", f"{place}/lake", files, "id int", DAYS)
    assert {tuple(row) for row in back.collect()} == set(rows[1:]) | {(2, DAYS[2])}


@pytest.mark.parametrize("partitions", [[WHOLE], [DAYS[0]]])
def test_one_partition_is_written_without_a_folder_of_its_own(spark, place, partitions):
    frame = spark.createDataFrame([(1, partitions[0])], "id int, _partition string")

    write_rows(rebalanced(frame, partitions), f"{place}/x", partitions, [])

    files = written_files(f"{place}/x", place, partitions)
    assert [file.path.count("/") for file in files[partitions[0]]] == [1]
    back = read_back(spark, f"{place}/x", place, files, "id int", partitions)
    assert [tuple(row) for row in back.collect()] == [(1, partitions[0])]


@pytest.mark.parametrize(
    ("rows", "files"),
    [(100, 1), (4_000, SLICES), (16_000, 2 * SLICES)],
    ids=["few", "some", "many"],
)
def test_copy_finds_files_of_about_one_size_for_every_slice(spark, tmp_path, fitting, rows, files):
    frame = spark.range(0, rows, 1, 2).selectExpr(
        "id", "md5(string(id)) AS text", f"'{WHOLE}' AS _partition"
    )

    write_rows(rebalanced(frame, [WHOLE]), f"{tmp_path}/x", [WHOLE], ["id"])

    written = [file.bytes for file in written_files(f"{tmp_path}/x", f"{tmp_path}", [WHOLE])[WHOLE]]
    assert len(written) == files
    assert max(written) < 1.1 * min(written)


@pytest.mark.parametrize("partitions", [[WHOLE], DAYS])
def test_no_rows_are_read_back_as_none(spark, place, partitions):
    frame = spark.createDataFrame([], "id int, _partition string")

    write_rows(frame, f"{place}/x", partitions, [])

    files = written_files(f"{place}/x", place, partitions)
    assert read_back(spark, f"{place}/x", place, files, "id int", partitions).collect() == []


def test_rejects_hold_unfitting_rows_and_malformed_lines_of_each_day(spark, place):
    line = ("landing/a/b/2025-01-01/x.csv", 3, DAYS[0])
    fitted = spark.createDataFrame(
        [
            ("id is missing", "{}", DAYS[0], line),
            ("id is missing", "{}", DAYS[1], None),
            (None, "{}", DAYS[1], None),
        ],
        FITTED,
    )
    lines = spark.createDataFrame(
        [(None, "fine", line), ("is not UTF-8", "x", line)],
        "_malformed string, _line string, _source struct<file: string, line: bigint, day: string>",
    )

    rejects = write_rejects(spark, fitted, [lines], f"{place}/x", place, DAYS)

    assert rejects.reasons == {
        DAYS[0]: {"id is missing": 1, "is not UTF-8": 1},
        DAYS[1]: {"id is missing": 1},
    }
    assert sorted(rejects.files) == DAYS[:2]
    for day, files in rejects.files.items():
        written = spark.read.parquet(*(f"{place}/{file.path}" for file in files))
        assert written.columns == ["partition", "source_file", "source_line", "reason", "row"]
        assert {row["partition"] for row in written.collect()} == {day}


def test_rejects_that_are_gone_when_they_are_written_are_counted_as_none(spark, place):
    fitted = spark.createDataFrame([], FITTED)

    rejects = write_rejects(spark, fitted, [], f"{place}/x", place, DAYS)

    assert (rejects.reasons, dict(rejects.files)) == ({}, {})
