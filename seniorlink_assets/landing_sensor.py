"""What has landed since the last look, and the runs that this calls for."""

import hashlib
import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

import dagster as dg

from seniorlink_assets.calendar import DAYS
from seniorlink_assets.catalogue import Declared, tables
from seniorlink_assets.environments import Environment
from seniorlink_assets.landed import LandedError
from seniorlink_assets.landing_cursor import CursorError, Seen
from spark.contract import WHOLE, LandingSet

MOST_DAYS = 400
"""New or changed days that one look takes up; the next look goes on."""

MOST_SECONDS = 15.0
"""How long one look may take: Dagster ends a sensor after 60."""

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


@dataclass
class Look:
    """What one look at the landing sets came to: the runs to request, and why nothing was found."""

    requests: list[dg.RunRequest] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def evaluate(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One tick of the sensor: the runs and the cursor that remembers them go together."""
    try:
        seen = Seen.from_cursor(context.cursor)
    except CursorError as error:
        context.log.warning(str(error))
        seen = Seen()
    look = look_at_landing(context.resources.environment, seen, DAYS.get_partition_keys())
    for remark in look.remarks:
        context.log.info(remark)
    return dg.SensorResult(
        run_requests=look.requests,
        skip_reason=None if look.requests else _reason(look.remarks),
        cursor=seen.to_cursor(),
    )


def look_at_landing(
    environment: Environment,
    seen: Seen,
    finished: Collection[str],
    *,
    most_days: int = MOST_DAYS,
    most_seconds: float = MOST_SECONDS,
) -> Look:
    """The runs that new and changed days call for, remembered in `seen`.

    Days that are not `finished` are left for later, as are sets that a table cannot use yet.
    """
    look = Look()
    sets = {given.key: given for given in _sets()}
    candidates = [
        (day, key) for key in sorted(sets) for day in _days(environment, sets[key], finished, look)
    ]
    unseen = sorted(pair for pair in candidates if seen.version(pair[1], pair[0]) is None)
    known = _from(seen.resume, sorted({*candidates} - {*unseen}, reverse=True))
    news: dict[str, dict[str, tuple[str, int]]] = {}
    found, looked, deadline = 0, 0, time.monotonic() + most_seconds
    for day, key in [*unseen, *known]:
        version = _version(environment, sets[key], day, look)
        looked += 1
        if version is not None and seen.is_news(key, day, version):
            news.setdefault(day, {})[key] = (version, seen.see(key, day, version))
            found += 1
        if found == most_days or time.monotonic() > deadline:
            break
    rest = [*unseen, *known][looked:]
    if looked >= len(unseen):
        seen.resume = rest[0] if rest else None
    changed = {key for sets_of_day in news.values() for key in sets_of_day}
    seen.owed |= {table.key for table in _readers(changed, days=False)}
    look.requests += _range_requests(news)
    if looked >= len(unseen) and seen.owed:
        look.requests.append(_whole_request(seen))
        seen.owed = set()
    return look


def _sets() -> Iterator[LandingSet]:
    """The landing sets that a table reads."""
    for table in tables():
        yield from _landing(table)


def _landing(table: Declared) -> list[LandingSet]:
    return [given for given in table.inputs.values() if isinstance(given, LandingSet)]


def _readers(landing: Collection[str], *, days: bool) -> list[Declared]:
    """The tables, of days or unpartitioned, that read one of these sets."""
    return [
        table
        for table in tables()
        if bool(table.contract.partition_by) == days
        and any(given.key in landing for given in _landing(table))
    ]


def _days(
    environment: Environment, landing: LandingSet, finished: Collection[str], look: Look
) -> list[str]:
    """The finished days of a set; none, with a remark, if it is missing or cannot be used yet."""
    try:
        days = environment.landed.days(landing)
    except LandedError as error:
        look.remarks.append(str(error))
        return []
    for table in _readers({landing.key}, days=True):
        for given in table.inputs.values():
            if _is_unpublished(environment, given):
                look.remarks.append(
                    f"{landing.key} waits: {table.key} also reads {given.key}, of which nothing "
                    "is published"
                )
                return []
    wanted = frozenset(finished)
    return [day for day in days if day in wanted]


def _is_unpublished(environment: Environment, given: Declared | LandingSet) -> bool:
    return (
        isinstance(given, Declared)
        and not given.contract.partition_by
        and environment.lake.published(given.key, WHOLE) is None
    )


def _version(environment: Environment, landing: LandingSet, day: str, look: Look) -> str | None:
    try:
        return environment.landed.day(landing, day).version
    except LandedError as error:  # it went away after it was listed
        look.remarks.append(str(error))
        return None


def _from(
    resume: tuple[str, str] | None, pairs: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """The pairs, newest first, turned so that `resume` or the next older one comes first."""
    if resume is None:
        return [*pairs]
    newer = [*takewhile(lambda pair: pair > resume, pairs)]
    return [*pairs[len(newer) :], *newer]


def _range_requests(
    news: Mapping[str, Mapping[str, tuple[str, int]]],
) -> Iterator[dg.RunRequest]:
    """One run per range of consecutive days that concern the same tables."""
    concerned = {
        day: tuple(sorted(table.key for table in _readers(sets, days=True)))
        for day, sets in news.items()
    }
    for days in _ranges(concerned):
        keys = concerned[days[0]]
        if keys:
            yield dg.RunRequest(
                run_key=_run_key(keys, {day: news[day] for day in days}),
                asset_selection=[dg.AssetKey.from_user_string(key) for key in keys],
                tags={RANGE_START: days[0], RANGE_END: days[-1]},
            )


def _ranges(concerned: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    days: list[str] = []
    for day in sorted(concerned):
        if days and (concerned[day] != concerned[days[0]] or day != _day_after(days[-1])):
            yield days
            days = []
        days.append(day)
    if days:
        yield days


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _whole_request(seen: Seen) -> dg.RunRequest:
    """One run of the unpartitioned tables that are owed; its key tells all that they read."""
    keys = sorted(seen.owed)
    owed = [table for table in tables() if table.key in seen.owed]
    sets = {given.key for table in owed for given in _landing(table)}
    state = {key: seen.versions.get(key, {}) for key in sorted(sets)}
    return dg.RunRequest(
        run_key=_run_key(keys, [state, seen.repeats]),
        asset_selection=[dg.AssetKey.from_user_string(key) for key in keys],
    )


def _run_key(keys: Iterable[str], content: Any) -> str:
    text = json.dumps([[*keys], content], sort_keys=True)
    return f"landed-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _reason(remarks: Sequence[str]) -> dg.SkipReason:
    if not remarks:
        return dg.SkipReason("Nothing new has landed")
    more = len(remarks) - 1
    return dg.SkipReason(remarks[0] + (f" (and {more} more sets wait)" if more else ""))
