"""What a table promises: columns, keys, partitions, checks. Pure Python, known to both worlds."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from spark.contract.encodings import accepted_encodings
from spark.contract.objects import check_readers, check_view
from spark.contract.types import ColumnType, parse_type

PhiClass = Literal[
    "identifier",  # a number or code that names one person
    "name",
    "contact",  # phone, e-mail, street
    "geo",  # smaller than a state
    "dob",
    "date",  # of a service or event in one person's care
    "clinical",  # diagnosis, score, outcome
    "financial",
    "free_text",
]
"""Why a column is protected health information; HIPAA's identifiers in nine groups."""

Kind = Literal["table", "extract"]

Distribution = Literal["auto", "even", "all"]
"""Which slices of a cluster hold a row, where no column decides it."""

MOST_INTERLEAVED = 8
"""The most sort columns that Redshift interleaves."""

WHOLE = "all"
"""The name of the one partition of a table that is not partitioned."""

SEMANTICS = 2
"""Raised when the runner gives the same job and contract another meaning."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class ContractError(ValueError):
    """A declaration that cannot be kept; says which field is wrong and what to write instead."""


@dataclass(frozen=True)
class Column:
    """A column: its Redshift type and what a value means.

    `phi` is the class of protected health information it carries, `subject` marks the column that
    tells whose it is. `encode` is how Redshift compresses it, None to have its type and its place
    in the sort key decide.
    """

    name: str
    type: str
    meaning: str
    nullable: bool = False
    phi: PhiClass | None = None
    subject: bool = False
    encode: str | None = None

    @property
    def parsed(self) -> ColumnType:
        return parse_type(self.type)


@dataclass(frozen=True)
class Check:
    """What must hold before a snapshot is published, or is warned about if it is not blocking."""

    name: str
    meaning: str
    kind: str
    blocking: bool
    column: str | None = None
    parameters: Mapping[str, Any] | None = None


def accepted_values(column: str, values: Iterable[str | int], *, blocking: bool = True) -> Check:
    """Every value that is not NULL is one of `values`."""
    accepted = [*values]
    return Check(
        f"{column}_has_accepted_values",
        f"Every {column} is one of {', '.join(map(str, accepted))}.",
        "accepted_values",
        blocking,
        column,
        {"values": accepted},
    )


def in_range(
    column: str,
    minimum: float | str | None = None,
    maximum: float | str | None = None,
    *,
    blocking: bool = True,
) -> Check:
    """Every value that is not NULL lies between `minimum` and `maximum`, both included."""
    if minimum is None and maximum is None:
        raise ContractError(f"checks: in_range({column!r}) needs a minimum or a maximum")
    bounds = {"minimum": minimum, "maximum": maximum}
    between = " and ".join(
        f"{word} {bound}"
        for word, bound in (("at least", minimum), ("at most", maximum))
        if bound is not None
    )
    meaning = f"Every {column} is {between}."
    return Check(f"{column}_is_in_range", meaning, "in_range", blocking, column, bounds)


def mostly_present(column: str, share: float = 1.0, *, blocking: bool = False) -> Check:
    """At least this share (0 to 1) of a nullable column's values is not NULL."""
    _require_share(f"mostly_present({column!r}, {share})", share)
    meaning = f"At least {share:.0%} of the rows have a {column}."
    return Check(
        f"{column}_is_present", meaning, "mostly_present", blocking, column, {"share": share}
    )


def keeps_rows_of(input: str, *, drops: Iterable[str] = ()) -> Check:
    """Every row of the input is in the table, in its rejects, or dropped for one of these reasons.

    The job names the reason of a dropped row in the column `_dropped`.
    """
    return Check(
        f"keeps_rows_of_{input}",
        f"Every row of {input} is in the table, rejected, or dropped for a declared reason.",
        "keeps_rows_of",
        True,
        None,
        {"input": input, "drops": [*drops]},
    )


def rejects_at_most(share: float, *, blocking: bool = True) -> Check:
    """No more than this share (0 to 1) of a partition's rows is rejected."""
    _require_share(f"rejects_at_most({share})", share)
    meaning = f"At most {share:.1%} of the rows are rejected."
    return Check("rejects_are_few", meaning, "rejects_at_most", blocking, None, {"share": share})


def row_count_change_at_most(share: float, *, blocking: bool = False) -> Check:
    """The row count differs from the published version's by no more than this share of it."""
    meaning = f"The row count is within {share:.0%} of the published version's."
    parameters = {"share": share}
    return Check("row_count_is_steady", meaning, "row_count_change", blocking, None, parameters)


def newest_within(days: int, *, blocking: bool = False) -> Check:
    """The newest partition, or the newest value of the first sort column, is at most `days` old."""
    meaning = f"The newest data is at most {days} days old."
    return Check("is_fresh", meaning, "newest_within", blocking, None, {"days": days})


def _require_share(call: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise ContractError(f"checks: {call} is no share; use a number from 0 to 1")


PRIMARY_KEY_IS_UNIQUE = Check(
    "primary_key_is_unique", "No two rows have the same primary key.", "primary_key", True
)
ROWS_ARE_RECONCILED = Check(
    "destination_holds_every_row",
    "What was loaded has the rows and sums that were computed.",
    "reconciled",
    True,
)
FEW_REJECTS = rejects_at_most(0.05)


@dataclass(frozen=True)
class Contract:
    """What one table or extract promises to its readers.

    `partition_by` is the date column whose days are its partitions, None for a table that is always
    computed whole. `interleaved` gives every sort column the same weight.

    `readers` are told as in "role bi", who may then read the table and its views, or "role bi on
    schema reporting", who may read all that is or will be in that schema. `views` are SELECTs by
    `schema.name`, bound to what they read by its name only.
    """

    key: str
    kind: Kind
    grain: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    partition_by: str | None = None
    distribute_by: str | None = None
    sort_by: tuple[str, ...] = ()
    distribute: Distribution = "auto"
    interleaved: bool = False
    readers: tuple[str, ...] = ()
    views: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._check_columns()
        self._check_keys()
        self._check_storage()
        self._check_objects()
        self._check_checks()

    @property
    def schema(self) -> str:
        return self.key.split("/")[0]

    @property
    def name(self) -> str:
        return self.key.split("/")[1]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def dated_by(self) -> str | None:
        """The column that tells how new the data is: the partition's, or a first sort in time."""
        if self.partition_by:
            return self.partition_by
        first = self.sort_by[0] if self.sort_by else None
        return first if first and self.column(first).type in ("date", "timestamp") else None

    @property
    def all_checks(self) -> tuple[Check, ...]:
        """The checks that every table has, then its own."""
        own = self.checks
        if not any(check.kind == "rejects_at_most" for check in own):
            own = (FEW_REJECTS, *own)
        return (PRIMARY_KEY_IS_UNIQUE, ROWS_ARE_RECONCILED, *own)

    @property
    def reconciled_inputs(self) -> frozenset[str]:
        """The inputs whose rows must be accounted for."""
        return frozenset((check.parameters or {})["input"] for check in self._keeping())

    @property
    def declared_drops(self) -> list[str]:
        """The reasons for which rows may be left out."""
        return [reason for check in self._keeping() for reason in (check.parameters or {})["drops"]]

    def _keeping(self) -> list[Check]:
        return [check for check in self.checks if check.kind == "keeps_rows_of"]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def substance(self) -> dict[str, Any]:
        """What the data depends on: two contracts of one substance ask for the same data."""
        fields = self.to_json()
        for told in ("grain", "distribute", "interleaved", "readers", "views"):
            del fields[told]
        for column in fields["columns"]:
            del column["encode"]
        for told in (*fields["columns"], *fields["checks"]):
            del told["meaning"]
        return fields

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Contract":
        return cls(
            **{
                **fields,
                "columns": tuple(Column(**column) for column in fields["columns"]),
                "checks": tuple(Check(**check) for check in fields["checks"]),
                "primary_key": tuple(fields["primary_key"]),
                "sort_by": tuple(fields["sort_by"]),
                "readers": tuple(fields["readers"]),
            }
        )

    def _check_columns(self) -> None:
        if not self.columns:
            raise ContractError("columns: there is none; declare at least one")
        seen = set()
        for column in self.columns:
            if not _NAME.fullmatch(column.name):
                raise ContractError(
                    f"columns: {column.name!r} is no column name; use lower case, digits and _, "
                    "beginning with a letter"
                )
            if column.name in seen:
                raise ContractError(f"columns: {column.name!r} is declared twice; keep one of them")
            seen.add(column.name)
            try:
                parsed = column.parsed
            except ValueError as error:
                raise ContractError(f"columns: {column.name!r}: {error}") from error
            if self.kind == "extract" and parsed.hyper is None:
                raise ContractError(
                    f"columns: {column.name!r} is {column.type}, which a .hyper file cannot hold; "
                    "use decimal(18, s), double precision or varchar"
                )
            if not column.meaning.strip():
                raise ContractError(f"columns: {column.name!r} has no meaning; say what a value is")
            if column.phi is not None and column.phi not in get_args(PhiClass):
                raise ContractError(
                    f"columns: {column.name!r} has the PHI class {column.phi!r}; use one of "
                    + ", ".join(get_args(PhiClass))
                )
            if column.encode not in (None, *accepted_encodings(parsed)):
                raise ContractError(
                    f"columns: {column.name!r} has the encoding {column.encode!r}; a "
                    f"{column.type} takes one of {', '.join(accepted_encodings(parsed))}"
                )

    def _check_keys(self) -> None:
        if not self.primary_key:
            raise ContractError("primary_key: there is none; name the columns of the grain")
        fields = {
            "primary_key": self.primary_key,
            "sort_by": self.sort_by,
            "distribute_by": (self.distribute_by,) if self.distribute_by else (),
            "partition_by": (self.partition_by,) if self.partition_by else (),
        }
        for argument, names in fields.items():
            for name in names:
                self._require_column(argument, name)
                if names.count(name) > 1:
                    raise ContractError(f"{argument}: {name!r} is named twice; keep one of them")
        for argument in ("primary_key", "partition_by"):
            for name in fields[argument]:
                if self.column(name).nullable:
                    raise ContractError(f"{argument}: {name!r} is nullable; a key must not be")
        for argument in ("primary_key", "sort_by", "distribute_by"):
            for name in fields[argument]:
                if self.column(name).type == "super":
                    raise ContractError(
                        f"{argument}: {name!r} is super, which has no order; use another column"
                    )
        if self.partition_by and self.column(self.partition_by).type != "date":
            raise ContractError(
                f"partition_by: {self.partition_by!r} is {self.column(self.partition_by).type}; "
                "partitions are days, so use a date column"
            )

    def _check_storage(self) -> None:
        if self.distribute not in get_args(Distribution):
            raise ContractError(
                f"distribute: {self.distribute!r} is no way to distribute; use one of "
                + ", ".join(get_args(Distribution))
            )
        if self.distribute_by and self.distribute != "auto":
            raise ContractError(
                f"distribute: {self.distribute!r} contradicts distribute_by, which distributes by "
                f"{self.distribute_by!r}; keep one of them"
            )
        if self.interleaved and not 2 <= len(self.sort_by) <= MOST_INTERLEAVED:
            raise ContractError(
                f"interleaved: sort_by names {len(self.sort_by)} columns; name 2 to "
                f"{MOST_INTERLEAVED}, or leave it out"
            )

    def _check_objects(self) -> None:
        schemas = {self.schema, *(view.split(".")[0] for view in self.views)}
        try:
            check_readers(self.readers, schemas)
        except ValueError as error:
            raise ContractError(f"readers: {error}") from error
        try:
            for view, text in self.views.items():
                check_view(f"{self.schema}.{self.name}", view, text)
        except ValueError as error:
            raise ContractError(f"views: {error}") from error

    def _check_checks(self) -> None:
        names = [check.name for check in self.checks]
        for check in self.checks:
            if check.column is not None:
                self._require_column(f"checks: {check.name}", check.column)
            if check.kind == "newest_within" and self.dated_by is None:
                raise ContractError(
                    f"checks: {check.name!r} needs to know a row's age; "
                    "let sort_by begin with a date or timestamp"
                )
            if names.count(check.name) > 1:
                raise ContractError(f"checks: {check.name!r} is declared twice; keep one of them")

    def _require_column(self, field: str, name: str) -> None:
        if name not in self.column_names:
            raise ContractError(
                f"{field}: {name!r} is not among the columns; use one of "
                + ", ".join(self.column_names)
            )


@dataclass(frozen=True)
class LandingColumn:
    """A field of a landing file, as the source system writes it: text, not yet typed.

    `optional` fields may be missing from a file, for instance because they came later.
    """

    name: str
    meaning: str
    optional: bool = False
    phi: PhiClass | None = None


@dataclass(frozen=True)
class LandingSet:
    """The files that one source system sends of one thing, a folder a day."""

    key: str
    format: Literal["csv", "jsonl"]
    columns: tuple[LandingColumn, ...]

    @property
    def folder(self) -> str:
        """Where its days lie below the home: landing/<system>/<set>."""
        return self.key

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "LandingSet":
        return cls(
            fields["key"],
            fields["format"],
            tuple(LandingColumn(**column) for column in fields["columns"]),
        )
