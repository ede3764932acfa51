"""The files of a load against its table, before COPY: what Redshift would refuse is told here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.warehouses.redshift.ddl import REJECTS
from seniorlink_assets.warehouses.redshift.footers import AGAIN, FileColumn, Footer, footers
from spark.contract import Column, Contract

_LONGEST = 65535
"""Bytes of the longest text in Redshift, and so of the JSON that COPY takes for super."""

_CORRECT = "have the job correct or reject such rows"

_SHOWN = 10


@dataclass(frozen=True)
class Preflight:
    """What was looked at, and how long that took."""

    files: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class _Trouble:
    """A column that is one thing in some files and another in the table, and what to do."""

    column: str
    given: str
    wanted: str
    remedy: str

    def shown(self, files: int, of: int) -> str:
        where = "its file" if of == 1 else f"{files} of {of} files"
        return f"{self.column} is {self.given} in {where} but {self.wanted} in the table"


def preflight(contract: Contract, snapshots: Sequence[Snapshot], lake: Storage) -> Preflight:
    """Looks at the footers; DestinationError if Redshift would refuse a file, or misread it.

    COPY takes the columns by position and casts nothing.
    """
    began = monotonic()
    rows = [file for snapshot in snapshots for file in snapshot.manifest.files]
    rejects = [file for snapshot in snapshots for file in snapshot.manifest.reject_files]
    found = footers(lake, [*rows, *rejects])
    _judge(f"{contract.key} cannot be loaded", contract.columns, found[: len(rows)])
    _judge(f"{contract.key} has rejects that cannot be loaded", REJECTS, found[len(rows) :])
    size = sum(file.bytes for file in (*rows, *rejects))
    return Preflight(len(found), size, monotonic() - began)


def _judge(what: str, columns: Sequence[Column], found: Sequence[Footer]) -> None:
    files: dict[_Trouble, list[str]] = {}
    for trouble, those in _of_schemas(columns, found):
        files.setdefault(trouble, []).extend(those)
    if not files:
        files.update(_of_values(columns, found))
    if not files:
        return
    shown = [trouble.shown(len(those), len(found)) for trouble, those in files.items()]
    first = next(iter(files))
    details = {
        "file": files[first][0],
        "files": f"{len(files[first])} of {len(found)}",
        "column": first.column,
        "in the file": first.given,
        "in the table": first.wanted,
        "remedy": first.remedy,
    }
    if shown[1:]:
        details["also"] = "; ".join(shown[1 : _SHOWN + 1])
    raise DestinationError(f"{what}: {shown[0]}; {first.remedy}", details=details)


def _of_schemas(
    columns: Sequence[Column], found: Sequence[Footer]
) -> Iterator[tuple[_Trouble, list[str]]]:
    files: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for footer in found:
        schema = tuple((column.name, column.kind) for column in footer.columns)
        files.setdefault(schema, []).append(footer.file)
    for schema, those in files.items():
        for trouble in _of_schema(columns, schema):
            yield trouble, those


def _of_schema(columns: Sequence[Column], schema: Sequence[tuple[str, str]]) -> Iterator[_Trouble]:
    kinds, wanted = dict(schema), {column.name: column for column in columns}
    for column in columns:
        if column.name not in kinds:
            yield _Trouble(column.name, "missing", column.type, AGAIN)
        elif kinds[column.name] != _written_as(column):
            kind = kinds[column.name]
            yield _Trouble(column.name, kind, column.type, _remedy(kind, column))
    for name, kind in schema:
        if name not in wanted:
            yield _Trouble(name, kind, "missing", AGAIN)
    places = {name: place for place, (name, _) in enumerate(schema, 1)}
    for place, column in enumerate(columns, 1):
        if places.keys() == wanted.keys() and places[column.name] != place:
            yield _Trouble(column.name, f"column {places[column.name]}", f"column {place}", AGAIN)


def _written_as(column: Column) -> str:
    """What a footer calls a column's type."""
    return "varchar" if column.type == "super" else column.parsed.duckdb


def _remedy(kind: str, column: Column) -> str:
    if "INT96" in kind:
        return (
            "let its spark_conf have spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS, and "
            + AGAIN
        )
    is_number = column.parsed.is_number and kind.startswith(("small", "int", "big", "dec"))
    return f"declare it as {kind}, or {AGAIN}" if is_number else AGAIN


def _of_values(
    columns: Sequence[Column], found: Sequence[Footer]
) -> Iterator[tuple[_Trouble, list[str]]]:
    for place, column in enumerate(columns):
        given = [(footer.file, footer.columns[place]) for footer in found]
        for trouble, those in (_nulls(column, given), _length(column, given), _days(column, given)):
            if those:
                yield trouble, those


_Given = Sequence[tuple[str, FileColumn]]
"""Files, and what each tells of one column."""


def _nulls(column: Column, given: _Given) -> tuple[_Trouble, list[str]]:
    times = sum(told.nulls for _, told in given)
    remedy = f"{_CORRECT}, or declare it with nullable=True if it is no key"
    return (
        _Trouble(column.name, f"NULL ({times} in all)", "NOT NULL", remedy),
        [file for file, told in given if told.nulls and not column.nullable],
    )


def _length(column: Column, given: _Given) -> tuple[_Trouble, list[str]]:
    limit = _LONGEST if column.type == "super" else column.parsed.bytes
    if limit is None:
        return _Trouble("", "", "", ""), []
    longest = max((told.longest for _, told in given), default=0)
    remedy = f"have the job shorten it to {_LONGEST} bytes or reject such rows"
    if longest <= _LONGEST:
        remedy = f"declare it as varchar({longest}) or longer, or {_CORRECT}"
    wanted = f"JSON of at most {limit} bytes" if column.type == "super" else column.type
    return (
        _Trouble(column.name, f"text of {longest} bytes or more", wanted, remedy),
        [file for file, told in given if told.longest > limit],
    )


def _days(column: Column, given: _Given) -> tuple[_Trouble, list[str]]:
    return (
        _Trouble(column.name, "a day before 4713 BC or after 294276 AD", column.type, _CORRECT),
        [file for file, told in given if told.is_outside],
    )
