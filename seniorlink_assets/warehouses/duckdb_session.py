"""Short sessions on a DuckDB file: one writer or many readers at a time, and the others wait."""

import fcntl
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seniorlink_assets.destination import DestinationError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HOLDER = re.compile(r"Conflicting lock is held in (?P<command>.*?) \(PID (?P<pid>\d+)\)")


@dataclass(frozen=True)
class DuckDBFile:
    """A DuckDB file, and what a session may use of the machine.

    `patience` is how many seconds to wait for a program that has it open without taking turns.
    """

    path: Path
    memory_limit: str
    threads: int
    patience: float

    @contextmanager
    def session(self, *, write: bool) -> Iterator["DuckDBPyConnection"]:
        """A connection in UTC; what is not committed when it ends is rolled back.

        DuckDB refuses a second process at once, so processes queue on a lock file beside it.
        """
        import duckdb

        if not write and not self.path.exists():
            raise DestinationError(
                f"{self.path} is no warehouse yet; materialize a table, then ask again"
            )
        with ExitStack() as held:
            connection = self._open(held, write)
            try:
                yield connection
            except duckdb.Error as error:
                raise _failure(self.path, error) from _cause(error)

    def _open(self, held: ExitStack, write: bool) -> "DuckDBPyConnection":
        import duckdb

        deadline = time.monotonic() + self.patience
        while True:
            with ExitStack() as attempt:
                try:
                    attempt.enter_context(_turn(self.path, write))
                    connection = attempt.enter_context(closing(self._connect(write)))
                except OSError as error:
                    raise DestinationError(
                        f"{self.path} cannot be opened ({error.strerror}); "
                        "make its folder a writable one, then materialize again"
                    ) from error
                except duckdb.Error as error:
                    holder = _HOLDER.search(str(error))
                    if holder is None:
                        raise _failure(self.path, error) from _cause(error)
                    if time.monotonic() >= deadline:
                        raise DestinationError(
                            f"{self.path} is held open by {holder['command']} "
                            f"(PID {holder['pid']}); close it, then materialize again"
                        ) from error
                else:
                    held.push(attempt.pop_all())
                    return connection
            time.sleep(random.uniform(0.02, 0.1))  # noqa: S311

    def _connect(self, write: bool) -> "DuckDBPyConnection":
        import duckdb

        if not self.path.exists():
            # A process killed while DuckDB writes its first bytes would leave a file that nobody
            # can open.
            draft = self.path.with_name(f"{self.path.name}.new")
            draft.unlink(missing_ok=True)
            duckdb.connect(draft).close()
            draft.replace(self.path)
        connection = duckdb.connect(
            self.path,
            read_only=not write,
            config={
                "memory_limit": self.memory_limit,
                "threads": self.threads,
                "temp_directory": f"{self.path}.tmp",
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
            },
        )
        connection.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        return connection


@contextmanager
def _turn(path: Path, write: bool) -> Iterator[None]:
    """The kernel releases the lock when a process dies, however it dies."""
    if write:
        path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(f"{path}.lock", os.O_RDONLY | os.O_CREAT, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


def _failure(path: Path, error: Exception) -> DestinationError:
    reason = "its words may quote a value, so they are not shown"
    if _is_quotable(error):
        reason = str(error).partition("\n")[0].rstrip(".!")
    if "not a valid DuckDB database" in reason:
        return DestinationError(f"{path} is not a DuckDB file; move it away, or name another path")
    if "No space left" in reason:
        return DestinationError(f"{path}: the disk is full; make room, then materialize again")
    return DestinationError(
        f"{path}: DuckDB refused ({type(error).__name__}: {reason}); mend that, then try again"
    )


def _cause(error: Exception) -> Exception | None:
    return error if _is_quotable(error) else None


def _is_quotable(error: Exception) -> bool:
    """DuckDB's other errors quote the value that they are about, which may be PHI."""
    import duckdb

    return isinstance(
        error,
        duckdb.OperationalError
        | duckdb.BinderException
        | duckdb.CatalogException
        | duckdb.ParserException
        | duckdb.ConstraintException
        | duckdb.ConnectionException
        | duckdb.OutOfMemoryException
        | duckdb.FatalException
        | duckdb.InternalException
        | duckdb.PermissionException,
    )
