"""Redshift's SQL through the unmodified driver: what runs, what is refused, what survives."""

import threading

import pytest
import redshift_connector
from redshift_connector.error import ProgrammingError

KEEPS = """
    /* run=1 */ CREATE TABLE care.notes (
        note_id bigint IDENTITY(1, 1) NOT NULL,
        said varchar(5) ENCODE zstd DEFAULT 'a,b' NOT NULL,
        mood smallint DISTKEY,
        price decimal(12, 2),
        paid decimal,
        said_at timestamp DEFAULT GETDATE() SORTKEY,
        more super,
        text varchar(max),
        PRIMARY KEY (note_id), FOREIGN KEY (mood) REFERENCES care.moods (mood)
    ) BACKUP NO
"""


@pytest.fixture
def connection(redshift, redshift_database):
    with redshift.connect(redshift_database) as connection:
        run(connection, 'CREATE SCHEMA IF NOT EXISTS "care"')
        yield connection


@pytest.fixture(scope="module")
def anywhere(redshift_process):
    """A connection for what leaves nothing behind."""
    with redshift_process.connect(redshift_process.database()) as anywhere:
        yield anywhere


@pytest.fixture
def other(redshift, redshift_database, connection):
    with redshift.connect(redshift_database, user="IAM:reader") as other:
        yield other


def test_tables_have_the_types_and_keys_of_redshift(connection):
    run(connection, KEEPS)

    assert rows(
        connection,
        "SELECT column_name, data_type, is_nullable, encoding, distkey, sortkey "
        "FROM svv_redshift_columns WHERE table_name = 'notes' ORDER BY ordinal_position",
    ) == [
        ("note_id", "bigint", "NO", "az64", False, 0),
        ("said", "character varying(5)", "NO", "zstd", False, 0),
        ("mood", "smallint", "YES", "az64", True, 0),
        ("price", "numeric(12,2)", "YES", "az64", False, 0),
        ("paid", "numeric(18,0)", "YES", "az64", False, 0),
        ("said_at", "timestamp without time zone", "YES", "none", False, 1),
        ("more", "super", "YES", "zstd", False, 0),
        ("text", "character varying(65535)", "YES", "lzo", False, 0),
    ]


def test_keys_inform_and_varchar_counts_bytes(connection):
    run(connection, "CREATE TABLE notes (note_id int PRIMARY KEY, said varchar(4))")
    run(connection, "INSERT INTO notes VALUES (1, 'éé'), (1, 'a')")

    assert "Value too long" in refused(connection, "INSERT INTO notes VALUES (2, 'ééé')")
    assert "NULL value into column note_id" in refused(
        connection, "INSERT INTO notes VALUES (NULL, '')"
    )
    assert rows(connection, "SELECT count(*) FROM notes") == [(2,)]


@pytest.mark.parametrize(
    ("attributes", "style", "key", "keys"),
    [
        ("DISTSTYLE ALL", "ALL", "AUTO(SORTKEY)", 0),
        ("DISTSTYLE KEY DISTKEY (a) COMPOUND SORTKEY (b, a)", "KEY(a)", "b", 2),
        ("DISTSTYLE EVEN INTERLEAVED SORTKEY (a, b)", "EVEN", "INTERLEAVED", 2),
        ("SORTKEY AUTO", "AUTO(ALL)", "AUTO(SORTKEY)", 0),
    ],
)
def test_table_info_tells_keys_of_tables_with_rows(connection, attributes, style, key, keys):
    info = "SELECT diststyle, sortkey1, sortkey_num, tbl_rows, stats_off FROM svv_table_info"
    run(connection, f"CREATE TABLE t (a int, b int) {attributes}")
    assert rows(connection, info) == []

    run(connection, "INSERT INTO t VALUES (1, 2)")

    assert rows(connection, info) == [(style, key, keys, 1, 100)]
    run(connection, "ANALYZE t PREDICATE COLUMNS")
    assert rows(connection, info)[0][-1] == 0


def test_literals_names_and_comments_are_left_alone(anywhere):
    said = "/* COPY x */ SELECT 'SYSDATE, it''s \\\\ /* not */ a -- comment' AS \"Said\" -- DISTKEY"

    assert rows(anywhere, said) == [("SYSDATE, it's \\ /* not */ a -- comment",)]
    assert run(anywhere, said).description[0][0] == "said"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("listagg(a, ',') WITHIN GROUP (ORDER BY b DESC)", "y,x"),
        ("max(dateadd(day, b, '2024-01-30'::timestamp))::varchar(max)", "2024-02-01 00:00:00"),
        ("datediff(month, '2024-01-30', '2024-03-01')", 2),
        ("nvl(NULL, 'z')", "z"),
        ("min(len(a))", 1),
        ("max(SYSDATE) > '2024-01-01'", True),
        ("json_serialize(json_parse('[1]'))", "[1]"),
    ],
)
def test_functions_of_redshift(anywhere, asked, answer):
    given = "(SELECT 'x'::varchar AS a, 1 AS b UNION ALL SELECT 'y', 2) given"

    assert rows(anywhere, f"SELECT {asked} FROM {given} LIMIT 1") == [(answer,)]


def test_a_table_may_be_made_like_another_or_of_a_query(connection):
    run(connection, "CREATE TABLE one (a varchar(3) DISTKEY NOT NULL, b int)")
    run(connection, "CREATE TEMP TABLE two (LIKE one)")
    run(connection, "CREATE TABLE three DISTSTYLE KEY DISTKEY (b) AS SELECT 'x' AS a, 1 AS b")

    assert "NULL value" in refused(connection, "INSERT INTO two VALUES (NULL, 1)")
    assert rows(connection, "SELECT diststyle FROM svv_table_info") == [("KEY(b)",)]


def test_regular_views_keep_their_table_and_late_ones_its_name(connection):
    run(connection, "CREATE TABLE care.notes AS SELECT 1 AS note_id, 'old'::varchar(9) AS said")
    run(connection, "CREATE VIEW care.regular AS SELECT said FROM care.notes")
    run(connection, f"CREATE VIEW care.late AS SELECT said FROM care.notes {LATE}")
    run(connection, "CREATE TABLE care.staging AS SELECT 1 AS note_id, 'new'::varchar(20) AS said")

    assert "other objects depend on it" in refused(connection, "DROP TABLE care.notes")
    transaction(
        connection,
        "ALTER TABLE care.notes RENAME TO gone",
        "ALTER TABLE care.staging RENAME TO notes",
    )

    assert rows(connection, "SELECT * FROM care.regular, care.late") == [("old", "new")]
    run(connection, "DROP TABLE care.gone CASCADE")
    assert rows(connection, "SELECT said FROM care.late") == [("new",)]
    run(connection, "DROP TABLE care.notes")
    assert "does not exist" in refused(connection, "SELECT said FROM care.late")


def test_a_late_view_may_come_before_its_table_change_its_columns_and_keep_its_readers(
    connection, other, redshift, redshift_database
):
    run(connection, f"CREATE OR REPLACE VIEW care.late AS SELECT a FROM care.soon {LATE}")
    run(connection, "CREATE TABLE care.soon (a int, b varchar(3))")
    run(connection, "INSERT INTO care.soon VALUES (1, 'x')")
    run(connection, 'GRANT USAGE ON SCHEMA care TO "IAM:reader"')
    run(connection, 'GRANT SELECT ON care.late TO "IAM:reader"')

    assert rows(other, "SELECT * FROM care.late") == [(1,)]
    assert "permission denied" in refused(other, "SELECT * FROM care.soon")
    run(connection, f"CREATE OR REPLACE VIEW care.late AS SELECT b, a FROM care.soon {LATE}")
    assert rows(other, "SELECT late.* FROM care.late") == [("x", 1)]
    run(connection, "DROP VIEW care.late")
    assert redshift.rows("SELECT * FROM pg_double.late_views", redshift_database) == []
    assert "should be qualified" in refused(
        connection, f"CREATE VIEW care.late AS SELECT a FROM soon {LATE}"
    )


def test_scoped_permissions_reach_tables_to_come(connection, other, redshift, redshift_database):
    redshift.has_roles("bi", "analysts")
    redshift.rows('GRANT bi TO "IAM:reader"', redshift_database)
    run(connection, "GRANT USAGE ON SCHEMA care TO ROLE bi")
    run(connection, "CREATE TABLE care.notes (note_id int)")

    run(connection, "GRANT SELECT FOR TABLES IN SCHEMA care TO ROLE bi")
    run(connection, "CREATE TABLE care.later (note_id int)")
    run(connection, "GRANT SELECT, INSERT ON TABLE care.later TO GROUP analysts")

    assert rows(other, "SELECT count(*) FROM care.notes, care.later") == [(0,)]
    assert rows(
        connection,
        "SELECT relation_name, privilege_type, identity_name, identity_type "
        "FROM svv_relation_privileges ORDER BY 2",
    ) == [("later", "INSERT", "analysts", "group"), ("later", "SELECT", "analysts", "group")]
    assert rows(
        connection,
        "SELECT privilege_type, identity_name, identity_type, privilege_scope "
        "FROM svv_schema_privileges WHERE namespace_name = 'care' ORDER BY 4",
    ) == [("USAGE", "bi", "role", "SCHEMA"), ("SELECT", "bi", "role", "TABLES")]
    run(connection, "REVOKE SELECT FOR TABLES IN SCHEMA care FROM ROLE bi")
    assert "permission denied" in refused(other, "SELECT count(*) FROM care.notes")


@pytest.mark.parametrize(
    "sql",
    [
        "VACUUM t",
        "ALTER TABLE t APPEND FROM s",
        "ALTER TABLE t ALTER COLUMN a TYPE varchar(9)",
        "ALTER TABLE t ALTER DISTKEY a",
    ],
)
def test_what_cannot_be_undone_is_refused_in_a_transaction(connection, sql):
    run(connection, "CREATE TABLE t (a varchar(3))")
    run(connection, "CREATE TABLE s (a varchar(3))")
    run(connection, sql)

    run(connection, "BEGIN")
    assert "cannot run inside a transaction block" in refused(connection, sql)
    assert "is aborted" in refused(connection, "VACUUM t")
    run(connection, "ROLLBACK")


def test_truncate_commits(connection):
    run(connection, "CREATE TABLE t AS SELECT 1 AS a")

    run(connection, "BEGIN")
    run(connection, "TRUNCATE t")
    run(connection, "ROLLBACK")

    assert rows(connection, "SELECT * FROM t") == []


def test_append_moves_the_rows(connection):
    run(connection, "CREATE TABLE t AS SELECT 1 AS a")
    run(connection, "CREATE TABLE s AS SELECT 2 AS a")

    run(connection, "ALTER TABLE t APPEND FROM s")

    assert rows(connection, "SELECT a FROM t ORDER BY 1") == [(1,), (2,)]
    assert rows(connection, "SELECT a FROM s") == []


def test_columns_are_added_and_widened(connection):
    run(connection, "CREATE TABLE t (a varchar(1), b int)")

    run(connection, "ALTER TABLE t ADD COLUMN c varchar(2) ENCODE lzo")
    run(connection, "ALTER TABLE t ALTER COLUMN a TYPE varchar(4)")
    run(connection, "INSERT INTO t VALUES ('éé', 1, 'é')")

    assert "too long" in refused(connection, "INSERT INTO t VALUES ('ééé', 1, 'é')")
    assert "too long" in refused(connection, "INSERT INTO t VALUES ('', 1, 'éé')")
    assert "VARCHAR's size" in refused(connection, "ALTER TABLE t ALTER COLUMN b TYPE bigint")
    assert "non-null default" in refused(connection, "ALTER TABLE t ADD COLUMN d int NOT NULL")


@pytest.mark.parametrize(
    "sql",
    [
        "SAVEPOINT s",
        "CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a json)",
        "CREATE TABLE t (a varchar(65536))",
        "CREATE TABLE t (a int) DISTKEY (b)",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES (1) RETURNING a",
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET a = 1",
        "SET lock_timeout TO 1000",
        "GRANT SELECT FOR TABLES IN SCHEMA care TO GROUP g",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ROLE nobody_of_that_name",
    ],
)
def test_what_redshift_has_not_is_refused(anywhere, sql):
    assert refused(anywhere, sql)
    assert rows(anywhere, "SELECT 1") == [(1,)]


def test_merge_updates_and_inserts(connection):
    run(connection, "CREATE TABLE t AS SELECT 1 AS a, 'old'::varchar(3) AS b")
    run(connection, "CREATE TABLE s AS SELECT 1 AS a, 'new'::varchar(3) AS b UNION SELECT 2, 'x'")

    run(
        connection,
        "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN UPDATE SET b = s.b "
        "WHEN NOT MATCHED THEN INSERT VALUES (s.a, s.b)",
    )

    assert rows(connection, "SELECT * FROM t ORDER BY 1") == [(1, "new"), (2, "x")]


def test_a_query_group_labels_what_follows(connection, redshift):
    run(connection, "SET query_group TO 'sl:1:2'")
    run(connection, "SELECT 7 AS labelled")
    refused(connection, "SELECT nothing")

    assert rows(connection, "SHOW query_group") == [("sl:1:2",)]
    assert rows(
        connection,
        "SELECT query_type, status, returned_rows, elapsed_time > 0 FROM sys_query_history "
        "WHERE query_label = 'sl:1:2' AND query_text LIKE '%labelled'",
    ) == [("SELECT", "success", 1, True)]
    assert ("IAM:etl", "sl:1:2", "SELECT 7 AS labelled") in redshift.statements


def test_writers_of_the_same_rows_conflict(connection, redshift, redshift_database):
    run(connection, "CREATE TABLE t AS SELECT 1 AS a")
    with redshift.connect(redshift_database) as other:
        for one in (connection, other):
            run(one, "BEGIN")
            rows(one, "SELECT * FROM t")
        run(other, "DELETE FROM t")
        run(other, "COMMIT")
        with pytest.raises(ProgrammingError) as conflict:
            run(connection, "DELETE FROM t")

    assert conflict.value.args[0]["M"] == "1023"
    assert "Serializable isolation violation" in conflict.value.args[0]["D"]


def test_a_reader_of_a_late_view_sees_the_old_or_the_new_table(
    connection, redshift, redshift_database
):
    run(connection, "CREATE TABLE care.notes AS SELECT 'old'::varchar(3) AS said")
    run(connection, f"CREATE VIEW care.late AS SELECT said FROM care.notes {LATE}")
    run(connection, "CREATE TABLE care.staging AS SELECT 'new'::varchar(3) AS said")
    run(connection, "BEGIN")
    run(connection, "DROP TABLE care.notes")
    seen = []

    def read() -> None:
        with redshift.connect(redshift_database) as other:
            seen.extend(rows(other, "SELECT said FROM care.late"))

    reader = threading.Thread(target=read)
    reader.start()
    run(connection, "ALTER TABLE care.staging RENAME TO notes")
    run(connection, f"CREATE OR REPLACE VIEW care.late AS SELECT said FROM care.notes {LATE}")
    run(connection, "COMMIT")
    reader.join()

    assert seen == [("new",)]


def test_isolation_belongs_to_the_database(redshift):
    strict = redshift.database(isolation="serializable")
    with redshift.connect(strict) as connection:
        asked = (
            "SELECT database_isolation_level FROM svv_redshift_databases "
            "WHERE database_name = current_database()"
        )
        assert rows(connection, asked) == [("Serializable",)]
        assert rows(connection, "SHOW transaction_isolation") == [("serializable",)]


LATE = "WITH NO SCHEMA BINDING"


def transaction(connection: redshift_connector.Connection, *statements: str) -> None:
    for sql in ("BEGIN", *statements, "COMMIT"):
        run(connection, sql)


def refused(connection: redshift_connector.Connection, sql: str) -> str:
    with pytest.raises(ProgrammingError) as error:
        run(connection, sql)
    return error.value.args[0]["M"]


def rows(connection: redshift_connector.Connection, sql: str) -> list[tuple]:
    return [tuple(row) for row in run(connection, sql).fetchall()]


def run(connection: redshift_connector.Connection, sql: str) -> redshift_connector.Cursor:
    return connection.cursor().execute(sql)
