"""What footers tell of files in a lake, and what is read of them."""

import pytest

from assets_tests.storages import in_bucket, on_disk
from assets_tests.warehouses.redshift.parquet import parquet, put
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.redshift.footers import FileColumn, footers

KINDS = {
    "1::SMALLINT": "smallint",
    "1::INTEGER": "integer",
    "1::BIGINT": "bigint",
    "1::DECIMAL(4, 1)": "decimal(4,1)",
    "1::DECIMAL(12, 2)": "decimal(12,2)",
    "1::DECIMAL(38, 8)": "decimal(38,8)",
    "1::DOUBLE": "double",
    "true": "boolean",
    "DATE '2024-01-01'": "date",
    "TIMESTAMP '2024-01-01'": "timestamp",
    "TIMESTAMPTZ '2024-01-01 00:00:00+00'": "timestamp",
    "'text'": "varchar",
    "1::TINYINT": "tinyint (INT32 INT_8)",
    "1::UINTEGER": "uinteger (INT32 UINT_32)",
    "1::FLOAT": "float (FLOAT)",
    "TIMESTAMP_NS '2024-01-01'": "timestamp_ns (INT64)",
    "TIMESTAMP_MS '2024-01-01'": "timestamp (INT64 TIMESTAMP_MILLIS)",
    "TIME '10:00'": "time (INT64 TIME_MICROS)",
    "'x'::BLOB": "blob (BYTE_ARRAY)",
    "'{}'::JSON": "json (BYTE_ARRAY JSON)",
    "uuid()": "uuid (FIXED_LEN_BYTE_ARRAY)",
    "[1, 2]": "nested",
    "{'a': 1, 'b': {'c': 2}}": "nested",
    "MAP {'a': 1}": "nested",
}


class Watched(DiskStorage):
    """A disk that remembers how many bytes were asked for."""

    def __init__(self, root):
        super().__init__(root)
        self.asked = []

    def ending(self, name, bytes):
        self.asked.append(bytes)
        return super().ending(name, bytes)


def only(lake, content):
    (footer,) = footers(lake, put(lake, content))
    return footer.columns


def test_a_type_is_called_as_a_contract_calls_it_or_as_parquet_does(tmp_path):
    select = ", ".join(f"{value} AS c{place}" for place, value in enumerate(KINDS))

    columns = only(on_disk(tmp_path), parquet(f"SELECT {select}"))

    assert dict(zip(KINDS, (column.kind for column in columns), strict=True)) == KINDS
    assert [column.name for column in columns] == [f"c{place}" for place in range(len(KINDS))]


def test_statistics_tell_nulls_and_the_bytes_of_the_longest_text(tmp_path):
    values = "VALUES (1, 'ab'), (NULL, 'é€😀'), (NULL, NULL)"

    columns = only(
        on_disk(tmp_path), parquet(f"SELECT n::INTEGER AS n, t FROM ({values}) rows(n, t)")
    )

    n, t = columns
    assert (n.nulls, t.nulls) == (2, 1)
    assert t.longest == 9


@pytest.mark.parametrize(
    ("day", "is_outside"),
    [
        ("DATE '2024-01-01'", False),
        ("DATE '9999-12-31'", False),
        ("DATE '294276-12-31'", False),
        ("DATE '294277-01-01'", True),
        ("DATE '4713-01-01 (BC)'", False),
        ("DATE '4714-12-31 (BC)'", True),
        ("DATE 'infinity'", True),
        ("TIMESTAMPTZ '2024-01-01 00:00:00+00'", False),
        ("TIMESTAMPTZ '5000-01-01 (BC) 00:00:00+00'", True),
        ("TIMESTAMP '5000-01-01 (BC) 00:00:00'", True),
        ("NULL::DATE", False),
        ("'5000-01-01 (BC)'", False),
    ],
)
def test_days_that_redshift_does_not_know_are_told(tmp_path, day, is_outside):
    (column,) = only(on_disk(tmp_path), parquet(f"SELECT {day} AS d"))

    assert column.is_outside == is_outside


def test_what_several_row_groups_tell_is_told_of_the_file(tmp_path):
    rows = (
        "SELECT CASE WHEN i % 2 = 0 THEN repeat('x', i::INT // 1000) END AS t FROM range(5000) r(i)"
    )

    (column,) = only(on_disk(tmp_path), parquet(rows, ", ROW_GROUP_SIZE 2048"))

    assert column == FileColumn("t", "varchar", 2500, 4, False)


def test_only_the_end_of_a_large_file_is_read(tmp_path):
    lake = Watched(tmp_path)
    large = parquet("SELECT random() AS r FROM range(50000)")

    only(lake, large)

    assert len(large) > 300_000
    assert lake.asked == [65536]


def test_a_footer_that_is_longer_is_read_whole(tmp_path):
    lake = Watched(tmp_path)
    many = ", ".join(f"{place} AS {'x' * 100}{place}" for place in range(600))

    columns = only(lake, parquet(f"SELECT {many}"))

    assert len(columns) == 600
    assert lake.asked[0] == 65536 < lake.asked[1]


def test_each_of_many_files_in_a_bucket_costs_one_request(aws):
    lake = in_bucket(aws)
    contents = [parquet(f"SELECT {number} AS n") for number in range(3)]
    files = put(lake, *contents, *contents, *contents)
    aws.forget_counters()

    found = footers(lake, files)

    assert [footer.file for footer in found] == [file.path for file in files]
    assert {name: asked["requests"] for name, asked in aws.counters.items()} == {"s3:GetObject": 9}


def test_no_files_have_no_footers(tmp_path):
    assert footers(on_disk(tmp_path), []) == []


def gone(lake, file, content):
    lake.remove([file.path])


def longer(lake, file, content):
    lake.put(file.path, content + content)


def text(lake, file, content):
    lake.put(file.path, b"x" * len(content))


def garbled(lake, file, content):
    lake.put(file.path, content[:-100] + b"\xff" * 92 + content[-8:])


def empty_of_all(lake, file, content):
    lake.put(file.path, content[:-8] + (1 << 31).to_bytes(4, "little") + content[-4:])


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (gone, "is missing"),
        (longer, "bytes where its manifest says"),
        (text, "is no Parquet file"),
        (garbled, "has a footer that cannot be read"),
        (empty_of_all, "is no Parquet file"),
    ],
)
def test_a_damaged_file_is_told(storage, damage, what):
    content = parquet("SELECT 1 AS n, 'a' AS t, 2 AS m")
    files = put(storage, content, content)
    damage(storage, files[1], content)

    with pytest.raises(DestinationError, match=what) as told:
        footers(storage, files)

    assert str(told.value).startswith(f"{storage.where(files[1].path)} ")
    assert told.value.details["file"] == files[1].path
