"""EMR on EC2: clusters, living or transient, and the steps that run on them."""

import re
import secrets
import threading
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.emr_cluster import GONE, OVER, Cluster, Step
from assets_tests.doubles.aws.paging import page
from assets_tests.doubles.aws.refused import Refused, invalid
from assets_tests.doubles.aws.world import World

MOST_STEPS = 256
"""Pending and active ones of a cluster."""

MOST_PER_CALL = 256
PAGE = 50


class Emr:
    """All regions; what one region has, another does not know."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._clusters: dict[tuple[str, str], Cluster] = {}

    def run_job_flow(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        if not re.fullmatch(r"emr-[5678]\.\d+\.\d+", asked.get("ReleaseLabel", "")):
            raise invalid("The supplied release label is invalid.")
        if not asked.get("JobFlowRole") or not asked.get("ServiceRole"):
            raise invalid("A ServiceRole and an InstanceProfile (JobFlowRole) must be given.")
        if not 1 <= asked.get("StepConcurrencyLevel", 1) <= MOST_STEPS:
            raise invalid("StepConcurrencyLevel must be between 1 and 256.")
        cluster_id = f"j-{secrets.token_hex(7)[:13].upper()}"
        arn = f"arn:aws:elasticmapreduce:{call.region}:{DEFAULT_ACCOUNT_ID}:cluster/{cluster_id}"
        cluster = Cluster(self._world, call.region, cluster_id, arn, asked, datetime.now(UTC))
        cluster.idle = _idle(asked)
        steps = asked.get("Steps", [])
        self._check_steps(cluster, steps)
        with self._lock:
            self._clusters[call.region, cluster_id] = cluster
        cluster.add(steps)
        cluster.begin()
        return {"JobFlowId": cluster_id, "ClusterArn": arn}

    def describe_cluster(self, call: Call) -> dict[str, Any]:
        return {"Cluster": self._cluster(call, "ClusterId").to_json()}

    def list_clusters(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        states = asked.get("ClusterStates", [])
        after, before = asked.get("CreatedAfter"), asked.get("CreatedBefore")
        with self._lock:
            found = [
                cluster.to_json()
                for (region, _), cluster in reversed(self._clusters.items())
                if region == call.region
                and (not states or cluster.state in states)
                and (after is None or cluster.created > after)
                and (before is None or cluster.created < before)
            ]
        shown, token = page(found, asked, PAGE, "Marker", "Marker")
        return {"Clusters": shown, **token}

    def terminate_job_flows(self, call: Call) -> None:
        clusters = [
            self._known(call.region, cluster_id) for cluster_id in call.parameters["JobFlowIds"]
        ]
        if any(cluster.protected and cluster.state not in GONE for cluster in clusters):
            raise invalid("Could not shut down one or more job flows since they are protected.")
        for cluster in clusters:
            cluster.terminate("USER_REQUEST", "Terminated by user request")

    def set_termination_protection(self, call: Call) -> None:
        for cluster_id in call.parameters["JobFlowIds"]:
            self._known(call.region, cluster_id).protected = call.parameters["TerminationProtected"]

    def set_keep_job_flow_alive_when_no_steps(self, call: Call) -> None:
        for cluster_id in call.parameters["JobFlowIds"]:
            self._known(call.region, cluster_id).keep(
                call.parameters["KeepJobFlowAliveWhenNoSteps"]
            )

    def modify_cluster(self, call: Call) -> dict[str, Any]:
        cluster = self._cluster(call, "ClusterId")
        cluster.concurrency = call.parameters.get("StepConcurrencyLevel", cluster.concurrency)
        return {"StepConcurrencyLevel": cluster.concurrency}

    def get_auto_termination_policy(self, call: Call) -> dict[str, Any]:
        policy = self._cluster(call, "ClusterId").idle
        return {"AutoTerminationPolicy": policy} if policy else {}

    def put_auto_termination_policy(self, call: Call) -> None:
        cluster = self._cluster(call, "ClusterId")
        if cluster.state in (*GONE, "TERMINATING"):
            raise invalid("A terminated cluster cannot be modified.")
        cluster.idle = _idle(call.parameters)

    def remove_auto_termination_policy(self, call: Call) -> None:
        self._cluster(call, "ClusterId").idle = None

    def add_tags(self, call: Call) -> None:
        cluster = self._cluster(call, "ResourceId")
        cluster.tags |= {tag["Key"]: tag.get("Value", "") for tag in call.parameters["Tags"]}

    def remove_tags(self, call: Call) -> None:
        for key in call.parameters["TagKeys"]:
            self._cluster(call, "ResourceId").tags.pop(key, None)

    def add_job_flow_steps(self, call: Call) -> dict[str, Any]:
        cluster, steps = self._cluster(call, "JobFlowId"), call.parameters["Steps"]
        if cluster.state in (*GONE, "TERMINATING"):
            raise invalid(
                "A job flow that is shutting down, terminated, or finished may not be modified."
            )
        self._check_steps(cluster, steps)
        return {"StepIds": cluster.add(steps, call.parameters.get("ExecutionRoleArn"))}

    def describe_step(self, call: Call) -> dict[str, Any]:
        return {"Step": self._step(call, call.parameters["StepId"]).to_json()}

    def list_steps(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        states, ids = asked.get("StepStates", []), asked.get("StepIds", [])
        if len(ids) > 10:
            raise Refused("InvalidRequestException", "At most 10 step ids can be given.")
        found = [
            step.to_json()
            for step in reversed(self._cluster(call, "ClusterId").steps)
            if not step.lost
            and (not states or step.state in states)
            and (not ids or step.id in ids)
        ]
        shown, token = page(found, asked, PAGE, "Marker", "Marker")
        return {"Steps": shown, **token}

    def cancel_steps(self, call: Call) -> dict[str, Any]:
        cluster = self._cluster(call, "ClusterId")
        how = call.parameters.get("StepCancellationOption", "SEND_INTERRUPT")
        told = []
        for step_id in call.parameters["StepIds"]:
            step = self._step(call, step_id)
            if cluster.cancel(step, how):
                told.append({"StepId": step_id, "Status": "SUBMITTED", "Reason": ""})
            else:
                reason = f"Unable to cancel the step: it is {step.state}"
                told.append({"StepId": step_id, "Status": "FAILED", "Reason": reason})
        return {"CancelStepsInfoList": told}

    def _check_steps(self, cluster: Cluster, steps: list[dict[str, Any]]) -> None:
        left = sum(step.state not in OVER for step in cluster.steps)
        if len(steps) > MOST_PER_CALL or left + len(steps) > MOST_STEPS:
            raise invalid(f"Maximum number of active steps ({MOST_STEPS}) for cluster exceeded.")
        for step in steps:
            on_failure = step.get("ActionOnFailure", "TERMINATE_CLUSTER")
            if cluster.concurrency > 1 and on_failure != "CONTINUE":
                raise invalid(
                    f"ActionOnFailure {on_failure} is not valid for a cluster whose "
                    "StepConcurrencyLevel is greater than 1."
                )

    def _cluster(self, call: Call, name: str) -> Cluster:
        return self._known(call.region, call.parameters[name])

    def _known(self, region: str, id: str) -> Cluster:
        with self._lock:
            cluster = self._clusters.get((region, id))
        if cluster is None:
            raise Refused("InvalidRequestException", f"Cluster id '{id}' is not valid.")
        return cluster

    def _step(self, call: Call, id: str) -> Step:
        for step in self._cluster(call, "ClusterId").steps:
            if step.id == id and not step.lost:
                return step
        raise Refused("InvalidRequestException", f"Step id '{id}' is not valid.")


def _idle(asked: dict[str, Any]) -> dict[str, int] | None:
    policy = asked.get("AutoTerminationPolicy")
    if policy and not 60 <= policy.get("IdleTimeout", 3600) <= 604_800:
        raise invalid("IdleTimeout must be between 60 and 604800 seconds.")
    return policy
