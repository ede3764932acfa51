"""What is failed, missing or stale, and why: the plan that mends it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import Destination, DestinationError
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import LakeError, Published
from seniorlink_assets.ledger import Entry, Failed
from seniorlink_assets.materialize import Resolved, audit, resolve
from seniorlink_assets.outcome import Outcome
from seniorlink_assets.recovery.heard import Heard
from seniorlink_assets.schema_change import SchemaChange, breaking
from seniorlink_assets.sentence import InputError, SentenceError
from spark.contract import WHOLE, Contract

State = Literal[
    "running",  # a job of a run that goes on is at work on it
    "interrupted",  # a job was at work on it when its run ended
    "failed",  # the last try published nothing
    "missing",  # nothing is published, or its snapshot is gone
    "stale",  # what is published was made from something else
    "unloaded",  # readers of its destination see something else than is published
    "unreported",  # Dagster has not heard of it
    "waiting",  # nothing of its own is wrong, but what it reads may come out different
    "held",  # somebody rolled back from what would be computed
    "blocked",  # it cannot be tried
]

_CHANGES = {"running", "interrupted", "failed", "missing", "stale", "waiting", "blocked"}
"""What readers will see of these is not settled."""

_LOADS = {"interrupted", "failed", "missing", "stale", "unloaded", "waiting"}
"""Mending these writes to the live table."""

_NAMES = {"contract": "contract", "code": "code", "spark": "Spark"}
_INPUT = "input "


@dataclass(frozen=True)
class Finding:
    """What is wrong with one partition, and why.

    `recovered` says whether recovery has something to do for it, `spark_job` whether that takes a
    Spark job: perhaps if it depends on what comes out of what it reads.
    """

    key: str
    partition: str
    state: State
    reason: str
    recovered: bool
    spark_job: Literal["yes", "perhaps", "no"]


@dataclass(frozen=True)
class Plan:
    """The findings about `tables`, which stand in an order in which they can be computed.

    `schema_changes` are those of live tables by key.
    """

    tables: Sequence[Declared]
    days: Sequence[str]
    findings: Sequence[Finding]
    schema_changes: Mapping[str, Sequence[SchemaChange]] = field(default_factory=dict)

    @property
    def recovered(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.recovered]

    @property
    def obstacles(self) -> list[Finding]:
        """What no recovery can mend."""
        return [finding for finding in self.findings if finding.state == "blocked"]


def plan(
    known: Iterable[Declared],
    days: Sequence[str],
    environment: Environment,
    heard: Heard,
    *,
    allow_breaking: bool = False,
) -> Plan:
    """What is wrong with these tables: of daily ones with these days, of others altogether.

    What would break readers of a live table is blocked, unless that is allowed.
    """
    tables = in_order(known)
    released, changes = _live([table.contract for table in tables], environment)
    refused = {} if allow_breaking else {key: breaking(found) for key, found in changes.items()}
    seen = _Seen(released, refused)
    for table in tables:
        _examine(table, list(days), environment, heard, seen)
    return Plan(tables, days, [*seen.findings.values()], changes)


def in_order(known: Iterable[Declared]) -> list[Declared]:
    """The tables by key, each after those that it reads."""
    by_key = {table.key: table for table in sorted(known, key=lambda table: table.key)}
    ordered: dict[str, Declared] = {}

    def add(table: Declared) -> None:
        for given in table.inputs.values():
            if given.key in by_key:
                add(by_key[given.key])
        ordered.setdefault(table.key, table)

    for table in by_key.values():
        add(table)
    return [*ordered.values()]


def with_readers(keys: Collection[str], known: Iterable[Declared]) -> list[Declared]:
    """The tables with these keys, and all that read them or something that does."""
    chosen: dict[str, Declared] = {}
    for table in in_order(known):
        read = {given.key for given in table.inputs.values()}
        if table.key in keys or read & chosen.keys():
            chosen[table.key] = table
    return [*chosen.values()]


def _live(
    contracts: Iterable[Contract], environment: Environment
) -> tuple[
    Mapping[str, Mapping[str, str] | DestinationError], Mapping[str, Sequence[SchemaChange]]
]:
    """What readers see of each table, or why nobody can say, and how it differs from its contract.

    Each destination is asked once.
    """
    by_destination: dict[Destination, list[Contract]] = {}
    for contract in contracts:
        by_destination.setdefault(environment.destination(contract), []).append(contract)
    released: dict[str, Mapping[str, str] | DestinationError] = {}
    changes: dict[str, Sequence[SchemaChange]] = {}
    for destination, asked in by_destination.items():
        try:
            released.update(destination.releases(asked))
            changes.update(destination.schema_changes(asked))
        except DestinationError as error:
            released.update({contract.key: error for contract in asked})
    return released, {key: found for key, found in changes.items() if found}


@dataclass
class _Seen:
    """What was found so far; `unsettled` is what readers may see change.

    `refused` says by key why a table's live one is not changed.
    """

    released: Mapping[str, Mapping[str, str] | DestinationError]
    refused: Mapping[str, str]
    published: dict[str, Mapping[str, Published]] = field(default_factory=dict)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    unsettled: dict[str, dict[str, Finding]] = field(default_factory=dict)

    def add(self, finding: Finding, *, unsettled: bool) -> None:
        self.findings[finding.key, finding.partition] = finding
        if unsettled:
            self.unsettled.setdefault(finding.key, {})[finding.partition] = finding


def _examine(
    table: Declared, days: list[str], environment: Environment, heard: Heard, seen: _Seen
) -> None:
    partitions = days if table.contract.partition_by else [WHOLE]
    try:
        found = _Examined(table, partitions, environment, heard, seen)
    except SentenceError as error:
        for partition in partitions:
            blocked = Finding(table.key, partition, "blocked", str(error), False, "no")
            seen.add(blocked, unsettled=True)
        return
    for partition in partitions:
        finding = found.finding(partition)
        if finding is not None:
            seen.add(finding, unsettled=found.may_change(finding))


class _Examined:
    """One table, and what is known of its partitions."""

    def __init__(
        self,
        table: Declared,
        partitions: Sequence[str],
        environment: Environment,
        heard: Heard,
        seen: _Seen,
    ) -> None:
        self._table, self._lake, self._heard = table, environment.lake, heard
        self._changing = {part: _changing(table, part, seen) for part in partitions}
        self._published = published = environment.lake.all_published(table.key)
        seen.published[table.key] = published
        self._failures: Mapping[str, Failed] = environment.ledger.failures(table.key)
        self._claims: dict[str, Entry] = {
            part: entry
            for entry in environment.ledger.at_work(table.key)
            for part in entry.partitions
        }
        ready = [part for part in partitions if _is_readable(table, part, seen)]
        self._resolved: dict[str, Resolved] = {}
        self._blocked: dict[str, str] = {}
        _resolve(table, ready, environment, self._resolved, self._blocked)
        self._outcome = Outcome()
        wanted = {part: one.fingerprints[part] for part, one in self._resolved.items()}
        for part, found in environment.lake.all_committed(table.key, wanted).items():
            if isinstance(found, LakeError):
                self._blocked[part] = str(found)
            else:
                self._outcome.snapshots[part] = found
        self._judged = _judge(table, self._resolved, self._outcome)
        released = seen.released[table.key]
        if isinstance(released, DestinationError):
            raise released
        self._released = released
        self._refused = seen.refused.get(table.key, "")
        self._unheard = heard.unheard(
            table, {part: published[part] for part in partitions if part in published}
        )

    def finding(self, partition: str) -> Finding | None:
        said = self._state(partition)
        changing = self._changing[partition]
        if said is None and not changing:
            return None
        state, reason = said or ("waiting", "")
        if self._refused and state in _LOADS:
            state, reason = "blocked", self._refused
        obstacles = [finding for finding in changing if not finding.recovered]
        recovered = state not in ("running", "held", "blocked") and not obstacles
        if changing and (state == "waiting" or obstacles):
            reason = "; ".join(
                filter(None, [reason, _reads(obstacles or changing, bool(obstacles))])
            )
        return Finding(
            self._table.key,
            partition,
            state,
            reason,
            recovered,
            self._spark_job(partition, state) if recovered else "no",
        )

    def may_change(self, finding: Finding) -> bool:
        """Whether readers of this partition may see something else once all is settled."""
        return finding.state in _CHANGES or bool(self._changing[finding.partition])

    def _state(self, part: str) -> tuple[State, str] | None:
        published, wanted = self._published.get(part), self._wanted(part)
        snapshot, failure = self._outcome.snapshots.get(part), self._failures.get(part)
        is_current = published is not None and published.fingerprint == wanted
        is_published = bool(snapshot and published and snapshot.place == published.place)
        entry = self._claims.get(part)
        if entry and not self._heard.is_over(entry.run_id):
            return "running", f"run {entry.run_id[:8]} is at work on it"
        if entry and not is_published:
            return "interrupted", f"run {entry.run_id[:8]} ended while its job was at work"
        if part in self._blocked:
            return "blocked", self._blocked[part]
        if published and wanted in published.withdrawn and not self._changing[part]:
            return "held", "somebody rolled back from it; what it is made from is the same still"
        if failure and not is_published and (failure.fingerprint or wanted is None):
            return "failed", self._failed_because(failure, wanted, part)
        if published is None:
            return "missing", "nothing is published"
        if wanted is None:
            return None
        if not is_current:
            return "stale", _changes(published.made_from, self._resolved[part].made_from[part])
        if snapshot is None:
            return "missing", "its snapshot is gone"
        if snapshot.place != published.place:
            return "stale", "it was computed again since"
        if part in self._outcome.refused:
            return "failed", self._outcome.refused[part]
        if self._released.get(part) != snapshot.version:
            return "unloaded", (
                "its destination holds another version"
                if part in self._released
                else "its destination does not hold it"
            )
        if part in self._unheard:
            return "unreported", "Dagster has not heard of it"
        if part in self._judged and not self._heard.has_failed(self._table, self._judged[part][0]):
            return "unreported", self._judged[part][1]
        return None

    def _wanted(self, partition: str) -> str | None:
        resolved = self._resolved.get(partition)
        return resolved.fingerprints[partition] if resolved else None

    def _failed_because(self, failure: Failed, wanted: str | None, part: str) -> str:
        sentence = failure.sentence.removeprefix(f"{self._table.key}: ").rstrip(".")
        if wanted is None or failure.fingerprint == wanted:
            return sentence
        since = _changes(failure.made_from, self._resolved[part].made_from[part])
        return f"{sentence}; since then: {since}"

    def _spark_job(self, part: str, state: State) -> Literal["yes", "perhaps", "no"]:
        if state in ("unloaded", "unreported"):
            return "perhaps" if self._changing[part] else "no"
        if self._wanted(part) is not None and not self._changing[part]:
            if part in self._outcome.snapshots:
                return "no"
            return "perhaps" if state == "interrupted" else "yes"
        return "perhaps" if part in self._computed else "yes"

    @cached_property
    def _computed(self) -> set[str]:
        """The partitions that there are snapshots of, of whatever they were made from."""
        return {place.split("/")[-2] for place in self._lake.committed_places(self._table.key)}


def _resolve(
    table: Declared,
    partitions: Sequence[str],
    environment: Environment,
    found: dict[str, Resolved],
    blocked: dict[str, str],
) -> None:
    """Resolves all partitions at once that can be; the others are blocked, each for its reason."""
    if not partitions:
        return
    try:
        resolved = resolve(table, partitions, environment)
    except InputError as error:
        lacking = {part: said for part, said in error.by_partition.items() if part in partitions}
        blocked.update(lacking or dict.fromkeys(partitions, str(error)))
        rest = [part for part in partitions if part not in blocked]
        _resolve(table, rest, environment, found, blocked)
        return
    except OSError as error:
        if len(partitions) == 1:
            blocked[partitions[0]] = str(error)
            return
        middle = len(partitions) // 2
        _resolve(table, partitions[:middle], environment, found, blocked)
        _resolve(table, partitions[middle:], environment, found, blocked)
        return
    found.update(dict.fromkeys(partitions, resolved))


def _judge(
    table: Declared, resolved: Mapping[str, Resolved], outcome: Outcome
) -> Mapping[str, tuple[str, str]]:
    """Audits what is published, which may have aged since: the failed check, and its sentence."""
    if not outcome.snapshots:
        return {}
    first = next(iter(resolved.values()))
    together = {
        part: one.fingerprints[part] for part, one in resolved.items() if part in outcome.snapshots
    }
    audit(table, replace(first, fingerprints=together), outcome)
    return {
        verdict.partition: (verdict.check.name, f"{verdict.check.name}: {verdict.sentence}")
        for verdict in outcome.verdicts
        if verdict.check.kind == "newest_within" and not verdict.passed
    }


def _is_readable(table: Declared, partition: str, seen: _Seen) -> bool:
    """Whether all it reads is published, as far as the plan is about that."""
    for given in table.inputs.values():
        if given.key not in seen.published:
            continue
        published = seen.published[given.key]
        if not (partition in published if _by_day(table, given) else published):
            return False
    return True


def _changing(table: Declared, partition: str, seen: _Seen) -> list[Finding]:
    """What it reads that may come out different."""
    changing = []
    for given in table.inputs.values():
        unsettled = seen.unsettled.get(given.key, {})
        if not _by_day(table, given):
            changing += unsettled.values()
        elif partition in unsettled:
            changing.append(unsettled[partition])
    return changing


def _by_day(table: Declared, given: object) -> bool:
    return bool(
        table.contract.partition_by and isinstance(given, Declared) and given.contract.partition_by
    )


def _reads(findings: Sequence[Finding], are_obstacles: bool) -> str:
    states: dict[str, str] = {}
    for finding in findings:
        states.setdefault(finding.key, finding.state)
    if are_obstacles:
        return "reads " + ", ".join(f"{key}, which is {state}" for key, state in states.items())
    return f"reads {', '.join(states)}"


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What is different between two accounts of what something is made from."""
    if not before:
        return "what it is made from changed"
    said = []
    for name in {**now, **before}:
        shown = _NAMES.get(name, name.removeprefix(_INPUT))
        if name not in before:
            said.append(f"{shown} is read now")
        elif name not in now:
            said.append(f"{shown} is read no more")
        elif before[name] != now[name]:
            said.append(f"{shown} changed")
    return ", ".join(said) or "what it is made from changed"
