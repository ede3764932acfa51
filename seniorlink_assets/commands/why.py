"""Say why a table, or a partition of it, failed last."""

from collections.abc import Mapping, Sequence
from datetime import date

import click
from rich.console import Console

from seniorlink_assets.asked import UnknownNameError, every_table, table_called
from seniorlink_assets.command_options import Day
from seniorlink_assets.environments import environment
from seniorlink_assets.launchers.explanation import Explanation, explain
from seniorlink_assets.launchers.papers import Papers, exit_code
from seniorlink_assets.ledger import Entry, Failed, Ledger
from seniorlink_assets.parts import shown_partitions


@click.command(help=__doc__)
@click.argument("key")
@click.option("--partition", type=Day(), help="One of its days.")
def command(key: str, partition: date | None) -> None:
    table = table_called(key, every_table())
    if partition and table.contract.partition_by is None:
        raise UnknownNameError(f"{key} is not partitioned; leave out --partition {partition}")
    bound, console = environment(), Console(soft_wrap=True, highlight=False, markup=False)
    ledger = bound.ledger
    failures = ledger.failures(key)
    if partition:
        failures = {day: failed for day, failed in failures.items() if day == str(partition)}
    if not failures:
        asked = f"{key} {partition}" if partition else key
        console.print(f"Nothing of {asked} failed when it was tried last.")
        return
    jobs = _failed_jobs(ledger, key)
    for partitions in _alike(failures):
        failed = failures[partitions[-1]]
        tried = f"{key}, {shown_partitions(partitions)}: failed at {failed.at}, run {failed.run_id}"
        console.print(tried, style="bold")
        console.print(failed.sentence)
        job = _job_behind(failed, partitions[-1], jobs)
        if job:
            papers = Papers(bound.papers_of(job.launcher), job.place)
            _show(explain(papers, exit_code(papers)), console)


def _alike(failures: Mapping[str, Failed]) -> list[list[str]]:
    """The partitions that failed in one run for one reason."""
    groups: dict[tuple[str, str], list[str]] = {}
    for partition, failed in sorted(failures.items()):
        groups.setdefault((failed.run_id, failed.sentence), []).append(partition)
    return [*groups.values()]


def _failed_jobs(ledger: Ledger, key: str) -> Sequence[Entry]:
    """The jobs of a table that failed, the newest first."""
    failed = [entry for entry in ledger.entries(key) if entry.phase == "failed"]
    return sorted(failed, key=lambda entry: entry.intended_at, reverse=True)


def _job_behind(failed: Failed, partition: str, jobs: Sequence[Entry]) -> Entry | None:
    """The job that is why a partition failed; None if that was its check, its load or else."""
    for job in jobs:
        if partition in job.fingerprints and job.reason and job.reason in failed.sentence:
            return job
    return None


def _show(explanation: Explanation, console: Console) -> None:
    if explanation.remedy:
        console.print(f"what to do: {explanation.remedy}")
    for name, lines in (
        ("last Spark exception", explanation.trace),
        ("log's tail", explanation.log),
    ):
        if lines:
            console.print(f"{name}:")
            console.print("\n".join(f"  {line}" for line in lines))
    console.print(f"attempt's folder: {explanation.where}")
