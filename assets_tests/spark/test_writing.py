"""Writing rows by day, and rejects beside them."""

import pytest

from spark.contract import WHOLE
from spark.rejects import write_rejects
from spark.writing import read_back, rebalanced, write_rows, written_files

DAYS = ["2025-01-01", "2025-01-02", "2025-01-03"]
FITTED = (
    "_rejected string, _row string, _partition string, "
    "_source struct<file: string, line: bigint, day: string>"
)


def test_several_days_are_written_and_read_back_by_day(spark, tmp_path):
    rows = [(2, DAYS[2]), (1, DAYS[0]), (0, DAYS[0])]
    frame = spark.createDataFrame(rows, "id int, _partition string")

    write_rows(rebalanced(frame, DAYS), tmp_path / "lake" / "x", DAYS, ["id"])

    files = written_files(tmp_path / "lake" / "x", tmp_path / "lake", DAYS)
    assert list(files) == [DAYS[0], DAYS[2]]
    first = spark.read.parquet(*(str(tmp_path / "lake" / file.path) for file in files[DAYS[0]]))
    assert [tuple(row) for row in first.collect()] == [(0,), (1,)]
    for file in (*files[DAYS[0]], *files[DAYS[2]]):
        assert (tmp_path / "lake" / file.path).stat().st_size == file.bytes
    back = read_back(spark, tmp_path / "lake" / "x", "id int", DAYS)
    assert {tuple(row) for row in back.collect()} == set(rows[1:]) | {(2, DAYS[2])}


@pytest.mark.parametrize("partitions", [[WHOLE], [DAYS[0]]])
def test_one_partition_is_written_without_a_folder_of_its_own(spark, tmp_path, partitions):
    frame = spark.createDataFrame([(1, partitions[0])], "id int, _partition string")

    write_rows(rebalanced(frame, partitions), tmp_path / "x", partitions, [])

    files = written_files(tmp_path / "x", tmp_path, partitions)[partitions[0]]
    assert [file.path.count("/") for file in files] == [1]
    back = read_back(spark, tmp_path / "x", "id int", partitions)
    assert [tuple(row) for row in back.collect()] == [(1, partitions[0])]


@pytest.mark.parametrize("partitions", [[WHOLE], DAYS])
def test_no_rows_are_read_back_as_none(spark, tmp_path, partitions):
    write_rows(
        spark.createDataFrame([], "id int, _partition string"), tmp_path / "x", partitions, []
    )

    assert read_back(spark, tmp_path / "x", "id int", partitions).collect() == []


def test_rejects_hold_unfitting_rows_and_malformed_lines_of_each_day(spark, tmp_path):
    place = ("landing/a/b/2025-01-01/x.csv", 3, DAYS[0])
    fitted = spark.createDataFrame(
        [
            ("id is missing", "{}", DAYS[0], place),
            ("id is missing", "{}", DAYS[1], None),
            (None, "{}", DAYS[1], None),
        ],
        FITTED,
    )
    lines = spark.createDataFrame(
        [(None, "fine", place), ("is not UTF-8", "x", place)],
        "_malformed string, _line string, _source struct<file: string, line: bigint, day: string>",
    )

    rejects = write_rejects(spark, fitted, [lines], tmp_path / "x", tmp_path, DAYS)

    assert rejects.reasons == {
        DAYS[0]: {"id is missing": 1, "is not UTF-8": 1},
        DAYS[1]: {"id is missing": 1},
    }
    assert sorted(rejects.files) == DAYS[:2]


def test_rejects_that_are_gone_when_they_are_written_are_counted_as_none(spark, tmp_path):
    fitted = spark.createDataFrame([], FITTED)

    rejects = write_rejects(spark, fitted, [], tmp_path / "x", tmp_path, DAYS)

    assert (rejects.reasons, dict(rejects.files)) == ({}, {})
