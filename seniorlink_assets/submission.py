"""Have one Spark job make what is missing: submit it, or follow the one that is at work on it."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.environments import Environment
from seniorlink_assets.launchers.base import JobFailed, Launcher, NotEnded, Order
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.sizing import for_copy
from seniorlink_assets.ledger import Entry
from spark.contract.job import Job

_SECONDS = 0.2


@dataclass(frozen=True)
class Submission:
    """A job that is not submitted yet, and the table, the run and the place it is for."""

    context: dg.AssetExecutionContext
    table: Declared
    job: Job
    bytes: int
    environment: Environment

    @property
    def _launcher(self) -> Launcher:
        return self.environment.launcher_for(self.table)

    def submit(self) -> bool:
        """Runs the job to its end; False if others were at work on its partitions until now.

        They have ended then, and what they committed need not be made again. JobFailed if the job
        fails, or if theirs did in a way that this one would too.
        """
        launcher, ledger, job = self._launcher, self.environment.ledger, self.job
        prepared = launcher.prepare(self._in_fitting_files(), self.bytes)
        entry = Entry(
            key=self.table.key,
            attempt=job.attempt,
            fingerprints=job.fingerprints,
            run_id=self.context.run.run_id,
            launcher=launcher.name,
            intended_at=datetime.now(UTC).isoformat(),
        )
        holders = ledger.claim(entry)
        for holder in holders:
            self._await(holder)
        if holders:
            return False
        papers = Papers(self.environment.papers_of(launcher.name), entry.place)
        self.context.log.info(f"One job is submitted; its papers are in {papers.where}")

        def submitted(handle: Mapping[str, Any]) -> None:
            ledger.submitted(entry, handle)

        try:
            launcher.run(
                self.context, Order(prepared, self.table.root, papers, self._seconds()), submitted
            )
        except NotEnded:
            raise
        except BaseException as error:
            self.environment.lake.discard(job.data, job.manifests.values())
            is_failure = isinstance(error, Exception)
            ledger.end(entry, "failed" if is_failure else "cancelled", _sentence(error))
            raise
        ledger.end(entry, "succeeded")
        return True

    def settle(self) -> None:
        """Follows jobs that nobody answers for to their end, or ends them, needed or not."""
        launcher, ledger = self._launcher, self.environment.ledger
        for holder in ledger.at_work(self.table.key):
            is_about_these = not self.job.fingerprints.keys().isdisjoint(holder.fingerprints)
            if (
                is_about_these
                and holder.launcher == launcher.name
                and _is_orphan(holder, self.context)
            ):
                self._await(holder)

    def _await(self, holder: Entry) -> None:
        """Waits for a job of another step, which may have died; ends it if nobody wants it."""
        launcher, ledger = self._launcher, self.environment.ledger
        if holder.launcher != launcher.name:
            raise JobFailed(
                f"A job on {holder.launcher} is at work on it since {holder.intended_at}; wait for "
                f"it there, or end it with SENIORLINK_LAUNCHER={holder.launcher} seniorlink jobs "
                "--reap"
            )
        is_orphan = _is_orphan(holder, self.context)
        papers = Papers(self.environment.papers_of(launcher.name), holder.place)
        handle = holder.handle or launcher.find(papers)
        if handle is None:
            if is_orphan:
                ledger.end(holder, "cancelled", "It was never submitted.")
            else:
                time.sleep(_SECONDS)
            return
        if is_orphan:
            holder = ledger.adopt(holder, self.context.run.run_id)
            if not self._wants(holder):
                self.context.log.info(f"Ending {holder.token}, which computes what nobody wants")
                launcher.cancel(papers, handle)
                ledger.end(holder, "cancelled", "What it was to compute had changed.")
                return
        self.context.log.info(
            f"Following the job {holder.token}, at work since {holder.intended_at}: "
            f"no other is submitted; its papers are in {papers.where}"
        )
        try:
            launcher.follow(self.context, papers, handle, self._seconds(holder))
        except NotEnded:
            raise
        except JobFailed as error:
            ledger.end(holder, "failed", str(error))
            if self._has_committed(holder):
                return
            if self._wants(holder) and not error.transient:
                raise
            self.context.log.warning(f"{error} It is tried again.")
        except BaseException as error:
            if is_orphan:
                launcher.cancel(papers, handle)
                ledger.end(holder, "cancelled", _sentence(error))
            raise
        else:
            ledger.end(holder, "succeeded")

    def _wants(self, holder: Entry) -> bool:
        wanted = self.job.fingerprints
        return any(wanted.get(part) == found for part, found in holder.fingerprints.items())

    def _has_committed(self, holder: Entry) -> bool:
        committed, found = self.environment.lake.committed, holder.fingerprints.items()
        return all(committed(holder.key, part, fingerprint) for part, fingerprint in found)

    def _in_fitting_files(self) -> Job:
        """The job, which writes files that its destination loads fast."""
        slices = self.environment.destination(self.table.contract).slices
        if slices is None or self.table.satellite:
            return self.job
        return replace(self.job, spark_conf={**for_copy(slices), **self.job.spark_conf})

    def _seconds(self, holder: Entry | None = None) -> float | None:
        """How long the job may still take."""
        if self.table.timeout is None:
            return None
        spent = 0.0
        if holder:
            began = datetime.fromisoformat(holder.intended_at)
            spent = max((datetime.now(UTC) - began).total_seconds(), 0)
        return self.table.timeout.total_seconds() - spent


def new_attempt(run_id: str) -> str:
    """A name that no other attempt has, and that says whose it is."""
    return f"{run_id[:8]}-{secrets.token_hex(3)}"


def _is_orphan(entry: Entry, context: dg.AssetExecutionContext) -> bool:
    """Whether this run is the one to answer for a job, because none other does."""
    if entry.run_id == context.run.run_id:
        return True
    run = context.instance.get_run_by_id(entry.run_id)
    return run is None or run.is_finished


def _sentence(error: BaseException) -> str:
    return str(error) if isinstance(error, JobFailed) else type(error).__name__
