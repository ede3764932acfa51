"""The life of a job run of EMR Serverless, from SUBMITTED to its end, in a thread of its own."""

import math
import re
import threading
import time
from datetime import UTC, datetime

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends

from assets_tests.doubles.aws.capacity import total
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.logs import ship_to_cloudwatch, ship_to_s3
from assets_tests.doubles.aws.serverless_model import OVER, Attempt, Run
from assets_tests.doubles.aws.work import Ended, Work
from assets_tests.doubles.aws.world import World

SERVICE = "emr-serverless"
NO_QUOTA = (
    "Job failed as account has reached the service limit on the maximum vCPU it can use "
    "concurrently (ServiceQuotaExceededException)."
)
FAILED = (
    "Job failed, please check complete logs in configured logging destination. "
    "ExitCode: {code}. Last few exceptions: {last}"
)
ENV = "spark.emr-serverless.driverEnv."


class Lives:
    """Lets job runs live; `lock` guards everything that runs and applications are."""

    def __init__(self, world: World, lock: threading.RLock) -> None:
        self._world, self._lock = world, lock
        self._changed = threading.Condition(lock)

    def begin(self, run: Run, region: str) -> None:
        threading.Thread(target=self._live, args=(run, region), daemon=True).start()

    def end(self, run: Run, reason: str = "") -> None:
        """Cancels a run that is not over; a timeout gives a reason."""
        with self._lock:
            if run.state in OVER or run.stopping.is_set():
                return
            run.reason = reason
            run.stopping.set()
            if run.state == "RUNNING":
                run.to("CANCELLING", reason)
            if run.job is not None:
                run.job.stop("cancelled")
            self._changed.notify_all()

    def _live(self, run: Run, region: str) -> None:
        faults = self._world.faults
        if (lost := faults.for_job("lose", SERVICE, run.name)) is not None:
            later(lost.seconds, self._lose, run)
        self._rest(run)
        with self._lock:
            run.application.start()
        if faults.for_job("capacity", SERVICE, run.name) is not None:
            self._to(run, "PENDING")
            self._rest(run)
            self._to(run, "FAILED", NO_QUOTA)
        elif self._admitted(run):
            self._attempts(run, region)
            self._release(run)
        if run.stopping.is_set():
            self._to(run, "CANCELLING", run.reason)
            self._rest(run)
            self._to(run, "CANCELLED", run.reason)

    def _attempts(self, run: Run, region: str) -> None:
        allowed = run.asked.get("retryPolicy", {}).get("maxAttempts", 1)
        for number in range(1, allowed + 1):
            if number > 1:
                self._begin_again(run, number)
            for state in ("PENDING", "SCHEDULED"):
                if not self._to(run, state):
                    return
                self._rest(run)
            if (sentence := _wrong_role(run)) is not None:
                self._to(run, "FAILED", sentence)
                return
            ended = self._attempt(run, number, region)
            if ended is None or run.stopping.is_set():
                return
            if ended.code == 0:
                self._to(run, "SUCCESS")
                return
            if number == allowed:
                self._to(run, "FAILED", _failure(run, ended))

    def _begin_again(self, run: Run, number: int) -> None:
        now = datetime.now(UTC)
        with self._lock:
            run.attempts[-1].state = "FAILED"
            run.attempts.append(Attempt(number, now, now))

    def _attempt(self, run: Run, number: int, region: str) -> Ended | None:
        """None if it was cancelled before it began."""
        job = self._world.job(SERVICE, f"{run.id}-{number}", _work(run))
        with self._lock:
            run.job = job
            if run.lost:
                job.stop("lost", 137)
            if not run.to("RUNNING"):
                job.over.set()
                return None
            run.started = run.started or datetime.now(UTC)
        minutes = run.asked.get("executionTimeoutMinutes", 720)
        timeout = f"Job run was cancelled as it exceeded its timeout of {minutes} minutes."
        seconds = minutes * self._world.minute if minutes else threading.TIMEOUT_MAX
        timer = later(seconds, self.end, run, timeout)
        ended = job.run()
        timer.cancel()
        with self._lock:
            run.seconds += job.seconds
            _bill(run)
        _ship_logs(run, number, job, region)
        return ended

    def _lose(self, run: Run) -> None:
        with self._lock:
            run.lost = True
            if run.job is not None:
                run.job.stop("lost", 137)

    def _admitted(self, run: Run) -> bool:
        """Waits for capacity where the application queues; False if the run is over instead."""
        scheduler = run.application.asked.get("schedulerConfiguration")
        minutes = (scheduler or {}).get("queueTimeoutMinutes", 360)
        begun = time.monotonic()
        deadline = begun + minutes * self._world.minute
        with self._lock:
            while not run.stopping.is_set():
                over = _over_capacity(run)
                if over is None:
                    run.holds, run.queued = True, time.monotonic() - begun
                    return True
                if scheduler is None:
                    run.to("PENDING")
                    run.to("FAILED", over)
                    return False
                run.to("QUEUED", "Job run is queued: the application is at its limit.")
                if time.monotonic() > deadline:
                    run.to("FAILED", f"Job run was in the queue for {minutes} minutes.")
                    return False
                self._changed.wait(min(0.5, max(deadline - time.monotonic(), 0.01)))
        return False

    def _release(self, run: Run) -> None:
        with self._lock:
            run.holds = False
            run.application.idle_since = time.monotonic()
            self._changed.notify_all()

    def _to(self, run: Run, state: str, details: str = "") -> bool:
        with self._lock:
            return run.to(state, details)

    def _rest(self, run: Run) -> None:
        run.stopping.wait(self._world.pace)


def _work(run: Run) -> Work:
    spark, conf = run.asked["jobDriver"]["sparkSubmit"], run.submission.conf
    return Work(
        run.name,
        spark["entryPoint"],
        spark.get("entryPointArguments", []),
        run.submission.parameters,
        conf,
        {name.removeprefix(ENV): value for name, value in conf.items() if name.startswith(ENV)},
        run.policy,
    )


def _over_capacity(run: Run) -> str | None:
    """Why there is no room for a run now; None if there is."""
    asked = run.application.asked
    holding = [other for other in run.application.runs if other.holds]
    most = asked.get("schedulerConfiguration", {}).get("maxConcurrentRuns")
    if most is not None and len(holding) >= most:
        return "The application runs as many jobs as it may."
    limit = asked.get("maximumCapacity")
    if limit is None or total([run.size, *(other.size for other in holding)]).fits(limit):
        return None
    shown = ", ".join(f"{name}: {value}" for name, value in limit.items())
    return (
        "Worker could not be allocated as the application has exceeded maximumCapacity "
        f"settings: [{shown}] (ApplicationMaxCapacityExceededException)."
    )


def _wrong_role(run: Run) -> str | None:
    arn = run.asked["executionRoleArn"]
    if any(role.arn == arn for role in iam_backends[DEFAULT_ACCOUNT_ID]["aws"].roles.values()):
        return None
    return (
        f"Could not assume the execution role {arn} because it does not exist or is not set up "
        "with the required trust relationship."
    )


def _failure(run: Run, ended: Ended) -> str:
    """The details of a failed run, as the service words them."""
    if ended.code == 137:
        return FAILED.format(code=137, last="Driver container was killed.")
    error = run.job.output("stderr") if run.job else ""
    lines = [line for line in error.splitlines() if re.search(r"(Error|Exception)\b", line)]
    last = " ".join(line.strip() for line in lines[-2:])
    return FAILED.format(code=ended.code, last=last or "...")


def _bill(run: Run) -> None:
    """Every worker is billed by the second, and for a minute at least."""
    billed = math.ceil(max(run.seconds, 60)) / 3600
    run.used = run.size.hours(run.seconds / 3600)
    run.billed = {**run.size.hours(billed), "storageGBHour": run.size.disk_beyond_free(billed)}


def _ship_logs(run: Run, number: int, job: Job, region: str) -> None:
    monitoring = {
        **run.application.asked.get("monitoringConfiguration", {}),
        **run.asked.get("configurationOverrides", {}).get("monitoringConfiguration", {}),
    }
    path = f"applications/{run.application.id}/jobs/{run.id}"
    if number > 1:
        path += f"/attempts/{number}"
    if uri := monitoring.get("s3MonitoringConfiguration", {}).get("logUri"):
        ship_to_s3(job, f"{uri.rstrip('/')}/{path}/SPARK_DRIVER")
    cloudwatch = monitoring.get("cloudWatchLoggingConfiguration", {})
    if cloudwatch.get("enabled"):
        group = cloudwatch.get("logGroupName", "/aws/emr-serverless")
        prefix = cloudwatch.get("logStreamNamePrefix", "").rstrip("/")
        ship_to_cloudwatch(job, region, group, f"{prefix}/{path}/SPARK_DRIVER".lstrip("/"))
