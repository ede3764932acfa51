"""Statements by request: what comes back, what is asked again, and what a failure says."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import redshift_connector

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import Double
from assets_tests.doubles.redshift.running import RedshiftDouble
from assets_tests.warehouses.redshift.amazon import (  # noqa: F401
    CLUSTER,
    WORKGROUP,
    lasting_amazon,
    new_clients,
)
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.warehouses.redshift import data_api
from seniorlink_assets.warehouses.redshift.data_api import DataApi
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag

TAG = Tag("8d2f61c0-0000", "care/daily_notes")
NEVER = 0.0


class Loading:
    """A session in a database of its own, and the doubles behind it."""

    def __init__(self, aws: Double, redshift: RedshiftDouble, database: str) -> None:
        self.aws, self.redshift, self.database = aws, redshift, database

    @contextmanager
    def session(self, **settings: Any) -> Iterator[Session]:
        api = DataApi(Aws(), self.database, **{"cluster": CLUSTER, **settings})
        with api.session(TAG) as session:
            yield session

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.redshift.rows(sql, self.database)

    def refusal(self, do: Callable[[Session], object], **settings: Any) -> RedshiftFailed:
        with self.session(**settings) as session, pytest.raises(RedshiftFailed) as caught:
            do(session)
        return caught.value

    @property
    def seen(self) -> list[tuple[str, str]]:
        """Query group and text of all that ran in the database."""
        return [(group, sql) for _, group, sql in self.redshift.statements]


@pytest.fixture(scope="module")
def database(redshift_process: RedshiftDouble) -> str:
    return redshift_process.database()


@pytest.fixture
def loading(
    lasting_amazon: Double,  # noqa: F811
    redshift: RedshiftDouble,
    database: str,
) -> Loading:
    """Nothing is in the database but what the test puts there."""
    lasting_amazon.faults.clear()
    lasting_amazon.redshift(redshift, cluster=CLUSTER, workgroup=WORKGROUP)
    redshift.rows("DROP TABLE IF EXISTS notes", database)
    return Loading(lasting_amazon, redshift, database)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries take no time."""
    monkeypatch.setattr("botocore.retries.standard.time.sleep", lambda seconds: None)
    monkeypatch.setattr(data_api, "_FIRST_PAUSE", 0.001)


def test_rows_come_as_the_driver_gives_them(loading: Loading) -> None:
    sql = (
        "SELECT 1::bigint, 2::smallint, 1.5::float8, 1.50::numeric(9,2), true, 'é'::varchar(9),"
        " DATE '2024-02-29', TIMESTAMP '2024-02-29 08:00:00.5', NULL::int,"
        " TIMESTAMPTZ '2024-02-29 08:00:00+00'"
    )

    with loading.session() as session:
        (row,) = session.rows(sql)

    assert row == (
        1,
        2,
        1.5,
        Decimal("1.50"),
        True,
        "é",
        date(2024, 2, 29),
        datetime.fromisoformat("2024-02-29 08:00:00.500"),
        None,
        datetime(2024, 2, 29, 8, tzinfo=UTC),
    )
    (by_driver,) = driven(loading, sql)
    assert row == by_driver
    assert list(map(type, row)) == list(map(type, by_driver))


def driven(loading: Loading, sql: str) -> list[tuple[Any, ...]]:
    server, user = loading.redshift, "IAMR:orchestrator"
    with redshift_connector.connect(
        host=server.host,
        port=server.port,
        database=loading.database,
        user=user,
        password=server.password(user),
        sslmode="verify-full",
    ) as connection:
        cursor = connection.cursor()
        cursor.execute(sql)
        return [tuple(row) for row in cursor.fetchall()]


def test_rows_of_many_pages_are_all_there(loading: Loading) -> None:
    with loading.session() as session:
        assert session.rows("SELECT generate_series(1, 2001)") == [(n,) for n in range(1, 2002)]


def test_no_rows_are_an_empty_list(loading: Loading) -> None:
    with loading.session() as session:
        assert session.rows("SELECT 1 WHERE false") == []


def test_every_statement_carries_its_run_and_asset(loading: Loading) -> None:
    with loading.session() as session:
        session.execute("CREATE TABLE notes (id int)")
        session.rows("SELECT count(*) FROM notes")
        session.transaction(["INSERT INTO notes VALUES (1)"])

    for sql in (
        "CREATE TABLE notes (id int)",
        "SELECT count(*) FROM notes",
        "INSERT INTO notes VALUES (1)",
    ):
        assert (TAG.query_group, f"{TAG.comment}{sql}") in loading.seen


def test_a_statement_by_itself_is_in_no_transaction(loading: Loading) -> None:
    with loading.session() as session:
        session.execute("CREATE TABLE notes (id int)")
        session.execute("VACUUM notes")

    assert "begin transaction" not in {sql for _, sql in loading.seen}


def test_a_transaction_is_committed_as_a_whole_or_not_at_all(loading: Loading) -> None:
    with loading.session() as session:
        session.transaction(["CREATE TABLE notes (id int)", "INSERT INTO notes VALUES (1)"])
        with pytest.raises(RedshiftFailed):
            session.transaction(["INSERT INTO notes VALUES (2)", "SELECT 1/0"])

    assert loading.rows("SELECT id FROM notes") == [(1,)]


def test_a_failure_says_which_statement_of_a_transaction_it_was(loading: Loading) -> None:
    failed = loading.refusal(
        lambda session: session.transaction(["SELECT 1", "SELECT 1/0", "SELECT 2"])
    )

    assert (failed.statement, failed.code, failed.trouble) == (1, "22012", "wrong")
    assert "statement 2 of a transaction" in str(failed)


def test_a_failure_of_a_single_statement_is_of_none(loading: Loading) -> None:
    failed = loading.refusal(lambda session: session.execute("SELECT * FROM missing"))

    assert (failed.statement, failed.code) == (-1, "42P01")
    assert 'relation "missing" does not exist' in str(failed)


def test_a_serializable_isolation_violation_is_a_conflict(loading: Loading) -> None:
    loading.redshift.faults.order(
        "fail",
        pattern="^SELECT 1",
        code="1023",
        message="Serializable isolation violation on table - 4711",
    )

    failed = loading.refusal(lambda session: session.transaction(["SELECT 1"]))

    assert (failed.trouble, failed.code, failed.transient) == ("conflict", "1023", True)


def test_a_connection_that_is_lost_leaves_it_open_whether_it_was_done(loading: Loading) -> None:
    loading.redshift.faults.order("drop", pattern="^commit", when="after", times=1)

    failed = loading.refusal(lambda session: session.transaction(["CREATE TABLE notes (id int)"]))

    assert failed.trouble == "lost"
    assert loading.rows("SELECT count(*) FROM notes") == [(0,)]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("operation", ["BatchExecuteStatement", "DescribeStatement"])
@pytest.mark.parametrize("kind", ["drop", "error", "throttle"])
def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_done_twice(
    loading: Loading, kind: str, operation: str
) -> None:
    with loading.session() as session:
        session.execute("CREATE TABLE notes (id int)")
        before = len(asked_for(loading))
        loading.aws.faults.order(kind, operation=operation, when="after", times=3)
        session.transaction(["INSERT INTO notes VALUES (1)"])

    assert len(asked_for(loading)) == before + 1
    assert loading.rows("SELECT id FROM notes") == [(1,)]
    assert loading.aws.faults.met == [3]


def asked_for(loading: Loading) -> list[Any]:
    client = loading.aws.client("redshift-data")
    return client.list_statements(Status="ALL", StatementName=TAG.query_group)["Statements"]


@pytest.mark.usefixtures("at_once")
def test_an_answer_that_never_comes_may_be_done(loading: Loading) -> None:
    loading.aws.faults.order("drop", operation="BatchExecuteStatement", when="after")

    failed = loading.refusal(lambda session: session.execute("SELECT 1"), patience=NEVER)

    assert (failed.trouble, failed.transient) == ("lost", True)
    assert "run a statement for care/daily_notes on the Redshift cluster dwh" in str(failed)


@pytest.mark.usefixtures("at_once")
def test_a_data_api_that_stays_busy_did_nothing(loading: Loading) -> None:
    loading.aws.faults.order("throttle", service="redshift-data")

    failed = loading.refusal(lambda session: session.execute("SELECT 1"), patience=NEVER)

    assert (failed.trouble, failed.transient) == ("busy", True)


@pytest.mark.usefixtures("at_once")
def test_more_statements_than_are_allowed_at_once_are_busy(loading: Loading) -> None:
    loading.aws.redshift(loading.redshift, cluster=CLUSTER, active=0)

    failed = loading.refusal(lambda session: session.execute("SELECT 1"), patience=NEVER)

    assert failed.trouble == "busy"


@pytest.mark.usefixtures("at_once", "new_clients")
def test_credentials_may_be_renewed_while_a_statement_runs(loading: Loading) -> None:
    renewing = threading.Timer(0.3, loading.aws.renew_credentials)
    with loading.session() as session:
        session.execute("CREATE TABLE notes (id int)")
        loading.aws.expire_credentials()
        renewing.start()
        session.execute("INSERT INTO notes VALUES (1)")

    assert loading.rows("SELECT id FROM notes") == [(1,)]


def test_what_is_not_allowed_is_named(loading: Loading) -> None:
    loading.aws.faults.order("deny", operation="BatchExecuteStatement")

    failed = loading.refusal(lambda session: session.execute("SELECT 1"))

    assert failed.trouble == "refused"
    assert "redshift-data:BatchExecuteStatement" in str(failed)


def test_a_cluster_that_is_not_there_is_named(loading: Loading) -> None:
    failed = loading.refusal(lambda session: session.execute("SELECT 1"), cluster="other")

    assert failed.trouble == "wrong"
    assert "the Redshift cluster other" in str(failed)


@pytest.mark.parametrize(
    ("settings", "user"),
    [
        ({}, "IAMR:orchestrator"),
        ({"db_user": "etl"}, "IAM:etl"),
        ({"cluster": "", "workgroup": WORKGROUP}, "IAMR:orchestrator"),
    ],
)
def test_we_are_whom_the_settings_say(
    loading: Loading, settings: dict[str, str], user: str
) -> None:
    with loading.session(**settings) as session:
        assert session.rows("SELECT current_user") == [(user,)]


def test_a_statement_that_takes_too_long_is_cancelled(loading: Loading) -> None:
    failed = loading.refusal(lambda session: session.execute("SELECT pg_sleep(60)"), seconds=1)

    assert failed.trouble == "lost"
    assert "was not done in 1 seconds and was cancelled" in str(failed)
    until(lambda: asleep(loading), lambda count: count == 0)


def asleep(loading: Loading) -> int:
    ((count,),) = loading.rows(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND state = 'active' AND query LIKE '%pg_sleep(60)'"
    )
    return count


def test_a_run_that_is_interrupted_cancels_its_statement(loading: Loading) -> None:
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    interrupting = threading.Thread(target=interrupt_when_asleep, args=(loading,))
    interrupting.start()
    try:
        with loading.session() as session, pytest.raises(KeyboardInterrupt):
            session.execute("SELECT pg_sleep(60)")
    finally:
        interrupting.join()
        signal.signal(signal.SIGALRM, previous)

    until(lambda: asleep(loading), lambda count: count == 0)


def interrupt_when_asleep(loading: Loading) -> None:
    until(lambda: asleep(loading), bool)
    os.kill(os.getpid(), signal.SIGALRM)


def test_a_statement_that_somebody_cancels_is_not_tried_again(loading: Loading) -> None:
    cancelling = threading.Thread(
        target=cancel_when_started, args=(loading.aws.client("redshift-data"),)
    )
    cancelling.start()

    failed = loading.refusal(lambda session: session.execute("SELECT pg_sleep(60)"))

    cancelling.join()
    assert (failed.code, failed.trouble) == ("57014", "wrong")


def cancel_when_started(client: Any) -> None:
    (statement,) = until(
        lambda: client.list_statements(Status="STARTED")["Statements"], lambda found: found
    )
    client.cancel_statement(Id=statement["Id"])


def test_a_transaction_of_too_many_statements_names_the_other_transport(loading: Loading) -> None:
    failed = loading.refusal(lambda session: session.transaction(["SELECT 1"] * 40))

    assert "40 statements" in str(failed)
    assert "SENIORLINK_REDSHIFT_TRANSPORT=driver" in str(failed)
    assert loading.seen == []


def test_a_transaction_may_have_as_many_statements_as_a_batch(loading: Loading) -> None:
    with loading.session() as session:
        session.transaction(["SELECT 1"] * data_api.MOST_STATEMENTS)


def test_a_statement_that_is_too_long_names_the_other_transport(loading: Loading) -> None:
    failed = loading.refusal(
        lambda session: session.transaction(["SELECT 1", f"SELECT '{'é' * 60_000}'"])
    )

    assert failed.statement == 1
    assert "SENIORLINK_REDSHIFT_TRANSPORT=driver" in str(failed)
    assert "é" not in str(failed)


def test_a_value_in_the_words_of_redshift_is_not_shown(loading: Loading) -> None:
    failed = loading.refusal(lambda session: session.execute("SELECT CAST('Maria' AS int)"))

    assert "Maria" in failed.said
    assert "Maria" not in str(failed)
