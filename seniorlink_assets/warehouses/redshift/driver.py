"""Redshift through Amazon's driver: a connection of our own to the port of the cluster."""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from seniorlink_assets.warehouses.redshift.credentials import Login, Logins
from seniorlink_assets.warehouses.redshift.sql import literal
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag, Transport
from seniorlink_assets.warehouses.redshift.troubles import failed

if TYPE_CHECKING:
    from redshift_connector import Connection

_CONNECT = 30
"""Seconds within which a connection is there."""


class RedshiftDriver(Transport):
    """Always over TLS, to nobody but the host that the certificate names."""

    def __init__(self, logins: Logins, database: str) -> None:
        self._logins, self._database = logins, database

    @contextmanager
    def session(self, tag: Tag) -> Iterator[Session]:
        import redshift_connector

        connection = self._connection()
        try:
            session = _Connected(connection, tag)
            session.execute(f"SET query_group TO {literal(tag.query_group)}")
            yield session
        finally:
            # What is not committed is rolled back; what is broken already cannot be closed.
            with suppress(redshift_connector.Error, OSError):
                connection.close()

    def _connection(self) -> "Connection":
        try:
            return _connect(self._logins.login(), self._database)
        except RedshiftFailed as refusal:
            if refusal.trouble != "refused":
                raise
        # The password may have been withdrawn before its time.
        self._logins.forget()
        return _connect(self._logins.login(), self._database)


class _Connected(Session):
    def __init__(self, connection: "Connection", tag: Tag) -> None:
        self._connection, self._tag = connection, tag
        connection.autocommit = True

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with _told():
            cursor = self._connection.cursor()
            cursor.execute(f"{self._tag.comment}{sql}")
            return [tuple(row) for row in cursor.fetchall()]

    def execute(self, sql: str) -> None:
        self._run(sql, -1)

    def transaction(self, statements: Sequence[str]) -> None:
        self._run("BEGIN", 0)
        try:
            for number, statement in enumerate(statements):
                self._run(statement, number)
            self._run("COMMIT", len(statements))
        except RedshiftFailed as failure:
            if failure.trouble != "lost":
                with suppress(RedshiftFailed):
                    self._run("ROLLBACK", -1)
            raise

    def _run(self, sql: str, number: int) -> None:
        with _told(number):
            self._connection.cursor().execute(f"{self._tag.comment}{sql}")


def _connect(login: Login, database: str) -> "Connection":
    import redshift_connector

    where = f"{login.host}:{login.port}"
    try:
        connection = redshift_connector.connect(
            host=login.host,
            port=login.port,
            database=database,
            user=login.user,
            password=login.password,
            sslmode="verify-full",
            timeout=_CONNECT,
            application_name="seniorlink",
            tcp_keepalive_idle=60,
            tcp_keepalive_interval=10,
            tcp_keepalive_count=6,
            max_prepared_statements=0,
        )
    except (redshift_connector.Error, OSError, *_BROKEN) as error:
        failure = _refusal(error, where)
    else:
        # The driver has one limit for connecting and for every answer; COPY may take hours.
        connection._usock.settimeout(None)  # noqa: SLF001
        return connection
    raise failure


@contextmanager
def _told(number: int = -1) -> Iterator[None]:
    """RedshiftFailed for all that the driver raises, whose own words may quote a value."""
    import redshift_connector

    try:
        yield
    except redshift_connector.Error as error:
        raise _failure(error, number) from None
    except (OSError, *_BROKEN):
        raise failed("no answer", "08006", number) from None


_BROKEN = (struct.error, IndexError, KeyError, ValueError)
"""What the driver makes of an answer that breaks off in the middle."""


def _failure(error: Exception, number: int) -> RedshiftFailed:
    told = error.args[0] if error.args else ""
    if isinstance(told, dict):
        said = "\n".join(told[field] for field in "MD" if told.get(field))
        return failed(said, told.get("C", ""), number)
    return failed("no answer", "08006", number)


def _refusal(error: Exception, where: str) -> RedshiftFailed:
    import ssl

    told = error.args[0] if error.args else ""
    if isinstance(told, dict):
        return _failure(error, -1)
    if any(isinstance(cause, ssl.SSLError) for cause in (*error.args, error.__context__)):
        return RedshiftFailed(
            f"{where} does not show a certificate of its name that is trusted here; if "
            "SENIORLINK_REDSHIFT_ENDPOINT is set, let it be a name in the certificate",
            trouble="wrong",
        )
    return RedshiftFailed(
        f"Redshift does not answer at {where}; open the way there from this machine, or set "
        "SENIORLINK_REDSHIFT_TRANSPORT=data-api",
        trouble="busy",
    )
