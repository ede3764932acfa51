"""The way to Redshift by its driver: who is trusted, what is committed, what failures say."""

import gc
import socket
from datetime import date, datetime
from decimal import Decimal

import pytest

from assets_tests.doubles.redshift.running import RedshiftDouble
from seniorlink_assets.warehouses.redshift.credentials import Login
from seniorlink_assets.warehouses.redshift.driver import RedshiftDriver
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Tag

driver_leaves_a_socket = pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning")
"""Amazon's driver leaves it to the garbage collector to close a connection that is refused."""

TAG = Tag("0123456789", "care/notes")


class Logins:
    """The passwords of a list, one after another, the last one for ever."""

    def __init__(self, redshift: RedshiftDouble, *passwords: str, **login: object) -> None:
        self._redshift, self._login = redshift, login
        self._passwords = [*passwords, redshift.password("IAM:etl")]

    def login(self) -> Login:
        told = {"host": self._redshift.host, "port": self._redshift.port, **self._login}
        return Login(user="IAM:etl", password=self._passwords[0], **told)

    def forget(self) -> None:
        del self._passwords[0]


@pytest.fixture
def driver(redshift, redshift_database):
    return RedshiftDriver(Logins(redshift), redshift_database)


def failure(driver, act):
    with pytest.raises(RedshiftFailed) as failed, driver.session(TAG) as session:
        act(session)
    return failed.value


def test_values_come_as_python_has_them(driver):
    with driver.session(TAG) as session:
        (row,) = session.rows(
            "SELECT 1::bigint, 1.50::numeric(38,2), 'a'::varchar, true, NULL, 0.5::float8, "
            "'2025-01-06'::date, '2025-01-06 08:00:00.000001'::timestamp"
        )

    assert row == (
        1,
        Decimal("1.50"),
        "a",
        True,
        None,
        0.5,
        date(2025, 1, 6),
        datetime.fromisoformat("2025-01-06 08:00:00.000001"),
    )


def test_a_percent_sign_is_no_parameter(driver):
    with driver.session(TAG) as session:
        assert session.rows("SELECT '100 %s'::varchar") == [("100 %s",)]


def test_a_statement_is_committed_by_itself(driver):
    with driver.session(TAG) as session:
        session.execute("CREATE TABLE kept (n int)")

    with driver.session(TAG) as session:
        assert session.rows("SELECT n FROM kept") == []


def test_a_transaction_is_done_or_not_at_all(driver):
    def act(session):
        session.execute("CREATE TABLE kept (n int)")
        session.transaction(["INSERT INTO kept VALUES (1)"])
        session.transaction(["INSERT INTO kept VALUES (2)", "SELECT 1/0", "SELECT 2"])

    failed = failure(driver, act)

    assert (failed.statement, failed.trouble) == (1, "wrong")
    with driver.session(TAG) as session:
        assert session.rows("SELECT n FROM kept") == [(1,)]


def test_a_session_goes_on_after_a_failed_transaction(driver):
    with driver.session(TAG) as session:
        with pytest.raises(RedshiftFailed):
            session.transaction(["SELECT 1/0"])

        assert session.rows("SELECT 1") == [(1,)]


@driver_leaves_a_socket
def test_a_password_that_is_not_taken_is_replaced_once(redshift, redshift_database):
    logins = Logins(redshift, "a password of yesterday")

    with RedshiftDriver(logins, redshift_database).session(TAG) as session:
        assert session.rows("SELECT 1") == [(1,)]
    gc.collect()


@driver_leaves_a_socket
def test_who_is_refused_is_told_so_without_the_password(redshift, redshift_database):
    driver = RedshiftDriver(Logins(redshift, "yesterday's", "today's"), redshift_database)

    failed = failure(driver, lambda session: session.rows("SELECT 1"))

    assert failed.trouble == "refused"
    assert "today's" not in str(failed)
    gc.collect()


def test_a_host_that_the_certificate_does_not_name_is_not_trusted(redshift, redshift_database):
    driver = RedshiftDriver(Logins(redshift, host="127.1"), redshift_database)

    failed = failure(driver, lambda session: session.rows("SELECT 1"))

    assert "does not show a certificate of its name" in str(failed)
    assert not failed.transient


def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    redshift, redshift_database, monkeypatch
):
    monkeypatch.delenv("SSL_CERT_FILE")
    driver = RedshiftDriver(Logins(redshift), redshift_database)

    failed = failure(driver, lambda session: session.rows("SELECT 1"))

    assert "that is trusted here" in str(failed)


def test_a_closed_port_is_told_with_the_way_around_it(redshift, redshift_database):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    driver = RedshiftDriver(Logins(redshift, port=port), redshift_database)

    failed = failure(driver, lambda session: session.rows("SELECT 1"))

    assert f"does not answer at localhost:{port}" in str(failed)
    assert "SENIORLINK_REDSHIFT_TRANSPORT=data-api" in str(failed)
    assert failed.trouble == "busy"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_drops_is_lost(driver, redshift, when):
    redshift.faults.order("drop", pattern="SELECT 42", when=when)

    failed = failure(driver, lambda session: session.rows("SELECT 42"))

    assert failed.trouble == "lost"
    assert failed.transient


@pytest.mark.parametrize(
    ("code", "trouble"),
    [("1023", "conflict"), ("40001", "conflict"), ("53300", "busy"), ("42501", "refused")],
)
def test_a_failure_is_known_by_its_code(driver, redshift, code, trouble):
    redshift.faults.order("fail", pattern="SELECT 42", code=code, message="no")

    failed = failure(driver, lambda session: session.rows("SELECT 42"))

    assert (failed.trouble, failed.code) == (trouble, code)


def test_what_redshift_says_of_a_value_is_not_shown(driver):
    failed = failure(driver, lambda session: session.rows("SELECT 'Zoë'::integer"))

    assert "Zoë" in failed.said
    assert "Zoë" not in str(failed)
    assert failed.__cause__ is None
    assert failed.__suppress_context__
