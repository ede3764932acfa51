"""The double as tests see it."""

import contextlib
import itertools
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import pg8000.dbapi
import pytest
import redshift_connector

from assets_tests.doubles.redshift import passwords
from assets_tests.doubles.redshift.backend import Backend
from assets_tests.doubles.redshift.conversation import House
from assets_tests.doubles.redshift.history import History
from assets_tests.doubles.redshift.messages import Refused
from assets_tests.doubles.redshift.objects import Objects
from assets_tests.doubles.redshift.postgres import SUPERUSER, Postgres
from assets_tests.doubles.redshift.proxy import Proxy
from assets_tests.doubles.redshift.tls import certificate
from assets_tests.doubles.redshift.tokens import literal, quoted

_TEMPLATE = "redshift_template"


class RedshiftDouble:
    """A running double; as a context manager it ends with the block."""

    host = "localhost"

    def __init__(self, folder: Path, s3: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._users: set[str] = set()
        self._numbers = itertools.count(1)
        self._postgres = Postgres()
        self._admin = self._connect(SUPERUSER, "postgres")
        self._admin.run(f"CREATE DATABASE {_TEMPLATE}")
        with contextlib.closing(self._connect(SUPERUSER, _TEMPLATE)) as template:
            for file in ("system.sql", "system_views.sql"):
                template.run((Path(__file__).parent / file).read_text())
        context, self.ca_file = certificate(folder)
        self._objects = Objects(s3)
        history = History(lambda database: self._connect(SUPERUSER, database))
        house = House(self._connect, self._has_user, context, self.key, self._objects, history)
        self._proxy = Proxy(house)
        self.port = self._proxy.port
        self.faults, self.statements = house.faults, house.statements

    def __enter__(self) -> "RedshiftDouble":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends it; its data are gone."""
        self._proxy.close()
        self._objects.close()
        self._admin.close()
        self._postgres.close()

    def reset(self) -> None:
        """Forgets faults and statements."""
        self.faults.clear()
        self.statements.clear()

    def database(
        self,
        name: str = "",
        *,
        isolation: Literal["snapshot", "serializable"] = "snapshot",
        is_serverless: bool = False,
    ) -> str:
        """A fresh and empty database's name; Serverless has no STV and STL views."""
        name = name or f"test_{next(self._numbers)}"
        with self._lock:
            self._admin.run(f"CREATE DATABASE {quoted(name)} TEMPLATE {_TEMPLATE}")
            self._admin.run(f"GRANT ALL ON DATABASE {quoted(name)} TO PUBLIC")
            if isolation == "serializable":
                setting = "default_transaction_isolation TO serializable"
                self._admin.run(f"ALTER DATABASE {quoted(name)} SET {setting}")
        if is_serverless:
            self.rows("SELECT pg_double.become_serverless()", name)
        return name

    def has_roles(self, *names: str) -> None:
        """Makes roles or groups that are not there yet; they belong to all databases."""
        for name in names:
            with self._lock, contextlib.suppress(Refused):
                self._admin.run(f"CREATE ROLE {quoted(name)}")

    def read_from(self, s3: str) -> None:
        """From now on COPY reads the objects of the double of AWS at this address."""
        self._objects.url = s3

    def password(self, user: str, seconds: float = 900) -> str:
        """A password as the double of AWS issues them."""
        return passwords.issue(self.key, user, seconds)

    def connect(self, database: str, user: str = "IAM:etl", **settings: Any) -> Any:
        """A connection of the unmodified driver, with autocommit as Redshift itself has it."""
        login = {"user": user, "password": self.password(user), "sslmode": "verify-full"}
        place = {"host": self.host, "port": self.port, "database": database}
        connection = redshift_connector.connect(**{**place, **login, **settings})
        connection.autocommit = True
        return connection

    def rows(self, sql: str, database: str) -> list[tuple[Any, ...]]:
        """What PostgreSQL itself answers its superuser; without rows, nothing."""
        connection = pg8000.dbapi.connect(
            SUPERUSER, unix_sock=self._postgres.socket, database=database
        )
        with contextlib.closing(connection):
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []

    def _connect(self, user: str, database: str, **settings: str) -> Backend:
        return Backend(self._postgres.socket, user, database, **settings)

    def _has_user(self, name: str) -> None:
        with self._lock:
            if name in self._users:
                return
            known = self._admin.run(f"SELECT FROM pg_roles WHERE rolname = {literal(name)}")
            sql = (
                f"ALTER ROLE {quoted(name)} LOGIN" if known else f"CREATE ROLE {quoted(name)} LOGIN"
            )
            self._admin.run(sql)
            self._users.add(name)


@pytest.fixture(scope="session")
def redshift_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedshiftDouble]:
    """One double for the whole session, whose certificate every client of this process trusts."""
    with (
        RedshiftDouble(tmp_path_factory.mktemp("redshift")) as double,
        pytest.MonkeyPatch.context() as trusting,
    ):
        trusting.setenv("SSL_CERT_FILE", str(double.ca_file))
        yield double


@pytest.fixture
def redshift(redshift_process: RedshiftDouble) -> RedshiftDouble:
    """The double, without faults and with no statement seen."""
    redshift_process.reset()
    return redshift_process


@pytest.fixture
def redshift_database(redshift: RedshiftDouble) -> str:
    """A fresh and empty database."""
    return redshift.database()
