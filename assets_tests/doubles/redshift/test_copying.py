"""COPY through the unmodified driver: what is loaded, and each way in which it fails."""

import json
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
import redshift_connector
from redshift_connector.error import ProgrammingError

ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/copy'"
PARQUET = f"{ROLE} FORMAT AS PARQUET MANIFEST"


@pytest.fixture(scope="module")
def lake(aws_process, redshift_process):
    aws_process.reset()
    redshift_process.read_from(aws_process.url)
    return aws_process.client("s3")


@pytest.fixture(scope="module")
def database(redshift_process):
    return redshift_process.database()


@pytest.fixture
def connection(redshift, database):
    with redshift.connect(database) as connection:
        run(connection, "DROP TABLE IF EXISTS t")
        yield connection


@pytest.fixture
def put(lake, tmp_path):
    """Writes a Parquet file of each query and a manifest of them; the manifest's address."""

    def put(*queries: str, name: str = "part", **changed) -> str:
        entries = []
        for place, query in enumerate(queries):
            file = tmp_path / f"{place}.parquet"
            duckdb.sql(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
            lake.put_object(Bucket="lake", Key=f"{name}-{place}", Body=file.read_bytes())
            size = {"content_length": file.stat().st_size}
            entry = {"url": f"s3://lake/{name}-{place}", "mandatory": True, "meta": size}
            entries.append({**entry, **changed})
        body = json.dumps({"entries": entries}).encode()
        lake.put_object(Bucket="lake", Key="manifest", Body=body)
        return "s3://lake/manifest"

    return put


def test_files_of_a_manifest_are_loaded(connection, put):
    run(connection, "CREATE TABLE t (note_id bigint NOT NULL, said varchar(20) ENCODE zstd)")
    manifest = put(
        "SELECT 1::bigint, 'a\"b,\\.' UNION ALL SELECT 2, '' UNION ALL SELECT 3, chr(10) || '😀'",
        "SELECT 4::bigint, NULL::varchar",
    )

    run(connection, f"/* run=1 */ COPY t (note_id, said) FROM '{manifest}' {PARQUET} STATUPDATE ON")

    assert rows(connection, "SELECT * FROM t ORDER BY 1") == [
        (1, 'a"b,\\.'),
        (2, ""),
        (3, "\n😀"),
        (4, None),
    ]
    assert rows(connection, "SELECT pg_last_copy_count()") == [(4,)]
    assert b"4 record(s) loaded successfully" in connection.notices[-1][b"M"]
    assert rows(connection, "SELECT stats_off, tbl_rows FROM svv_table_info") == [(0, 4)]
    assert rows(
        connection,
        "SELECT table_name, status, loaded_rows, source_file_count, data_source "
        "FROM sys_load_history WHERE query_id = pg_last_copy_id()",
    ) == [("t", "completed", 4, 2, manifest)]


def test_every_type_is_loaded_as_it_is(connection, put):
    run(
        connection,
        "CREATE TABLE t (a smallint, b int, c real, d float8, e boolean, f decimal(12, 2),"
        " g decimal(38, 8), h date, i timestamp, j timestamp, k super)",
    )
    manifest = put(
        "SELECT 1::tinyint, 2::int, 0.1::float, 'nan'::double, true, 1.50::decimal(12, 2),"
        " 0.00000001::decimal(38, 8), '9999-12-31'::date, '1969-12-31 23:59:59.000001'::timestamp,"
        " '2024-01-01 02:00:00+02'::timestamptz, '{\"a\": 1}'",
    )

    run(connection, f"COPY t FROM '{manifest}' {PARQUET}")

    loaded = rows(connection, "SELECT * FROM t")[0]
    assert loaded[:3] == (1, 2, pytest.approx(0.1))
    assert str(loaded[3]) == "nan"
    assert loaded[4:] == (
        True,
        Decimal("1.50"),
        Decimal("0.00000001"),
        date(9999, 12, 31),
        datetime(1969, 12, 31, 23, 59, 59, 1),  # noqa: DTZ001
        datetime(2024, 1, 1),  # noqa: DTZ001
        # A text is no JSON.
        '"{\\"a\\": 1}"',
    )


def test_nested_values_are_loaded_as_json_when_asked(connection, put):
    run(connection, "CREATE TABLE t (a super)")
    manifest = put("SELECT [{'b': 1}] UNION ALL SELECT NULL")

    assert "incompatible Parquet schema" in refused(
        connection, f"COPY t FROM '{manifest}' {PARQUET}"
    )
    run(connection, f"COPY t FROM '{manifest}' {PARQUET} SERIALIZETOJSON")

    assert rows(connection, "SELECT a FROM t ORDER BY a") == [('[{"b": 1}]',), (None,)]


def test_nanoseconds_become_nonsense(connection, put):
    run(connection, "CREATE TABLE t (a timestamp)")

    run(connection, f"COPY t FROM '{put('SELECT TIMESTAMP_NS $$2024-01-01$$')}' {PARQUET}")

    assert rows(connection, "SELECT extract(year FROM a)::int > 50000 FROM t") == [(True,)]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("a int", "1::bigint", "Column type: INTEGER, Parquet schema:\noptional int64 a"),
        ("a bigint", "1::int", "Column type: BIGINT"),
        ("a decimal(12, 2)", "1::decimal(14, 2)", "Column type: NUMERIC(12,2)"),
        ("a decimal(14, 3)", "1::decimal(14, 2)", "Column type: NUMERIC(14,3)"),
        ("a time", "'10:00'::time", "Column type: TIME"),
        ("a varchar(9)", "1::int", "Column type: VARCHAR(9)"),
        ("a date", "now()::timestamp", "Column type: DATE"),
        ("a int, b int", "1::int", "Table columns: 2, Data columns: 1"),
    ],
)
def test_columns_fit_by_place_and_exactly(connection, put, column, value, said):
    run(connection, f"CREATE TABLE t ({column})")

    refusal = refused(connection, f"COPY t FROM '{put(f'SELECT {value} AS a')}' {PARQUET}")

    assert said in refusal
    assert "code:      15007" in refusal


@pytest.mark.parametrize(
    ("column", "value", "said", "noted"),
    [
        (
            "a varchar(4)",
            "'ééé'",
            "Table: 4, Data: 6",
            ("a", "varchar", "4", 1204, "String length exceeds DDL length", "ééé"),
        ),
        (
            "a int NOT NULL",
            "NULL::int",
            "Cannot insert a NULL value into column a",
            ("a", "integer", "", 1213, "Missing data for not-null field", ""),
        ),
    ],
)
def test_values_that_do_not_fit_are_noted(connection, put, database, column, value, said, noted):
    run(connection, f"CREATE TABLE t ({column})")
    copy = f"COPY t FROM '{put(f'SELECT {value} AS a', name=noted[1])}' {PARQUET}"
    run(connection, "BEGIN")

    assert said in refused(connection, copy)

    run(connection, "ROLLBACK")
    assert rows(
        connection,
        "SELECT trim(colname), trim(type), trim(col_length), err_code, trim(err_reason),"
        f" trim(raw_field_value) FROM stl_load_errors WHERE trim(filename) = 's3://lake/{noted[1]}-0'",
    ) == [noted]
    assert rows(
        connection,
        "SELECT error_code, trim(error_message) FROM sys_load_error_detail "
        f"WHERE trim(file_name) = 's3://lake/{noted[1]}-0'",
    ) == [noted[3:5]]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"meta": {"content_length": 1}}, "its content_length"),
        ({"meta": {}}, "does not have 'content_length' key"),
        ({"url": "s3://lake/missing"}, "Message: NoSuchKey"),
        ({"url": "s3://lake/manifest"}, "its content_length"),
    ],
)
def test_a_manifest_that_is_wrong(connection, put, changed, said):
    run(connection, "CREATE TABLE t (a int)")

    assert said in refused(connection, f"COPY t FROM '{put('SELECT 1::int', **changed)}' {PARQUET}")


def test_an_object_that_need_not_be_there(connection, lake, put):
    run(connection, "CREATE TABLE t (a int)")

    manifest = put("SELECT 1", "SELECT 2", mandatory=False)
    lake.delete_object(Bucket="lake", Key="part-0")

    run(connection, f"COPY t FROM '{manifest}' {PARQUET}")

    assert rows(connection, "SELECT a FROM t") == [(2,)]
    lake.delete_object(Bucket="lake", Key="part-1")
    assert "No file was found" in refused(connection, f"COPY t FROM '{manifest}' {PARQUET}")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("FORMAT PARQUET MANIFEST", "credentials"),
        (f"{ROLE} FORMAT PARQUET MANIFEST COMPUPDATE OFF", "COMPUPDATE argument is not supported"),
        (f"{ROLE} FORMAT PARQUET MANIFEST MAXERROR 10", "MAXERROR argument is not supported"),
        ("IAM_ROLE 'seniorlink' FORMAT PARQUET MANIFEST", "Invalid IAM_ROLE"),
        (f"{ROLE} FORMAT CSV", "Parquet alone"),
    ],
)
def test_options_that_parquet_has_not(connection, options, said):
    run(connection, "CREATE TABLE t (a int)")

    assert said in refused(connection, f"COPY t FROM 's3://lake/manifest' {options}")


def test_a_prefix_may_stand_for_its_objects(connection, put):
    run(connection, "CREATE TABLE t (a int)")
    put("SELECT 1", "SELECT 2", name="prefix")
    copy = "IAM_ROLE default FORMAT PARQUET"

    run(connection, f"COPY t FROM 's3://lake/prefix-' {copy}")

    assert rows(connection, "SELECT sum(a) FROM t") == [(3,)]
    assert "does not exist" in refused(connection, f"COPY t FROM 's3://lake/nothing' {copy}")


def test_a_copy_belongs_to_its_transaction(connection, put):
    run(connection, "CREATE TABLE t (a int)")
    manifest = put("SELECT 1")

    for end in ("ROLLBACK", "COMMIT"):
        run(connection, "BEGIN")
        run(connection, f"COPY t FROM '{manifest}' {PARQUET}")
        run(connection, end)

    assert rows(connection, "SELECT count(*) FROM t") == [(1,)]


def test_serverless_has_no_tables_of_its_nodes(redshift):
    with redshift.connect(redshift.database(is_serverless=True)) as connection:
        assert "permission denied" in refused(connection, "SELECT * FROM stv_slices")
        assert rows(connection, "SELECT * FROM sys_load_error_detail") == []


def refused(connection: redshift_connector.Connection, sql: str) -> str:
    with pytest.raises(ProgrammingError) as error:
        run(connection, sql)
    said = error.value.args[0]
    return said["M"] + said.get("D", "")


def rows(connection: redshift_connector.Connection, sql: str) -> list[tuple]:
    return [tuple(row) for row in run(connection, sql).fetchall()]


def run(connection: redshift_connector.Connection, sql: str) -> redshift_connector.Cursor:
    return connection.cursor().execute(sql)
