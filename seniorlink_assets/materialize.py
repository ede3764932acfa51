"""The five steps of a materialization: resolve, compute, audit, load, publish."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from seniorlink_assets.audit import judge, refusal
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import DestinationError, Staged
from seniorlink_assets.environments import Environment
from seniorlink_assets.fingerprint import fingerprint, made_from, spark_of, table_version
from seniorlink_assets.lake import LakeError, Published
from seniorlink_assets.launchers.base import JobFailed
from seniorlink_assets.launchers.explanation import metadata
from seniorlink_assets.ledger import Failed, LedgerError
from seniorlink_assets.outcome import Outcome, results
from seniorlink_assets.parts import shown_partitions
from seniorlink_assets.schema_change import breaking
from seniorlink_assets.sentence import InputError, SentenceError
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import StorageError
from seniorlink_assets.submission import Submission, new_attempt
from spark.contract import WHOLE, LandingSet
from spark.contract.job import Job, LandingInput, SnapshotInput

RECOMPUTE_TAG = "seniorlink/recompute"
"""A run with this tag set to "true" computes everything again, changed or not."""

ALLOW_BREAKING_TAG = "seniorlink/allow-breaking"
"""A run with this tag set to "true" changes live tables in ways that may break their readers."""


class MaterializationError(SentenceError):
    """A step that cannot go on; the text is one sentence for a person."""


@dataclass(frozen=True)
class Resolved:
    """What a materialization starts from: its inputs, the published past, and the fingerprints.

    `made_from` says by partition what its fingerprint is made of: digests by name. `held` are the
    partitions that somebody rolled back from what would be computed now; what is published stays.
    """

    inputs: Mapping[str, LandingInput | SnapshotInput]
    fingerprints: Mapping[str, str]
    made_from: Mapping[str, Mapping[str, str]]
    published: Mapping[str, Published]
    bytes: int
    held: frozenset[str] = frozenset()


def materialize(
    context: dg.AssetExecutionContext, table: Declared, environment: Environment
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Brings the partitions of this run up to date, and says so to Dagster.

    Nothing is published of a partition that fails; the others go on.
    """
    partitions, outcome, resolved = partitions_of(context, table), Outcome(), None
    try:
        resolved = hold(context, resolve(table, partitions, environment))
        compute(context, table, resolved, environment, outcome)
        audit(table, resolved, outcome)
        before = outcome.passed(resolved.published)
        with (
            environment.lake.turn(table.key, before, outcome.places) as still_held,
            environment.destination(table.contract).within_reach(
                environment.lake, _unseen(table, environment, outcome)
            ) as changed,
        ):
            staged = load(context, table, environment, changed)
            still_held()
            publish(context, table, resolved, staged, environment, outcome)
    except (SentenceError, OSError) as error:
        failure = _failure(table, environment, error)
        sentences = dict.fromkeys(partitions, failure.description or "")
        _remember(context, table, environment, resolved, sentences)
        raise failure from error
    _remember(context, table, environment, resolved, outcome.refused)
    environment.ledger.succeed(table.key, [*outcome.passed(resolved.published)])
    location = environment.destination(table.contract).location(table.contract)
    yield from results(context, table, outcome, location)


def partitions_of(context: dg.AssetExecutionContext, table: Declared) -> list[str]:
    """The partitions this run is about, in order."""
    return sorted(context.partition_keys) if table.contract.partition_by else [WHOLE]


def resolve(table: Declared, partitions: Sequence[str], environment: Environment) -> Resolved:
    """Looks up the inputs' published versions and gives each partition its fingerprint."""
    inputs: dict[str, LandingInput | SnapshotInput] = {}
    versions: dict[str, Mapping[str, str]] = {}
    version, spark, size = table_version(table), spark_of(table), 0
    for name, given in table.inputs.items():
        if isinstance(given, LandingSet):
            wanted = partitions if table.contract.partition_by else environment.landed.days(given)
            days = environment.landed.each_day(given, wanted)
            inputs[name] = LandingInput(given, {day: landed.files for day, landed in days.items()})
            versions[name] = {day: landed.version for day, landed in days.items()}
            size += sum(landed.bytes for landed in days.values())
        else:
            pointers = _published_inputs(table, given, partitions, environment)
            storage = environment.lake.storage
            inputs[name] = SnapshotInput(
                given.contract,
                {
                    part: tuple(storage.where(file.path) for file in pointer.files)
                    for part, pointer in pointers.items()
                },
            )
            versions[name] = {part: pointer.content for part, pointer in pointers.items()}
            size += sum(pointer.bytes for pointer in pointers.values())
    needed = {partition: _versions_for(table, partition, versions) for partition in partitions}
    return Resolved(
        inputs=inputs,
        fingerprints={
            partition: fingerprint(version, partition, read, spark)
            for partition, read in needed.items()
        },
        made_from=made_from(table, needed),
        published=_published(table, environment),
        bytes=size,
    )


def hold(context: dg.AssetExecutionContext, resolved: Resolved) -> Resolved:
    """Keeps what is published where somebody has rolled back what would be published now."""
    if _is_again(context):
        return resolved
    held = {
        partition: pointer.fingerprint
        for partition, pointer in resolved.published.items()
        if resolved.fingerprints.get(partition) in pointer.withdrawn
    }
    if held:
        context.log.warning(
            f"Somebody has rolled back {shown_partitions(sorted(held))} from what would be "
            "computed now; it stays as it is until its code, contract or inputs change, or a run "
            f"with the tag {RECOMPUTE_TAG}=true computes it again"
        )
    return replace(
        resolved,
        fingerprints={**resolved.fingerprints, **held},
        held=frozenset(held),
    )


def admit(context: dg.AssetExecutionContext, table: Declared, environment: Environment) -> None:
    """Refuses a change of the live table that may break its readers, before it costs anything."""
    destination = environment.destination(table.contract)
    refused = breaking(destination.schema_changes([table.contract]).get(table.key, ()))
    if refused and context.run.tags.get(ALLOW_BREAKING_TAG) != "true":
        raise MaterializationError(refused)


def compute(
    context: dg.AssetExecutionContext,
    table: Declared,
    resolved: Resolved,
    environment: Environment,
    outcome: Outcome,
) -> None:
    """Finds the committed snapshot of every fingerprint, and has one Spark job make the others."""
    lake = environment.lake
    outcome.held = resolved.held
    for partition in resolved.held:
        outcome.snapshots[partition] = lake.snapshot(resolved.published[partition].place)
    if environment.ledger.at_work(table.key):
        every = _job(table, resolved, environment, [*resolved.fingerprints], "")
        Submission(context, table, every, resolved.bytes, environment).settle()
    missing = _missing(context, table, resolved, environment, outcome)
    if missing:
        try:
            admit(context, table, environment)
        except DestinationError as error:
            context.log.warning(f"{error}; it is asked again when there is something to load")
    else:
        context.log.info("Nothing it is made from has changed: no Spark job is submitted")
    while missing:
        context.log.info(f"To be computed: {shown_partitions(missing)}")
        attempt = new_attempt(context.run.run_id)
        job = _job(table, resolved, environment, missing, attempt)
        if Submission(context, table, job, resolved.bytes, environment).submit():
            outcome.spark_jobs = 1
            made = lake.storage.each(lake.snapshot, map(job.manifests.__getitem__, missing))
            outcome.snapshots.update(zip(missing, made, strict=True))
        missing = _missing(context, table, resolved, environment, outcome)


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
    context: dg.AssetExecutionContext,
    table: Declared,
    environment: Environment,
    changed: Sequence[Snapshot],
) -> Staged | None:
    """Loads what readers do not see yet beside what they see; None if they see it all."""
    if not changed:
        return None
    admit(context, table, environment)
    context.log.info(f"Loading {shown_partitions([snapshot.partition for snapshot in changed])}")
    destination, run_id = environment.destination(table.contract), context.run.run_id
    return destination.stage(table.contract, changed, run_id)


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
            with suppress(DestinationError):  # the next load drops it
                destination.discard(staged)
            raise
        outcome.loaded.update(snapshot.partition for snapshot in staged.snapshots)
        outcome.figures = staged.figures
    lake, run_id = environment.lake, context.run.run_id
    moves = [
        (outcome.snapshots[partition], before)
        for partition, before in outcome.passed(resolved.published).items()
        if before is None or before.place != outcome.snapshots[partition].place
    ]
    first = lake.next_in_sequence(len(moves)) if moves else 0

    def move(numbered: tuple[int, tuple[Snapshot, Published | None]]) -> None:
        number, (snapshot, before) = numbered
        made = resolved.made_from[snapshot.partition]
        lake.publish(snapshot, before, run_id, made_from=made, sequence=number)

    lake.storage.each(move, enumerate(moves, first))
    if staged is not None:
        for sentence in environment.destination(table.contract).housekeep(staged, run_id):
            context.log.warning(sentence)


def _unseen(table: Declared, environment: Environment, outcome: Outcome) -> list[Snapshot]:
    """What readers do not see yet, of what may be published."""
    live = environment.destination(table.contract).released(table.contract)
    return [
        snapshot
        for partition, snapshot in outcome.snapshots.items()
        if partition not in outcome.refused and live.get(partition) != snapshot.version
    ]


def _is_again(context: dg.AssetExecutionContext) -> bool:
    return context.run.tags.get(RECOMPUTE_TAG) == "true"


def _missing(
    context: dg.AssetExecutionContext,
    table: Declared,
    resolved: Resolved,
    environment: Environment,
    outcome: Outcome,
) -> list[str]:
    """The partitions without a snapshot; those that are committed already get theirs."""
    missing = [part for part in resolved.fingerprints if part not in outcome.snapshots]
    if _is_again(context):
        return missing
    wanted = {partition: resolved.fingerprints[partition] for partition in missing}
    for partition, found in environment.lake.all_committed(table.key, wanted).items():
        if isinstance(found, LakeError):
            raise found
        outcome.snapshots[partition] = found
    return [partition for partition in missing if partition not in outcome.snapshots]


def _failure(table: Declared, environment: Environment, error: Exception) -> dg.Failure:
    sentence = str(error)
    if isinstance(error, OSError):
        sentence = (
            f"{error.filename or environment.home} cannot be used ({error.strerror or error}); "
            "make room or make it writable, then materialize again"
        )
    named = sentence if sentence.startswith(f"{table.key} ") else f"{table.key}: {sentence}"
    has_mood = isinstance(error, (JobFailed, StorageError, DestinationError))
    shown: Mapping[str, Any] = {}
    if isinstance(error, DestinationError):
        shown = error.details
    elif isinstance(error, JobFailed) and error.explanation:
        shown = metadata(error.explanation)
    return dg.Failure(description=named, metadata=shown, allow_retries=has_mood and error.transient)


def _remember(
    context: dg.AssetExecutionContext,
    table: Declared,
    environment: Environment,
    resolved: Resolved | None,
    sentences: Mapping[str, str],
) -> None:
    """Lets `seniorlink plan` say why; a ledger that cannot be written hides no failure."""
    wanted = resolved.fingerprints if resolved else {}
    made_from = resolved.made_from if resolved else {}
    failures = {
        part: Failed(wanted.get(part, ""), sentence, context.run.run_id, made_from.get(part, {}))
        for part, sentence in sentences.items()
    }
    try:
        environment.ledger.fail(table.key, failures)
    except (OSError, LedgerError, StorageError) as error:
        context.log.warning(f"The ledger does not remember this failure: {error}")


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
        found = environment.lake.each_published(given.key, partitions)
    else:
        found = dict(_published(given, environment)) or {WHOLE: None}
    missing = [partition for partition, pointer in found.items() if pointer is None]
    if missing:
        raise InputError(
            _unpublished(given, missing), {part: _unpublished(given, [part]) for part in missing}
        )
    return {partition: pointer for partition, pointer in found.items() if pointer is not None}


def _unpublished(given: Declared, missing: Sequence[str]) -> str:
    which = "" if missing == [WHOLE] else f" for {shown_partitions(missing)}"
    return f"it reads {given.key}, of which nothing is published{which}; materialize that first"


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
        lake=lake.storage.url,
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
