"""Reconciliation: what was loaded, against what the manifests of its snapshots promise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract


@dataclass(frozen=True)
class Totals:
    """What one partition holds: its rows, sums by column, and how many values are not NULL."""

    rows: int
    sums: Mapping[str, Decimal]
    present: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Compared:
    """The columns that manifests give a sum of, and those of which they count the values."""

    sums: tuple[str, ...]
    present: tuple[str, ...]

    @classmethod
    def of(cls, contract: Contract, snapshots: Sequence[Snapshot]) -> "Compared":
        """In the contract's order. JSON is not counted: its null is NULL to some databases only."""
        summed = {name for snapshot in snapshots for name in snapshot.manifest.sums}
        counted = {name for snapshot in snapshots for name in snapshot.manifest.present}
        return cls(
            tuple(name for name in contract.column_names if name in summed),
            tuple(
                column.name
                for column in contract.columns
                if column.name in counted and column.type != "super"
            ),
        )

    @property
    def aggregates(self) -> list[str]:
        """What SQL is to select of each partition, after its name and count(*)."""
        return [
            *(f'coalesce(sum("{name}"), 0)' for name in self.sums),
            *(f'count("{name}")' for name in self.present),
        ]

    def totals(self, rows: Iterable[tuple[Any, ...]]) -> Mapping[str, Totals]:
        """What SQL has found, by partition."""
        width = len(self.sums)
        return {
            partition: Totals(
                count,
                {name: Decimal(total) for name, total in zip(self.sums, found, strict=False)},
                dict(zip(self.present, found[width:], strict=True)),
            )
            for partition, count, *found in rows
        }


def reconcile(
    contract: Contract, snapshots: Sequence[Snapshot], loaded: Mapping[str, Totals]
) -> int:
    """The rows loaded; DestinationError if a partition holds something else than promised.

    Partitions without rows are left out of `loaded`.
    """
    promised = {snapshot.partition: snapshot.manifest for snapshot in snapshots}
    for partition in sorted({*promised, *loaded}):
        manifest, found = promised.get(partition), loaded.get(partition, Totals(0, {}))
        what, rows = f"{contract.key} {partition}", manifest.rows if manifest else 0
        if found.rows != rows:
            raise DestinationError(
                f"{what}: {found.rows} rows were loaded but its manifest promises {rows}; "
                "materialize it again"
            )
        for name in found.sums:
            wanted = Decimal(manifest.sums.get(name, "0") if manifest else 0)
            if found.sums[name] != wanted:
                numbers = f" ({found.sums[name]} loaded, {wanted} promised)"
                raise DestinationError(
                    f"{what}: the sum of {name} differs from its manifest's"
                    f"{'' if contract.column(name).phi else numbers}; materialize it again"
                )
        for name, present in found.present.items():
            wanted = manifest.present.get(name, present) if manifest else 0
            if present != wanted:
                raise DestinationError(
                    f"{what}: {present} values of {name} were loaded but its manifest promises "
                    f"{wanted}; materialize it again"
                )
    return sum(totals.rows for totals in loaded.values())
