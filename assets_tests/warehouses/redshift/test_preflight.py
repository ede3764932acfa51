"""What is told of files before COPY meets them."""

import duckdb
import pytest

from assets_tests.storages import on_disk
from assets_tests.warehouses.redshift.parquet import contract, parquet, snapshot
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.warehouses.redshift.ddl import REJECTS, create_rejects
from seniorlink_assets.warehouses.redshift.preflight import preflight
from spark.contract import Column
from spark.satellite.writing import Drafts, columns_of

COLUMNS = (
    Column("note_id", "bigint", "Which."),
    Column("mood", "smallint", "How.", nullable=True),
    Column("noted_on", "date", "When."),
    Column("cost", "decimal(12, 2)", "How much.", nullable=True),
    Column("seen_at", "timestamp", "The moment.", nullable=True),
    Column("text", "varchar(5)", "What.", nullable=True, phi="free_text"),
    Column("extra", "super", "The rest.", nullable=True),
)
FINE = (
    "1::BIGINT AS note_id",
    "2::SMALLINT AS mood",
    "DATE '2024-01-01' AS noted_on",
    "1.5::DECIMAL(12, 2) AS cost",
    "TIMESTAMPTZ '2024-01-01 00:00:00+00' AS seen_at",
    "'hello' AS text",
    "'{}' AS extra",
)
REJECT = (
    "'2024-01-01' AS partition",
    "'a.csv' AS source_file",
    "7::BIGINT AS source_line",
    "'mood is missing' AS reason",
    "'{}' AS row",
)
VALUES = {
    "smallint": "2",
    "integer": 3,
    "bigint": 1 << 53,
    "decimal(4,1)": "4.5",
    "decimal(18, 2)": "6.78",
    "decimal(38,8)": "9",
    "double precision": 1.5,
    "boolean": True,
    "date": "2024-01-01",
    "timestamp": "2024-01-01 10:00:00+00",
    "varchar(10)": "é",
    "super": "{}",
}
AGAIN = "compute it again in a run with the tag seniorlink/recompute=true"
CORRECT = "have the job correct or reject such rows"


def with_(**columns):
    """FINE with other columns; with None, without them."""
    return [
        columns.get(column.rpartition(" ")[2], column)
        for column in FINE
        if columns.get(column.rpartition(" ")[2], column)
    ]


def judged(tmp_path, *files, rejects=()):
    """What is said of files of one row each, whose columns are given."""
    lake = on_disk(tmp_path)
    rows, refused = (
        tuple(parquet(f"SELECT {', '.join(columns)}") for columns in some)
        for some in (files, rejects)
    )
    return preflight(contract(*COLUMNS), [snapshot(lake, *rows, rejects=refused)], lake)


def refusal(tmp_path, *files, rejects=()):
    with pytest.raises(DestinationError) as told:
        judged(tmp_path, *files, rejects=rejects)
    return told.value


def test_files_as_the_table_needs_them_pass(tmp_path):
    found = judged(tmp_path, FINE, FINE, rejects=[REJECT])

    assert found.files == 3
    assert found.bytes == sum(path.stat().st_size for path in tmp_path.rglob("*.parquet"))


def test_no_files_pass(tmp_path):
    assert judged(tmp_path).files == 0


def test_files_without_rows_pass(tmp_path):
    lake = on_disk(tmp_path)
    nothing = parquet(f"SELECT {', '.join(FINE)} LIMIT 0")

    assert preflight(contract(*COLUMNS), [snapshot(lake, nothing)], lake).files == 1


def test_null_passes_where_it_may_be(tmp_path):
    assert judged(tmp_path, with_(mood="NULL::SMALLINT AS mood", text="NULL::VARCHAR AS text"))


def test_what_a_satellite_writes_passes_whatever_the_type(tmp_path):
    table = contract(
        *(Column(f"c{n}", kind, "It.", nullable=n > 0) for n, kind in enumerate(VALUES))
    )
    drafts = Drafts(tmp_path / "drafts", columns_of(table), [])
    drafts.add("all", VALUES.values())
    drafts.add("all", ["1", *[None] * (len(VALUES) - 1)])
    with duckdb.connect() as connection:
        (path,) = drafts.write(connection).values()
    lake = on_disk(tmp_path)

    assert preflight(table, [snapshot(lake, path.read_bytes())], lake).files == 1


WRONG = {
    "another whole number": (
        with_(mood="2::BIGINT AS mood"),
        "mood is bigint in 1 of 3 files but smallint in the table; "
        f"declare it as bigint, or {AGAIN}",
    ),
    "another precision": (
        with_(cost="1.5::DECIMAL(14, 2) AS cost"),
        "cost is decimal(14,2) in 1 of 3 files but decimal(12, 2) in the table; "
        f"declare it as decimal(14,2), or {AGAIN}",
    ),
    "another scale": (
        with_(cost="1.5::DECIMAL(12, 3) AS cost"),
        "cost is decimal(12,3) in 1 of 3 files but decimal(12, 2) in the table; "
        f"declare it as decimal(12,3), or {AGAIN}",
    ),
    "a double": (
        with_(cost="1.5::DOUBLE AS cost"),
        f"cost is double in 1 of 3 files but decimal(12, 2) in the table; {AGAIN}",
    ),
    "nanoseconds": (
        with_(seen_at="TIMESTAMP_NS '2024-01-01' AS seen_at"),
        f"seen_at is timestamp_ns (INT64) in 1 of 3 files but timestamp in the table; {AGAIN}",
    ),
    "milliseconds": (
        with_(seen_at="TIMESTAMP_MS '2024-01-01' AS seen_at"),
        "seen_at is timestamp (INT64 TIMESTAMP_MILLIS) in 1 of 3 files but timestamp in the "
        f"table; {AGAIN}",
    ),
    "a time of day": (
        with_(seen_at="TIME '10:00' AS seen_at"),
        "seen_at is time (INT64 TIME_MICROS) in 1 of 3 files but timestamp in the table; " + AGAIN,
    ),
    "bytes": (
        with_(text="'x'::BLOB AS text"),
        f"text is blob (BYTE_ARRAY) in 1 of 3 files but varchar(5) in the table; {AGAIN}",
    ),
    "a list": (
        with_(extra="[1] AS extra"),
        f"extra is nested in 1 of 3 files but super in the table; {AGAIN}",
    ),
    "a column less": (
        with_(mood=None),
        f"mood is missing in 1 of 3 files but smallint in the table; {AGAIN}",
    ),
    "a column more": (
        [*FINE, "1 AS more"],
        f"more is integer in 1 of 3 files but missing in the table; {AGAIN}",
    ),
    "another name": (
        with_(mood="2::SMALLINT AS humour"),
        f"mood is missing in 1 of 3 files but smallint in the table; {AGAIN}",
    ),
    "another order": (
        [FINE[1], FINE[0], *FINE[2:]],
        f"note_id is column 2 in 1 of 3 files but column 1 in the table; {AGAIN}",
    ),
    "NULL": (
        with_(noted_on="NULL::DATE AS noted_on"),
        "noted_on is NULL (1 in all) in 1 of 3 files but NOT NULL in the table; "
        f"{CORRECT}, or declare it with nullable=True if it is no key",
    ),
    "bytes, not characters": (
        with_(text="'ééé' AS text"),
        "text is text of 6 bytes or more in 1 of 3 files but varchar(5) in the table; "
        f"declare it as varchar(6) or longer, or {CORRECT}",
    ),
    "a day that is none": (
        with_(noted_on="DATE '300000-01-01' AS noted_on"),
        "noted_on is a day before 4713 BC or after 294276 AD in 1 of 3 files but date in the "
        f"table; {CORRECT}",
    ),
}


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    WRONG.values(),
    ids=WRONG,
)
def test_what_redshift_would_refuse_is_one_sentence(tmp_path, wrong, sentence):
    told = refusal(tmp_path, FINE, FINE, wrong)

    assert str(told) == f"care/daily_notes cannot be loaded: {sentence}"


def test_the_details_name_the_file_the_column_and_the_remedy(tmp_path):
    told = refusal(tmp_path, FINE, with_(mood="2::BIGINT AS mood"), with_(mood="1::BIGINT AS mood"))

    assert told.details == {
        "file": "snapshots/care/daily_notes/all/v1-1/part-1.parquet",
        "files": "2 of 3",
        "column": "mood",
        "in the file": "bigint",
        "in the table": "smallint",
        "remedy": f"declare it as bigint, or {AGAIN}",
    }


def test_every_other_trouble_is_told_beside_the_first(tmp_path):
    told = refusal(tmp_path, with_(mood="2 AS mood", text=None), with_(extra=None))

    assert str(told).startswith(
        "care/daily_notes cannot be loaded: mood is integer in 1 of 2 files"
    )
    assert told.details["also"] == (
        "text is missing in 1 of 2 files but varchar(5) in the table; "
        "extra is missing in 1 of 2 files but super in the table"
    )


def test_no_value_is_shown(tmp_path):
    told = refusal(
        tmp_path, with_(text="'secret' AS text", noted_on="DATE '300000-01-01' AS noted_on")
    )

    shown = str(told) + str(told.details)
    assert "secret" not in shown
    assert "300000" not in shown


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            REJECT[1:],
            "partition is missing in its file but varchar(16) in the table; " + AGAIN,
        ),
        (
            (*REJECT[:2], "7 AS source_line", *REJECT[3:]),
            "source_line is integer in its file but bigint in the table; declare it as integer, or "
            + AGAIN,
        ),
    ],
)
def test_rejects_are_judged_as_their_table(tmp_path, wrong, sentence):
    told = refusal(tmp_path, FINE, rejects=[wrong])

    assert str(told) == f"care/daily_notes has rejects that cannot be loaded: {sentence}"


def test_rejects_are_judged_by_the_columns_that_their_table_has():
    table = create_rejects("rejects")

    assert [
        column.name for column in REJECTS if f'"{column.name}" {column.type}' not in table
    ] == []
    assert table.count(" ENCODE ") == len(REJECTS)


def test_a_file_that_is_gone_is_told(tmp_path):
    lake = on_disk(tmp_path)
    given = snapshot(lake, parquet(f"SELECT {', '.join(FINE)}"))
    lake.remove([given.manifest.files[0].path])

    with pytest.raises(DestinationError, match=r"part-0\.parquet is missing; compute it again"):
        preflight(contract(*COLUMNS), [given], lake)
