"""Bind a job's inputs to rows by name, counting those whose rows must be accounted for."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from spark.contract import WHOLE
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.files import Files, is_url
from spark.satellite.landing import Line, read_lines
from spark.satellite.snapshots import read_snapshots
from spark.transform_error import TransformError

Row = Mapping[str, Any]


@dataclass
class Input(ABC):
    """The rows of one input, as often as they are asked for.

    `rows` counts them by partition, and `malformed` are the lines that are none, once they have
    been read to their end.
    """

    rows: Counter[str] = field(default_factory=Counter, init=False)
    malformed: list[tuple[str, Line]] = field(default_factory=list, init=False)
    is_counted: bool = field(default=False, init=False)

    @abstractmethod
    def lines(self) -> Iterator[tuple[str, Row | Line]]:
        """Every row, or line that is none, with its partition."""

    def __iter__(self) -> Iterator[Row]:
        rows: Counter[str] = Counter()
        malformed: list[tuple[str, Line]] = []
        for partition, line in self.lines():
            if isinstance(line, Line):
                malformed.append((partition, line))
            else:
                rows[partition] += 1
                yield line
        self.rows, self.malformed, self.is_counted = rows, malformed, True

    def count(self) -> None:
        """Reads to its end what the job has not read to its end."""
        if not self.is_counted:
            for _ in self:
                pass


@dataclass
class LandedRows(Input):
    """The lines of landing files."""

    given: LandingInput
    files: Files
    is_whole: bool

    def lines(self) -> Iterator[tuple[str, Row | Line]]:
        for day, paths in sorted(self.given.days.items()):
            for path in paths:
                with self.files.opened(path) as file:
                    for line in read_lines(self.given.landing, path, file.stream):
                        found = line if line.row is None else line.row
                        yield WHOLE if self.is_whole else day, found


@dataclass
class PublishedRows(Input):
    """The rows of a table's snapshots, from copies on this machine."""

    given: SnapshotInput
    copies: Sequence[Path]
    connection: duckdb.DuckDBPyConnection
    day: str | None

    def lines(self) -> Iterator[tuple[str, Row | Line]]:
        for row in read_snapshots(self.connection, self.given.contract, self.copies):
            yield str(row[self.day]) if self.day else WHOLE, row


def bind(
    job: Job, files: Files, connection: duckdb.DuckDBPyConnection, scratch: Path
) -> dict[str, Input]:
    """The inputs of `job` by name."""
    is_whole = job.partitions == [WHOLE]
    bound: dict[str, Input] = {}
    for name, given in job.inputs.items():
        if isinstance(given, LandingInput):
            bound[name] = LandedRows(given, files, is_whole)
            continue
        day = None if is_whole else given.contract.partition_by
        if day is None and not is_whole and name in job.contract.reconciled_inputs:
            raise TransformError(
                f"checks: keeps_rows_of({name!r}) cannot be kept by day, for {name} has no days"
            )
        copies = [_copy(path, files, scratch / name) for path in given.files]
        bound[name] = PublishedRows(given, copies, connection, day)
    return bound


def _copy(path: str, files: Files, folder: Path) -> Path:
    if not is_url(path):
        return Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f"{len([*folder.iterdir()])}.parquet"
    copy.write_bytes(files.read(path))
    return copy
