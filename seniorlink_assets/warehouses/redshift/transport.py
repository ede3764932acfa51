"""The one way to talk to Redshift, whichever road the statements take."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from seniorlink_assets.destination import DestinationError

Trouble = Literal[
    "conflict",  # another transaction was in the way: the whole of ours may be tried again
    "lost",  # the connection or the answer: it may have been done
    "busy",  # too many connections or queries: nothing was done
    "refused",  # credentials or permissions
    "wrong",  # anything else
]


MOST_STATEMENTS = 39
"""In a transaction: the Data API takes forty in a batch, and the first one sets the query group."""


class RedshiftFailed(DestinationError):
    """A statement that failed.

    `code` is an SQLSTATE or Redshift's own number, `statement` which of a transaction's failed, -1
    if that is not known. `said` are the server's words, which may quote a value: for diagnosis,
    never to be shown as they are.
    """

    def __init__(
        self,
        sentence: str,
        *,
        trouble: Trouble,
        code: str = "",
        said: str = "",
        statement: int = -1,
        details: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            sentence, transient=trouble in ("conflict", "lost", "busy"), details=details
        )
        self.trouble: Trouble = trouble
        self.code, self.said, self.statement = code, said, statement


@dataclass(frozen=True)
class Tag:
    """Ties all that a load asks of Redshift to its run and asset."""

    run_id: str
    key: str

    @property
    def query_group(self) -> str:
        """The label in the system views, which keep 30 characters of it."""
        return f"sl:{self.run_id[:8]}:{sha256(self.key.encode()).hexdigest()[:8]}"

    @property
    def comment(self) -> str:
        """What every statement begins with."""
        return f"/* seniorlink run={self.run_id} asset={self.key} */ "


class Session(ABC):
    """Statements one after another, on behalf of one tag; not for several threads.

    RedshiftFailed if one fails.
    """

    @abstractmethod
    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What one SELECT finds: numbers, Decimal, date, datetime, text, bool, None."""

    @abstractmethod
    def execute(self, sql: str) -> None:
        """One statement, committed by itself."""

    @abstractmethod
    def transaction(self, statements: Sequence[str]) -> None:
        """All of them in one commit, or none; at most MOST_STATEMENTS."""

    def execute_all(self, statements: Sequence[str]) -> None:
        """Many that need not become true at once."""
        for first in range(0, len(statements), MOST_STATEMENTS):
            self.transaction(statements[first : first + MOST_STATEMENTS])


class Transport(ABC):
    @abstractmethod
    def session(self, tag: Tag) -> AbstractContextManager[Session]:
        """A session that ends with the block."""
