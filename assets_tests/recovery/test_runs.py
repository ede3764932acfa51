"""Which runs a plan becomes: as few as can be, and none that would fail for want of a day."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.recovery.plan import Finding, Plan, State, in_order
from seniorlink_assets.recovery.runs import Estimate, Run, carried_out, estimate, runs_of
from spark.contract import WHOLE, Column, Contract

DAYS = [(date(2025, 1, 1) + timedelta(days=number)).isoformat() for number in range(90)]


def declared(name: str, *inputs: Declared, daily: bool = False) -> Declared:
    contract = Contract(
        key=f"small/{name}",
        kind="table",
        grain="One row.",
        columns=(Column("n", "bigint", "A number."), Column("day", "date", "Its day.")),
        primary_key=("n",),
        partition_by="day" if daily else None,
    )
    read = {given.contract.name: given for given in inputs}
    return Declared(contract, read, Path("checkout"), Path("job.sql"), "code", {})


CODES = declared("codes")
NOTES = declared("notes", CODES, daily=True)
MOODS = declared("moods", NOTES, daily=True)
TOTALS = declared("totals", NOTES)
RANKS = declared("ranks", TOTALS, MOODS, daily=True)


def wrong(table: Declared, *partitions: str, state: State = "stale") -> list[Finding]:
    return [
        Finding(table.key, part, state, "", state != "blocked", "yes")
        for part in partitions or [WHOLE]
    ]


def planned(*findings: Sequence[Finding]) -> Plan:
    tables = in_order([CODES, NOTES, MOODS, TOTALS, RANKS])
    return Plan(tables, DAYS, [one for some in findings for one in some])


def shown(runs: Sequence[Run]) -> list[str]:
    return [
        " ".join([*(key.removeprefix("small/") for key in run.keys), f"{run.first}..{run.last}"])
        for run in runs
    ]


def test_nothing_to_recover_takes_no_run():
    assert runs_of(planned()) == []


def test_unpartitioned_tables_take_one_run_without_days():
    assert shown(runs_of(planned(wrong(CODES), wrong(TOTALS)))) == ["codes totals None..None"]


def test_days_that_lie_close_are_one_range_for_all_tables():
    runs = runs_of(planned(wrong(CODES), wrong(NOTES, DAYS[3]), wrong(MOODS, DAYS[9])))

    assert shown(runs) == ["codes notes moods 2025-01-04..2025-01-10"]


def test_days_that_lie_far_apart_are_runs_of_their_own_with_what_is_above_in_the_last():
    runs = runs_of(planned(wrong(CODES), wrong(NOTES, DAYS[0], DAYS[60]), wrong(TOTALS)))

    assert shown(runs) == [
        "codes notes 2025-01-01..2025-01-01",
        "notes totals 2025-03-02..2025-03-02",
    ]


def test_a_daily_table_above_an_unpartitioned_one_comes_after_all_days_below_that():
    runs = runs_of(
        planned(wrong(NOTES, DAYS[0], DAYS[60]), wrong(TOTALS), wrong(RANKS, DAYS[0], DAYS[60]))
    )

    assert shown(runs) == [
        "notes 2025-01-01..2025-01-01",
        "notes totals 2025-03-02..2025-03-02",
        "ranks 2025-01-01..2025-01-01",
        "ranks 2025-03-02..2025-03-02",
    ]


def test_no_range_holds_a_day_on_which_one_of_its_tables_is_blocked():
    runs = runs_of(planned(wrong(NOTES, DAYS[0], DAYS[2]), wrong(NOTES, DAYS[1], state="blocked")))

    assert shown(runs) == ["notes 2025-01-01..2025-01-01", "notes 2025-01-03..2025-01-03"]


def test_a_blocked_day_of_one_table_does_not_keep_another_from_it():
    runs = runs_of(planned(wrong(MOODS, DAYS[0], DAYS[2]), wrong(NOTES, DAYS[1], state="blocked")))

    assert shown(runs) == ["moods 2025-01-01..2025-01-03"]


def test_a_table_costs_a_spark_job_in_each_run_that_computes_it():
    plan = planned(wrong(NOTES, DAYS[0], DAYS[60]), wrong(TOTALS))

    assert estimate(plan, runs_of(plan)) == Estimate(least=3, most=3)


def executed(plan: Plan, *failing: Collection[str]) -> list[str]:
    """The runs as they were executed, when in each of them some tables failed."""
    losses = iter(failing)
    went = carried_out(runs_of(plan), lambda run: {f"small/{name}" for name in next(losses)})
    return shown([run for run, _ in went])


def test_what_reads_a_failed_day_is_left_out_of_later_runs():
    plan = planned(wrong(NOTES, DAYS[0], DAYS[60]), wrong(TOTALS))

    assert executed(plan, ["notes"], []) == [
        "notes 2025-01-01..2025-01-01",
        "notes 2025-03-02..2025-03-02",
    ]


def test_a_failed_day_keeps_no_other_day_from_its_readers():
    plan = planned(wrong(NOTES, DAYS[0], DAYS[60]), wrong(MOODS, DAYS[0], DAYS[60]))

    assert executed(plan, ["notes", "moods"], []) == [
        "notes moods 2025-01-01..2025-01-01",
        "notes moods 2025-03-02..2025-03-02",
    ]


def test_a_failed_dimension_keeps_all_later_days_from_being_computed():
    plan = planned(wrong(CODES), wrong(NOTES, DAYS[0], DAYS[60]), wrong(TOTALS))

    assert executed(plan, ["codes", "notes"]) == ["codes notes 2025-01-01..2025-01-01"]
