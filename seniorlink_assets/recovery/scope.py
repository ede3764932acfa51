"""What a plan is about: tables with all that lies below them, and days that are over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dagster import DagsterInstance

from seniorlink_assets.asked import every_table, table_called
from seniorlink_assets.calendar import FIRST_DAY
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment
from seniorlink_assets.recovery.dagster_heard import DagsterHeard
from seniorlink_assets.recovery.finished_days import finished_days
from seniorlink_assets.recovery.plan import Plan, in_order, plan, with_readers
from seniorlink_assets.sentence import SentenceError


class ScopeError(SentenceError):
    """Days that cannot be planned for."""


@dataclass(frozen=True)
class Scope:
    """`known` is the whole catalogue, `tables` the part of it that is asked about."""

    known: Sequence[Declared]
    tables: Sequence[Declared]
    days: Sequence[str]

    def plan(
        self, bound: Environment, instance: DagsterInstance, *, allow_breaking: bool = False
    ) -> Plan:
        heard = DagsterHeard(instance, bound.home, self.tables)
        return plan(self.tables, self.days, bound, heard, allow_breaking=allow_breaking)


def scope(
    bound: Environment,
    keys: Sequence[str] = (),
    first: date | None = None,
    last: date | None = None,
) -> Scope:
    """Everything, or what was asked for; UnknownNameError or ScopeError if there is no such."""
    known = in_order(every_table())
    chosen = {table_called(key, known).key for key in keys}
    return Scope(known, with_readers(chosen, known) if keys else known, _days(bound, first, last))


def _days(bound: Environment, first: date | None, last: date | None) -> Sequence[str]:
    landed = finished_days(bound.landed)
    if not landed:
        raise ScopeError(
            f"{bound.landed.where} holds no day from {FIRST_DAY} to yesterday; bring one there, "
            "or run `seniorlink seed` for the sample company's"
        )
    oldest, newest = first or date.min, last or date.max
    found = [day for day in landed if oldest <= date.fromisoformat(day) <= newest]
    if not found:
        asked = f"from {first} on" if last is None else f"from {first} to {last}"
        raise ScopeError(
            f"no day {asked} has landed and is over; ask for some of {landed[0]} to {landed[-1]}"
        )
    return found
