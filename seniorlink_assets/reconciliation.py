"""Reconciliation: what was loaded, against what the manifests of its snapshots promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract


@dataclass(frozen=True)
class Totals:
    """What one partition holds: its rows, and the sum of each reconciled column."""

    rows: int
    sums: Mapping[str, Decimal]


def reconciled_columns(contract: Contract, snapshots: Sequence[Snapshot]) -> list[str]:
    """The columns that a manifest gives a sum of, in the contract's order."""
    summed = {name for snapshot in snapshots for name in snapshot.manifest.sums}
    return [name for name in contract.column_names if name in summed]


def reconcile(
    contract: Contract, snapshots: Sequence[Snapshot], loaded: Mapping[str, Totals]
) -> int:
    """The rows loaded; DestinationError if a partition holds other rows or sums than promised.

    Partitions without rows are left out of `loaded`.
    """
    names = reconciled_columns(contract, snapshots)
    nothing = Totals(0, dict.fromkeys(names, Decimal(0)))
    promised = {
        snapshot.partition: Totals(
            snapshot.manifest.rows,
            {name: Decimal(snapshot.manifest.sums.get(name, "0")) for name in names},
        )
        for snapshot in snapshots
    }
    for partition in sorted({*promised, *loaded}):
        expected, found = promised.get(partition, nothing), loaded.get(partition, nothing)
        what = f"{contract.key} {partition}"
        if found.rows != expected.rows:
            raise DestinationError(
                f"{what}: {found.rows} rows were loaded but its manifest promises {expected.rows}; "
                "materialize it again"
            )
        for name in names:
            if found.sums[name] != expected.sums[name]:
                numbers = f" ({found.sums[name]} loaded, {expected.sums[name]} promised)"
                raise DestinationError(
                    f"{what}: the sum of {name} differs from its manifest's"
                    f"{'' if contract.column(name).phi else numbers}; materialize it again"
                )
    return sum(totals.rows for totals in loaded.values())
