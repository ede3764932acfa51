"""What a materialization came to, and how Dagster is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import dagster as dg

from seniorlink_assets.audit import Verdict
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.lake import Published
from seniorlink_assets.launchers.base import LOOPBACK
from seniorlink_assets.snapshot import Snapshot
from spark.contract import ROWS_ARE_RECONCILED, WHOLE, Check

_SHOWN = 3


@dataclass
class Outcome:
    """The snapshots by partition, what the audit said of them, and which were loaded.

    `refused` says why a partition is not published; `held` stay as they are; `figures` are what
    the load of them all came to.
    """

    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    loaded: set[str] = field(default_factory=set)
    held: frozenset[str] = frozenset()
    spark_jobs: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)

    def passed(self, published: Mapping[str, Published]) -> dict[str, Published | None]:
        """The partitions that may be published, with what is published of them now."""
        return {part: published.get(part) for part in self.snapshots if part not in self.refused}

    @property
    def places(self) -> Mapping[str, str]:
        """Where in the lake the snapshot of each partition lies."""
        return {part: snapshot.place for part, snapshot in self.snapshots.items()}


def results(
    context: dg.AssetExecutionContext, table: Declared, outcome: Outcome, location: str
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """The events of a materialization; a dg.Failure at the end if a partition was refused.

    Partitions that passed are materialized all the same.
    """
    checks = [*_check_results(table, outcome)]
    for partition, snapshot in outcome.snapshots.items():
        if partition == WHOLE or partition in outcome.refused:
            continue
        metadata = _metadata([snapshot], outcome, location)
        if outcome.refused:
            context.log_event(
                dg.AssetMaterialization(
                    table.asset_key,
                    partition=partition,
                    metadata=metadata,
                    tags={"dagster/data_version": snapshot.manifest.content},
                )
            )
        else:
            context.add_asset_metadata(metadata, table.asset_key, partition)
    if outcome.refused:
        yield from checks
        raise dg.Failure(description=_refusals(outcome.refused), allow_retries=False)
    snapshots = [*outcome.snapshots.values()]
    whole = [*outcome.snapshots] == [WHOLE]
    yield dg.MaterializeResult(
        table.asset_key,
        metadata=_metadata(snapshots, outcome, location) if whole else None,
        check_results=checks,
        data_version=dg.DataVersion(_data_version(snapshots)),
    )


def _refusals(refused: Mapping[str, str]) -> str:
    """The reasons of the first days; a run page is no place for hundreds."""
    shown, more = [*refused.values()][:_SHOWN], len(refused) - _SHOWN
    return "; ".join(shown) + (f"; and {more} more days, see the checks" if more > 0 else "")


def _data_version(snapshots: list[Snapshot]) -> str:
    """The content of one partition; a range, to which Dagster gives one version, gets all its."""
    contents = [snapshot.manifest.content for snapshot in snapshots]
    return (
        contents[0] if len(contents) == 1 else sha256(" ".join(contents).encode()).hexdigest()[:16]
    )


def _metadata(snapshots: list[Snapshot], outcome: Outcome, location: str) -> dict[str, Any]:
    manifest = snapshots[0].manifest
    count = "dagster/row_count" if manifest.partition == WHOLE else "dagster/partition_row_count"
    is_loaded = manifest.partition in outcome.loaded
    state = "published" if is_loaded else "unchanged"
    return {
        count: manifest.rows,
        "rejects": manifest.rejects,
        "reject reasons": dg.MetadataValue.json(dict(manifest.reject_reasons)),
        "drops": dg.MetadataValue.json(dict(manifest.drops)),
        "bytes": manifest.bytes,
        "state": "held" if manifest.partition in outcome.held else state,
        "spark jobs": outcome.spark_jobs,
        "seconds of Spark": manifest.seconds,
        "spark settings": dg.MetadataValue.json(
            {name: value for name, value in manifest.spark_conf.items() if name not in LOOPBACK}
        ),
        "version": manifest.content,
        "code version": manifest.code_version,
        **({"code package": manifest.code_package} if manifest.code_package else {}),
        "fingerprint": manifest.fingerprint,
        "snapshot": dg.MetadataValue.path(snapshots[0].where),
        "published in": location,
        **(outcome.figures if is_loaded else {}),
    }


def _check_results(table: Declared, outcome: Outcome) -> Iterator[dg.AssetCheckResult]:
    by_check: dict[str, list[Verdict]] = {}
    for verdict in outcome.verdicts:
        by_check.setdefault(verdict.check.name, []).append(verdict)
    for check in table.contract.all_checks:
        if check == ROWS_ARE_RECONCILED:
            yield _reconciled(table, outcome)
        else:
            yield _check_result(table, check, by_check.get(check.name, []), outcome)


def _check_result(
    table: Declared, check: Check, verdicts: list[Verdict], outcome: Outcome
) -> dg.AssetCheckResult:
    failed = [verdict for verdict in verdicts if not verdict.passed]
    shown = failed or verdicts
    days = [verdict.partition for verdict in failed if verdict.partition != WHOLE]
    metadata: Mapping[str, Any] = (
        shown[0].numbers
        if len(verdicts) == 1
        else {"days": len(verdicts), "failing days": len(failed)}
    )
    sentence = shown[0].sentence if shown else "nothing was computed"
    if len(verdicts) > 1:
        sentence = (
            f"{len(failed)} of {len(verdicts)} days fail; {failed[0].partition}: {sentence}"
            if failed
            else f"all {len(verdicts)} days pass"
        )
    if failed:
        first = outcome.snapshots[failed[0].partition]
        metadata = {**metadata, "snapshot": dg.MetadataValue.path(first.where)}
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=table.asset_key,
        check_name=check.name,
        severity=dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN,
        description=sentence,
        metadata={**metadata, **({"which days fail": ", ".join(days)} if days else {})},
    )


def _reconciled(table: Declared, outcome: Outcome) -> dg.AssetCheckResult:
    rows = sum(
        snapshot.manifest.rows
        for partition, snapshot in outcome.snapshots.items()
        if partition not in outcome.refused
    )
    return dg.AssetCheckResult(
        passed=True,
        asset_key=table.asset_key,
        check_name=ROWS_ARE_RECONCILED.name,
        description=f"{rows} rows: counts and sums are those of the manifests",
    )
