"""The five steps of a materialization: resolve, compute, audit, load, publish."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import dagster as dg

from seniorlink_assets.audit import judge, refusal
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import DestinationError, Staged
from seniorlink_assets.environments import Environment
from seniorlink_assets.fingerprint import fingerprint, table_version
from seniorlink_assets.lake import LakeError, Published
from seniorlink_assets.landed import LandedError
from seniorlink_assets.launchers.base import JobFailed, Order
from seniorlink_assets.launchers.java import JavaError
from seniorlink_assets.outcome import Outcome, results
from spark.contract import WHOLE, LandingSet
from spark.contract.job import Job, LandingInput, SnapshotInput

RECOMPUTE_TAG = "seniorlink/recompute"
"""A run with this tag set to "true" computes everything again, changed or not."""


class MaterializationError(Exception):
    """A step that cannot go on; the text is one sentence for a person."""


_SENTENCES = (
    MaterializationError, JobFailed, DestinationError, LakeError, LandedError, JavaError,
)  # fmt: skip


@dataclass(frozen=True)
class Resolved:
    """What a materialization starts from: its inputs, the published past, and the fingerprints."""

    inputs: Mapping[str, LandingInput | SnapshotInput]
    fingerprints: Mapping[str, str]
    published: Mapping[str, Published]
    bytes: int


def materialize(
    context: dg.AssetExecutionContext, table: Declared, environment: Environment
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Brings the partitions of this run up to date, and says so to Dagster.

    Nothing is published of a partition that fails; the others go on.
    """
    outcome = Outcome()
    try:
        resolved = resolve(table, partitions_of(context, table), environment)
        compute(context, table, resolved, environment, outcome)
        audit(table, resolved, outcome)
        with environment.lake.turn(table.key, outcome.passed(resolved.published)):
            staged = load(context, table, environment, outcome)
            publish(context, table, resolved, staged, environment, outcome)
    except _SENTENCES as error:
        raise _failure(table, str(error)) from error
    except OSError as error:
        raise _failure(
            table,
            f"{error.filename or environment.home} cannot be used ({error.strerror or error}); "
            "make room or make it writable, then materialize again",
        ) from error
    location = environment.destination(table.contract).location(table.contract)
    yield from results(context, table, outcome, location)


def partitions_of(context: dg.AssetExecutionContext, table: Declared) -> list[str]:
    """The partitions this run is about, in order."""
    return sorted(context.partition_keys) if table.contract.partition_by else [WHOLE]


def resolve(table: Declared, partitions: Sequence[str], environment: Environment) -> Resolved:
    """Looks up the inputs' published versions and gives each partition its fingerprint."""
    inputs: dict[str, LandingInput | SnapshotInput] = {}
    versions: dict[str, Mapping[str, str]] = {}
    version, size = table_version(table), 0
    for name, given in table.inputs.items():
        if isinstance(given, LandingSet):
            wanted = partitions if table.contract.partition_by else environment.landed.days(given)
            days = {day: environment.landed.day(given, day) for day in wanted}
            inputs[name] = LandingInput(
                given, {day: tuple(map(str, landed.files)) for day, landed in days.items()}
            )
            versions[name] = {day: landed.version for day, landed in days.items()}
            size += sum(landed.bytes for landed in days.values())
        else:
            pointers = _published_inputs(table, given, partitions, environment)
            root = environment.lake.root
            inputs[name] = SnapshotInput(
                given.contract,
                {
                    part: tuple(str(root / file.path) for file in pointer.files)
                    for part, pointer in pointers.items()
                },
            )
            versions[name] = {part: pointer.content for part, pointer in pointers.items()}
            size += sum(pointer.bytes for pointer in pointers.values())
    return Resolved(
        inputs=inputs,
        fingerprints={
            partition: fingerprint(version, partition, _versions_for(table, partition, versions))
            for partition in partitions
        },
        published=_published(table, environment),
        bytes=size,
    )


def compute(
    context: dg.AssetExecutionContext,
    table: Declared,
    resolved: Resolved,
    environment: Environment,
    outcome: Outcome,
) -> None:
    """Finds the committed snapshot of every fingerprint, and has one Spark job make the others."""
    lake, again = environment.lake, context.run.tags.get(RECOMPUTE_TAG) == "true"
    for partition, wanted in resolved.fingerprints.items():
        found = None if again else lake.committed(table.key, partition, wanted)
        if found is not None:
            outcome.snapshots[partition] = found
    missing = [part for part in resolved.fingerprints if part not in outcome.snapshots]
    if not missing:
        context.log.info("Nothing it is made from has changed: no Spark job is submitted")
        return
    attempt = f"{context.run.run_id[:8]}-{secrets.token_hex(3)}"
    job = _job(table, resolved, environment, missing, attempt)
    folder = lake.job_folder(table.key, attempt)
    order = Order(environment.launcher.prepare(job, resolved.bytes), table.root, folder)
    context.log.info(f"One Spark job computes {_counted(missing)}; its papers are in {folder}")
    outcome.spark_jobs = 1
    try:
        environment.launcher.run(context, order)
    except BaseException:
        lake.discard(job.data, job.manifests.values())
        raise
    for partition in missing:
        outcome.snapshots[partition] = lake.snapshot(job.manifests[partition])


def audit(table: Declared, resolved: Resolved, outcome: Outcome) -> None:
    """Judges every snapshot by its manifest; one that fails a blocking check goes no further."""
    newest = _newest(table, resolved, outcome)
    for partition, snapshot in outcome.snapshots.items():
        manifest, wanted = snapshot.manifest, resolved.fingerprints[partition]
        found = (manifest.key, manifest.partition, manifest.fingerprint)
        if found != (table.key, partition, wanted):
            raise MaterializationError(
                f"{snapshot.place} in {snapshot.lake} is of {' '.join(found)}, not of "
                f"{table.key} {partition} {wanted}; delete it and materialize again"
            )
        before = resolved.published.get(partition)
        verdicts = judge(table.contract, manifest, before, newest)
        outcome.verdicts += verdicts
        reason = refusal(table.key, partition, verdicts)
        if reason:
            outcome.refused[partition] = reason


def load(
    context: dg.AssetExecutionContext, table: Declared, environment: Environment, outcome: Outcome
) -> Staged | None:
    """Loads what readers do not see yet beside what they see; None if they see it all."""
    destination = environment.destination(table.contract)
    live = destination.released(table.contract)
    changed = [
        snapshot
        for partition, snapshot in outcome.snapshots.items()
        if partition not in outcome.refused and live.get(partition) != snapshot.version
    ]
    if not changed:
        return None
    context.log.info(f"Loading {_counted([snapshot.partition for snapshot in changed])}")
    return destination.stage(table.contract, changed)


def publish(
    context: dg.AssetExecutionContext,
    table: Declared,
    resolved: Resolved,
    staged: Staged | None,
    environment: Environment,
    outcome: Outcome,
) -> None:
    """Swaps in one transaction what was loaded, then moves the lake's pointers."""
    if staged is not None:
        destination = environment.destination(table.contract)
        try:
            destination.publish(staged, context.run.run_id)
        except BaseException:
            destination.discard(staged)
            raise
        outcome.loaded.update(snapshot.partition for snapshot in staged.snapshots)
    for partition, before in outcome.passed(resolved.published).items():
        environment.lake.publish(outcome.snapshots[partition], before, context.run.run_id)


def _failure(table: Declared, sentence: str) -> dg.Failure:
    named = sentence if sentence.startswith(f"{table.key} ") else f"{table.key}: {sentence}"
    return dg.Failure(description=named, allow_retries=False)


def _published(table: Declared, environment: Environment) -> Mapping[str, Published]:
    """What is published of a table, in the partitions that it has now."""
    if table.contract.partition_by is None:
        whole = environment.lake.published(table.key, WHOLE)
        return {WHOLE: whole} if whole else {}
    found = environment.lake.all_published(table.key)
    return {partition: pointer for partition, pointer in found.items() if partition != WHOLE}


def _published_inputs(
    table: Declared, given: Declared, partitions: Sequence[str], environment: Environment
) -> Mapping[str, Published]:
    if table.contract.partition_by and given.contract.partition_by:
        found = {part: environment.lake.published(given.key, part) for part in partitions}
    else:
        found = dict(_published(given, environment)) or {WHOLE: None}
    missing = [partition for partition, pointer in found.items() if pointer is None]
    if missing:
        which = "" if missing == [WHOLE] else f" for {_counted(missing)}"
        raise MaterializationError(
            f"it reads {given.key}, of which nothing is published{which}; materialize that first"
        )
    return {partition: pointer for partition, pointer in found.items() if pointer is not None}


def _versions_for(
    table: Declared, partition: str, versions: Mapping[str, Mapping[str, str]]
) -> Mapping[str, Mapping[str, str]]:
    """The versions that one partition depends on: its own day of what has days, all of the rest."""
    if not table.contract.partition_by:
        return versions
    return {
        name: {partition: found[partition]} if _has_days(table.inputs[name]) else found
        for name, found in versions.items()
    }


def _has_days(given: Declared | LandingSet) -> bool:
    return isinstance(given, LandingSet) or given.contract.partition_by is not None


def _job(
    table: Declared,
    resolved: Resolved,
    environment: Environment,
    partitions: Sequence[str],
    attempt: str,
) -> Job:
    lake, fingerprints = environment.lake, resolved.fingerprints
    places = {
        part: lake.snapshot_place(table.key, part, fingerprints[part], attempt)
        for part in partitions
    }
    data = f"snapshots/{table.key}/{partitions[0]}..{partitions[-1]}/{attempt}"
    return Job(
        attempt=attempt,
        contract=table.contract,
        code_version=table.code_version,
        lake=str(lake.root),
        data=places[partitions[0]] if len(partitions) == 1 else data,
        fingerprints={part: fingerprints[part] for part in partitions},
        manifests=places,
        inputs={
            name: _only(given, partitions) if _has_days(table.inputs[name]) else given
            for name, given in resolved.inputs.items()
        }
        if table.contract.partition_by
        else resolved.inputs,
        spark_conf=table.spark_conf,
    )


def _only(
    given: LandingInput | SnapshotInput, partitions: Sequence[str]
) -> LandingInput | SnapshotInput:
    if isinstance(given, LandingInput):
        return replace(given, days={part: given.days[part] for part in partitions})
    return replace(given, partitions={part: given.partitions[part] for part in partitions})


def _newest(table: Declared, resolved: Resolved, outcome: Outcome) -> str | None:
    if table.contract.partition_by:
        return max({*resolved.published, *outcome.snapshots}, default=None)
    return (
        max((snapshot.manifest.newest or "" for snapshot in outcome.snapshots.values()), default="")
        or None
    )


def _counted(partitions: Sequence[str]) -> str:
    if list(partitions) == [WHOLE]:
        return "the whole table"
    if len(partitions) == 1:
        return partitions[0]
    return f"{len(partitions)} days, {partitions[0]} to {partitions[-1]}"
