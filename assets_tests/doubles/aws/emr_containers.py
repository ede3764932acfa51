"""EMR on EKS: virtual clusters and their job runs."""

import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.later import later
from assets_tests.doubles.aws.logs import put_events, ship_text
from assets_tests.doubles.aws.paging import page
from assets_tests.doubles.aws.refused import Refused, invalid, not_found
from assets_tests.doubles.aws.submit import Submission, classified, parsed
from assets_tests.doubles.aws.work import Work
from assets_tests.doubles.aws.world import World

OVER = ("COMPLETED", "FAILED", "CANCELLED")
PAGE = 50


@dataclass
class VirtualCluster:
    id: str
    arn: str
    asked: dict[str, Any]
    created: datetime
    state: str = "RUNNING"


@dataclass
class Run:
    id: str
    arn: str
    cluster: VirtualCluster
    asked: dict[str, Any]
    submission: Submission
    created: datetime
    tags: dict[str, str]
    state: str = "PENDING"
    details: str | None = None
    reason: str | None = None
    finished: datetime | None = None
    job: Job | None = None
    lost: bool = False
    stopping: threading.Event = field(default_factory=threading.Event)
    application: str = field(default_factory=lambda: f"spark-{secrets.token_hex(16)}")


class EmrContainers:
    """All regions; what one region has, another does not know."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._clusters: dict[tuple[str, str], VirtualCluster] = {}
        self._runs: dict[str, list[Run]] = {}
        self._by_token: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}

    # Virtual clusters

    def create_virtual_cluster(self, call: Call) -> dict[str, Any]:
        asked, cluster_id = call.parameters, secrets.token_hex(13)[:25]
        root = f"arn:aws:emr-containers:{call.region}:{DEFAULT_ACCOUNT_ID}"
        arn = f"{root}:/virtualclusters/{cluster_id}"
        with self._lock:
            for other in self._clusters.values():
                if other.state == "RUNNING" and _namespace(other.asked) == _namespace(asked):
                    raise invalid("A virtual cluster already exists in the given namespace")
            cluster = VirtualCluster(cluster_id, arn, asked, datetime.now(UTC))
            self._clusters[call.region, cluster_id] = cluster
            self._runs[cluster_id] = []
        return {"id": cluster_id, "name": asked["name"], "arn": arn}

    def describe_virtual_cluster(self, call: Call) -> dict[str, Any]:
        with self._lock:
            return {"virtualCluster": self._shown(self._cluster(call, "id"))}

    def list_virtual_clusters(self, call: Call) -> dict[str, Any]:
        states = call.parameters.get("states", [])
        with self._lock:
            found = [
                self._shown(cluster)
                for (region, _), cluster in self._clusters.items()
                if region == call.region and (not states or cluster.state in states)
            ]
        shown, token = page(found, call.parameters, PAGE)
        return {"virtualClusters": shown, **token}

    def delete_virtual_cluster(self, call: Call) -> dict[str, Any]:
        with self._lock:
            cluster = self._cluster(call, "id")
            cluster.state = "TERMINATED"
        return {"id": cluster.id}

    # Job runs

    def start_job_run(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        driver = asked.get("jobDriver", {}).get("sparkSubmitJobDriver")
        if driver is None or "executionRoleArn" not in asked or "releaseLabel" not in asked:
            raise invalid("executionRoleArn, releaseLabel and a sparkSubmitJobDriver are needed.")
        if not re.fullmatch(r"emr-\d+\.\d+\.\d+-(latest|\d{8})", asked["releaseLabel"]):
            raise not_found("Release", asked["releaseLabel"])
        submission = parsed(driver.get("sparkSubmitParameters", ""))
        token, text = asked["clientToken"], json.dumps(asked, sort_keys=True, default=str)
        with self._lock:
            cluster = self._cluster(call, "virtualClusterId")
            if cluster.state != "RUNNING":
                raise invalid(f"Virtual cluster {cluster.id} is {cluster.state}")
            known = self._by_token.get((cluster.id, token))
            if known is None:
                known = text, self._start(call, cluster, submission)
                self._by_token[cluster.id, token] = known
            if known[0] != text:
                raise invalid(f"The client token {token} was used with other parameters.")
            return known[1]

    def describe_job_run(self, call: Call) -> dict[str, Any]:
        with self._lock:
            return {"jobRun": self._described(self._run(call))}

    def list_job_runs(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        states, name = asked.get("states", []), asked.get("name")
        after, before = asked.get("createdAfter"), asked.get("createdBefore")
        with self._lock:
            found = [
                self._described(run)
                for run in reversed(self._runs[self._cluster(call, "virtualClusterId").id])
                if not run.lost
                and (not states or run.state in states)
                and (name is None or run.asked.get("name") == name)
                and (after is None or run.created > after)
                and (before is None or run.created < before)
            ]
        shown, token = page(found, asked, PAGE)
        return {"jobRuns": shown, **token}

    def cancel_job_run(self, call: Call) -> dict[str, Any]:
        with self._lock:
            run = self._run(call)
            if run.state in (*OVER, "CANCEL_PENDING"):
                raise invalid(f"Job run {run.id} is not in a cancellable state")
            run.state = "CANCEL_PENDING"
            run.stopping.set()
            if run.job is not None:
                run.job.stop("cancelled")
        return {"id": run.id, "virtualClusterId": run.cluster.id}

    # Tags

    def tag_resource(self, call: Call) -> None:
        with self._lock:
            self._tags(call).update(call.parameters["tags"])

    def untag_resource(self, call: Call) -> None:
        with self._lock:
            for key in call.parameters["tagKeys"]:
                self._tags(call).pop(key, None)

    def list_tags_for_resource(self, call: Call) -> dict[str, Any]:
        with self._lock:
            return {"tags": dict(self._tags(call))}

    # The life of a job run

    def _start(self, call: Call, cluster: VirtualCluster, submission: Submission) -> dict[str, Any]:
        asked, run_id = call.parameters, f"{secrets.token_hex(10)[:19]}"
        run = Run(
            run_id,
            f"{cluster.arn}/jobruns/{run_id}",
            cluster,
            asked,
            Submission(submission.parameters, {**self._defaults(asked), **submission.conf}),
            datetime.now(UTC),
            dict(asked.get("tags", {})),
        )
        self._runs[cluster.id].append(run)
        threading.Thread(target=self._live, args=(run, call.region), daemon=True).start()
        told = {"id": run_id, "arn": run.arn, "virtualClusterId": cluster.id}
        return {**told, "name": asked["name"]} if "name" in asked else told

    def _live(self, run: Run, region: str) -> None:
        faults, name = self._world.faults, run.asked.get("name", "")
        if (lost := faults.for_job("lose", "emr-containers", name)) is not None:
            later(lost.seconds, self._lose, run)
        run.stopping.wait(self._world.pace)
        self._to(run, "SUBMITTED")
        run.stopping.wait(self._world.pace)
        if faults.for_job("capacity", "emr-containers", name) is not None:
            self._to(
                run,
                "FAILED",
                "Job submitter pod could not be scheduled: 0/3 nodes are available: insufficient "
                "cpu.",
                "CLUSTER_UNAVAILABLE",
            )
            return
        code, attempts = 0, run.asked.get("retryPolicyConfiguration", {}).get("maxAttempts", 1)
        for attempt in range(1, attempts + 1):
            code = self._attempt(run, region, attempt)
            if run.stopping.is_set():
                break
            if code == 0:
                self._to(run, "COMPLETED", "JobRun completed successfully.")
                return
        if run.stopping.is_set():
            self._to(run, "CANCELLED", "JobRun CANCELLED successfully.")
        else:
            self._to(
                run,
                "FAILED",
                "Please refer logs uploaded to S3/CloudWatch based on your monitoring "
                f"configuration. Driver exit code: {code}",
                "USER_ERROR",
            )

    def _attempt(self, run: Run, region: str, attempt: int) -> int:
        driver = run.asked["jobDriver"]["sparkSubmitJobDriver"]
        prefix = "spark.kubernetes.driverEnv."
        conf = run.submission.conf
        job = self._world.job(
            "emr-containers",
            f"{run.id}-{attempt}",
            Work(
                run.asked.get("name", ""),
                driver["entryPoint"],
                driver.get("entryPointArguments", []),
                run.submission.parameters,
                conf,
                {
                    **self._exported(run.asked),
                    **{
                        name.removeprefix(prefix): value
                        for name, value in conf.items()
                        if name.startswith(prefix)
                    },
                },
            ),
        )
        with self._lock:
            run.job = job
            if run.lost:
                job.stop("lost", 137)
            if run.stopping.is_set():
                return 143
        self._to(run, "RUNNING")
        ended = job.run()
        self._ship_logs(run, job, region)
        return ended.code

    def _lose(self, run: Run) -> None:
        with self._lock:
            run.lost = True
            if run.job is not None:
                run.job.stop("lost", 137)

    def _to(
        self, run: Run, state: str, details: str | None = None, reason: str | None = None
    ) -> None:
        with self._lock:
            if run.state in OVER or (run.state == "CANCEL_PENDING" and state != "CANCELLED"):
                return
            run.state, run.details, run.reason = state, details, reason
            if state in OVER:
                run.finished = datetime.now(UTC)

    def _ship_logs(self, run: Run, job: Job, region: str) -> None:
        monitoring = run.asked.get("configurationOverrides", {}).get("monitoringConfiguration", {})
        path = f"{run.cluster.id}/jobs/{run.id}/containers/{run.application}/spark-{run.id}-driver"
        uri = monitoring.get("s3MonitoringConfiguration", {}).get("logUri", "").rstrip("/")
        cloudwatch = monitoring.get("cloudWatchMonitoringConfiguration", {})
        for name in ("stdout", "stderr"):
            if uri:
                ship_text(job, f"{uri}/{path}/{name}.gz", job.output(name))
            if group := cloudwatch.get("logGroupName"):
                prefix = cloudwatch.get("logStreamNamePrefix", "")
                stream = f"{prefix}/{path}/{name}".lstrip("/")
                put_events(region, group, stream, job.output(name))

    # Looking up and describing

    def _cluster(self, call: Call, name: str) -> VirtualCluster:
        cluster_id = call.parameters[name]
        cluster = self._clusters.get((call.region, cluster_id))
        if cluster is None:
            raise not_found("Virtual cluster", cluster_id)
        return cluster

    def _run(self, call: Call) -> Run:
        cluster, run_id = self._cluster(call, "virtualClusterId"), call.parameters["id"]
        for run in self._runs[cluster.id]:
            if run.id == run_id and not run.lost:
                return run
        raise not_found("Job run", run_id)

    def _tags(self, call: Call) -> dict[str, str]:
        arn = call.parameters["resourceArn"]
        for runs in self._runs.values():
            for run in runs:
                if run.arn == arn:
                    return run.tags
        raise Refused("ResourceNotFoundException", f"{arn} does not exist", 404)

    def _defaults(self, asked: dict[str, Any]) -> dict[str, str]:
        overrides = asked.get("configurationOverrides", {})
        return classified(overrides.get("applicationConfiguration", []), "spark-defaults")

    def _exported(self, asked: dict[str, Any]) -> dict[str, str]:
        overrides = asked.get("configurationOverrides", {})
        return classified(overrides.get("applicationConfiguration", []), "export")

    def _shown(self, cluster: VirtualCluster) -> dict[str, Any]:
        return {
            "id": cluster.id,
            "name": cluster.asked["name"],
            "arn": cluster.arn,
            "state": cluster.state,
            "containerProvider": cluster.asked["containerProvider"],
            "createdAt": cluster.created,
            "tags": cluster.asked.get("tags", {}),
        }

    def _described(self, run: Run) -> dict[str, Any]:
        kept = (
            "name",
            "clientToken",
            "executionRoleArn",
            "releaseLabel",
            "configurationOverrides",
            "jobDriver",
            "retryPolicyConfiguration",
        )
        return {
            **{name: run.asked[name] for name in kept if name in run.asked},
            "id": run.id,
            "arn": run.arn,
            "virtualClusterId": run.cluster.id,
            "state": run.state,
            "stateDetails": run.details,
            "failureReason": run.reason,
            "createdAt": run.created,
            "createdBy": f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/double",
            "finishedAt": run.finished,
            "tags": run.tags,
        }


def _namespace(asked: dict[str, Any]) -> tuple[str, str]:
    provider = asked["containerProvider"]
    return provider["id"], provider.get("info", {}).get("eksInfo", {}).get("namespace", "default")
