"""What a client meets around its statements: TLS, passwords, faults, the end of either side."""

import gc
import os
import select
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redshift_connector
from redshift_connector.error import InterfaceError, ProgrammingError

REFUSED = "Serializable isolation violation on table - 1, transactions forming the cycle are: 1, 2"


@pytest.fixture(scope="module")
def database(redshift_process):
    return redshift_process.database()


@pytest.fixture
def connection(redshift, database):
    with redshift.connect(database) as connection:
        run(connection, "DROP TABLE IF EXISTS t")
        run(connection, "CREATE TABLE t (a int)")
        yield connection


@pytest.fixture
def refused(redshift):
    """What a login is answered."""

    def refused(*arguments, **settings) -> str:
        try:
            redshift.connect(*arguments, **settings)
        except (InterfaceError, ProgrammingError) as error:
            return str(error)
        finally:
            # The driver leaves its socket to the garbage collector.
            gc.collect()
        raise AssertionError("it was let in")

    return refused


leaks = pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def test_the_certificate_is_verified(database, refused, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    assert "CERTIFICATE_VERIFY_FAILED" in refused(database)


@leaks
def test_tls_is_demanded(database, refused):
    assert "SSL is required" in refused(database, ssl=False)


@leaks
@pytest.mark.parametrize(
    ("user", "seconds", "said"),
    [("IAM:other", 900, "password authentication failed"), ("IAM:etl", -1, "has expired")],
)
def test_a_password_is_one_users_and_for_a_while(redshift, database, refused, user, seconds, said):
    assert said in refused(database, password=redshift.password(user, seconds))


def test_a_user_of_iam_is_a_user_of_the_database(redshift, database):
    with redshift.connect(database, user="IAMR:role") as connection:
        assert rows(connection, "SELECT current_user") == [["IAMR:role"]]
        version = (b"server_version", b"8.0.2")
        assert version in connection.parameter_statuses


@leaks
def test_an_unknown_database_is_said_so(refused):
    assert 'database "nowhere" does not exist' in refused("nowhere")


def test_a_statement_fails_as_often_as_ordered(redshift, connection):
    redshift.faults.order("fail", pattern="^INSERT", code="1023", message=REFUSED, times=2, skip=1)
    insert = "/* INSERT by run=1 */ INSERT INTO t VALUES (1)"

    run(connection, insert)
    with pytest.raises(ProgrammingError):
        run(connection, insert)
    with pytest.raises(ProgrammingError) as error:
        run(connection, insert)
    run(connection, insert)

    assert {name: error.value.args[0][name] for name in "CMD"} == {
        "C": "XX000",
        "M": "1023",
        "D": REFUSED,
    }
    assert redshift.faults.met == [2]
    assert rows(connection, "SELECT count(*) FROM t") == [[2]]


def test_a_failed_commit_undoes_the_transaction(redshift, connection):
    redshift.faults.order("fail", pattern="^commit", code="40001", message="again")

    run(connection, "BEGIN")
    run(connection, "INSERT INTO t VALUES (1)")
    with pytest.raises(ProgrammingError, match="again"):
        run(connection, "COMMIT")

    assert rows(connection, "SELECT count(*) FROM t") == [[0]]


@pytest.mark.parametrize(("when", "kept"), [("before", 0), ("after", 1)])
def test_a_connection_is_lost_before_or_after_it_took_effect(
    redshift, database, connection, when, kept
):
    redshift.faults.order("drop", pattern="^COMMIT", when=when)
    run(connection, "BEGIN")
    run(connection, "INSERT INTO t VALUES (1)")

    with pytest.raises(InterfaceError, match="server socket closed"):
        run(connection, "COMMIT")

    assert redshift.rows("SELECT count(*) FROM t", database) == [(kept,)]


def test_an_answer_may_be_late(redshift, connection):
    redshift.faults.order("delay", seconds=0.2, pattern="count")
    began = time.monotonic()

    rows(connection, "SELECT count(*) FROM t")

    assert time.monotonic() - began >= 0.2


def test_parameters_and_many_rows_pass(connection):
    cursor = connection.cursor()
    cursor.executemany("INSERT INTO t VALUES (%s)", [(1,), (2,)])

    cursor.execute("SELECT a, repeat('x', 1000) FROM t, generate_series(1, 500) WHERE a = %s", (2,))

    assert {(a, len(text)) for a, text in cursor.fetchall()} == {(2, 1000)}
    assert connection.cursor().execute("SELECT a FROM t").fetch_dataframe is not None


def test_a_killed_client_leaves_nothing(redshift, database, connection):
    code = (
        "import sys, redshift_connector as r\n"
        "c = r.connect(host='localhost', port=int(sys.argv[1]), database=sys.argv[2],"
        " user='IAM:etl', password=sys.argv[3])\n"
        "c.cursor().execute('INSERT INTO t VALUES (1)')\n"
        "print('inserted', flush=True)\n"
        "sys.stdin.read()"
    )
    arguments = (str(redshift.port), database, redshift.password("IAM:etl"))
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as client:
        assert client.stdout
        assert client.stdout.readline() == b"inserted\n"
        client.kill()

    run(connection, "BEGIN")
    run(connection, "LOCK t")
    assert rows(connection, "SELECT count(*) FROM t") == [[0]]
    run(connection, "ROLLBACK")


def test_many_clients_are_served_at_once(redshift, database, connection):
    def insert(number: int) -> None:
        with redshift.connect(database) as own:
            run(own, f"INSERT INTO t VALUES ({number})")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(insert, range(16)))

    assert rows(connection, "SELECT sum(a) FROM t") == [[120]]


def test_the_server_goes_with_its_process():
    code = (
        "import pathlib, sys, tempfile\n"
        "from assets_tests.doubles.redshift.postgres import Postgres\n"
        "server = Postgres()\n"
        "print(server.folder, server.pid, flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout
        folder, process = owner.stdout.readline().decode().split()
        life = os.pidfd_open(int(process))
        owner.send_signal(signal.SIGKILL)

    assert select.select([life], [], [], 20)[0] == [life]
    os.close(life)
    assert not Path(folder).exists()


def rows(connection: redshift_connector.Connection, sql: str) -> list:
    return list(run(connection, sql).fetchall())


def run(connection: redshift_connector.Connection, sql: str) -> redshift_connector.Cursor:
    return connection.cursor().execute(sql)
