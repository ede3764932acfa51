"""Redshift through its Data API: requests to AWS, for where its port is closed to us."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as time_of_day
from decimal import Decimal
from typing import Any

from seniorlink_assets.launchers.aws import Aws, AwsError, asking
from seniorlink_assets.warehouses.redshift.credentials import unanswered
from seniorlink_assets.warehouses.redshift.sql import literal
from seniorlink_assets.warehouses.redshift.transport import (
    MOST_STATEMENTS,
    RedshiftFailed,
    Session,
    Tag,
    Transport,
)
from seniorlink_assets.warehouses.redshift.troubles import failed

MOST_BYTES = 100 * 1024
"""Of the text of one statement."""


@dataclass(frozen=True)
class DataApi(Transport):
    """A database of a cluster or of a workgroup, as the role that we are.

    Or as `db_user`, or as the user in `secret`. Statements that take more than `seconds` are
    cancelled; `patience` is for how many AWS may give no answer, or be too busy to.
    """

    aws: Aws
    database: str
    cluster: str = ""
    workgroup: str = ""
    db_user: str = ""
    secret: str = ""
    seconds: float = 24 * 3600.0
    patience: float = 120.0

    @contextmanager
    def session(self, tag: Tag) -> Iterator[Session]:
        yield _Requests(self, tag)

    @property
    def place(self) -> str:
        if self.cluster:
            return f"the Redshift cluster {self.cluster}"
        return f"the Redshift workgroup {self.workgroup}"

    @property
    def whereabouts(self) -> Mapping[str, str]:
        """Where statements go and as whom, as AWS calls it."""
        named = {
            "ClusterIdentifier": self.cluster,
            "WorkgroupName": self.workgroup,
            "Database": self.database,
            "DbUser": self.db_user,
            "SecretArn": self.secret,
        }
        return {name: value for name, value in named.items() if value}


class _Requests(Session):
    """Every call is a batch that begins with our query group: nothing lasts until the next one."""

    def __init__(self, api: DataApi, tag: Tag) -> None:
        self._api, self._tag = api, tag

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        batch = self._run([sql])
        asked = {"Id": f"{batch}:2"}
        found: list[tuple[Any, ...]] = []
        while True:
            page = self._ask("get_statement_result", "read a result", asked, is_begun=True)
            kinds = [column["typeName"] for column in page["ColumnMetadata"]]
            found += [tuple(map(_value, row, kinds)) for row in page["Records"]]
            if not page.get("NextToken"):
                return found
            asked["NextToken"] = page["NextToken"]

    def execute(self, sql: str) -> None:
        self._run([sql], ExecutionMode="AUTO_COMMIT")

    def transaction(self, statements: Sequence[str]) -> None:
        if len(statements) > MOST_STATEMENTS:
            raise RedshiftFailed(
                f"{len(statements)} statements are to be one transaction for {self._tag.key}, and "
                f"the Data API takes {MOST_STATEMENTS}; set SENIORLINK_REDSHIFT_TRANSPORT=driver",
                trouble="wrong",
            )
        self._run(statements, is_transaction=True)

    def _run(self, statements: Sequence[str], *, is_transaction: bool = False, **mode: str) -> str:
        """The id of the batch that has run."""
        texts = [f"{self._tag.comment}{statement}" for statement in statements]
        for number, text in enumerate(texts):
            if len(text.encode()) > MOST_BYTES:
                raise RedshiftFailed(
                    f"A statement for {self._tag.key} has {len(text.encode())} bytes, and the Data "
                    f"API takes {MOST_BYTES}; set SENIORLINK_REDSHIFT_TRANSPORT=driver",
                    trouble="wrong",
                    statement=number if is_transaction else -1,
                )
        asked = {
            "Sqls": [f"SET query_group TO {literal(self._tag.query_group)}", *texts],
            "StatementName": self._tag.query_group,
            "ClientToken": str(uuid.uuid4()),
            **self._api.whereabouts,
            **mode,
        }
        batch = self._ask("batch_execute_statement", "run a statement", asked)["Id"]
        try:
            ended = self._ended(batch)
        except BaseException:
            self._cancel(batch)
            raise
        if any(part["Status"] != "FINISHED" for part in (ended, *ended.get("SubStatements", ()))):
            raise _failure(ended, is_transaction=is_transaction)
        return batch

    def _ended(self, batch: str) -> Mapping[str, Any]:
        """The description of the batch once it is over."""
        deadline = time.monotonic() + self._api.seconds
        while True:
            wait = max(1, min(_LONG_POLL, int(deadline - time.monotonic())))
            asked = {"Id": batch, "WaitTimeSeconds": wait}
            found = self._ask("describe_statement", "follow a statement", asked, is_begun=True)
            if found["Status"] in _OVER:
                return found
            if time.monotonic() > deadline:
                raise RedshiftFailed(
                    f"A statement for {self._tag.key} on {self._api.place} was not done in "
                    f"{self._api.seconds:.0f} seconds and was cancelled; see whether another "
                    "transaction holds a lock on its tables",
                    trouble="lost",
                )

    def _cancel(self, batch: str) -> None:
        with suppress(AwsError), asking("cancel a statement"):  # it may be over
            self._api.aws.client(_SERVICE, 2).cancel_statement(Id=batch)

    def _ask(
        self, operation: str, purpose: str, asked: Mapping[str, Any], *, is_begun: bool = False
    ) -> Any:
        """Asks until AWS answers: each request may be repeated, as the first one has a token."""
        deadline, pause = time.monotonic() + self._api.patience, _FIRST_PAUSE
        while True:
            try:
                client = self._api.aws.client(_SERVICE, 2)
                with asking(f"{purpose} for {self._tag.key} on {self._api.place}"):
                    return getattr(client, operation)(**asked)
            except AwsError as error:
                if not error.transient or time.monotonic() + pause > deadline:
                    raise unanswered(error, is_begun=is_begun or error.may_be_done) from error
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


_SERVICE = "redshift-data"
_OVER = ("FINISHED", "FAILED", "ABORTED")
_LONG_POLL = 20
"""Seconds for which AWS keeps a question until there is an answer; our clients wait for 30."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0


def _failure(ended: Mapping[str, Any], *, is_transaction: bool) -> RedshiftFailed:
    """What the description of a batch that did not finish tells."""
    if ended["Status"] == "ABORTED":
        return failed("The statement was cancelled", _CANCELLED)
    parts = ended.get("SubStatements", [])
    bad = next((at for at, part in enumerate(parts) if part["Status"] == "FAILED"), 0)
    said = (parts[bad].get("Error") if parts else "") or ended.get("Error", "")
    # The first one sets the query group.
    return failed(said, statement=bad - 1 if is_transaction else -1)


_CANCELLED = "57014"


def _value(field: Mapping[str, Any], kind: str) -> Any:
    """As the driver gives it: what JSON has no type for comes as text."""
    if field.get("isNull"):
        return None
    (value,) = field.values()
    convert = _FROM_TEXT.get(kind)
    return convert(value) if convert and isinstance(value, str) else value


_FROM_TEXT: Mapping[str, Callable[[str], Any]] = {
    "numeric": Decimal,
    "float4": float,
    "float8": float,
    "date": date.fromisoformat,
    "time": time_of_day.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamptz": datetime.fromisoformat,
}
