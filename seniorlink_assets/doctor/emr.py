"""Checks of EMR on clusters and on EKS: that they last, and what we and their jobs may do."""

from collections.abc import Sequence

from seniorlink_assets.doctor import rights
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import Unsaid, unless
from seniorlink_assets.launchers.aws import asking
from seniorlink_assets.launchers.emr_ec2 import EmrSteps, EmrTransient
from seniorlink_assets.launchers.emr_eks import EmrEks
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.launchers.service import Service

_STEPS = ("AddJobFlowSteps", "CancelSteps", "DescribeCluster", "DescribeStep", "ListSteps")
_CLUSTERS = ("RunJobFlow", "ListClusters", "AddTags", "PutAutoTerminationPolicy")
_RUNS = ("StartJobRun", "ListJobRuns", "TagResource")
_RUN = ("DescribeJobRun", "CancelJobRun")


def lasting(account: Account) -> str:
    """Whether a cluster that is kept alive ends by itself."""
    service = _service(account)
    if not isinstance(service, EmrSteps) or isinstance(service, EmrTransient):
        raise Unsaid("there is no cluster that must be kept alive")
    with unless("refused"), asking(f"look how the cluster {service.cluster} ends"):
        said = account.client("emr").get_auto_termination_policy(ClusterId=service.cluster)
    if policy := said.get("AutoTerminationPolicy"):
        minutes = policy["IdleTimeout"] / 60
        raise Unsaid(
            f"{service.cluster} ends by itself after {minutes:.0f} idle minutes, and what comes "
            "later finds none"
        )
    return f"{service.cluster} does not end by itself"


def permissions(account: Account) -> str:
    service, us = _service(account), rights.us(account)
    if isinstance(service, EmrEks):
        lacks, role = _on_eks(account, us, service), service.role
    elif isinstance(service, EmrTransient):
        lacks, role = _on_clusters(account, us, service), ""
    elif isinstance(service, EmrSteps):
        lacks, role = _on_cluster(account, us, service), service.role
    else:
        raise Unsaid("jobs are started without asking AWS")
    rights.refuse(us, lacks)
    if not role:
        return f"{us} may start, see and end jobs, which may do what their nodes may"
    rights.refuse(role, [*rights.of_jobs(account, role)])
    return f"{us} may start, see and end jobs, which may use lake and landing"


def _on_cluster(account: Account, us: str, service: EmrSteps) -> Sequence[str]:
    with asking(f"look at the cluster {service.cluster}"):
        found = account.client("emr").describe_cluster(ClusterId=service.cluster)["Cluster"]
    given = {"elasticmapreduce:ExecutionRoleArn": service.role} if service.role else {}
    return rights.denied(
        account, us, _named("elasticmapreduce", _STEPS), found["ClusterArn"], given
    )


def _on_clusters(account: Account, us: str, service: EmrTransient) -> Sequence[str]:
    actions = _named("elasticmapreduce", (*_STEPS, *_CLUSTERS))
    role = service.template["ServiceRole"]
    if not role.startswith("arn:"):
        partition = account.identity["Arn"].split(":")[1]
        role = f"arn:{partition}:iam::{account.identity['Account']}:role/{role}"
    passing = rights.passing(account, role, "elasticmapreduce.amazonaws.com")
    return [*rights.denied(account, us, actions, "*"), *passing]


def _on_eks(account: Account, us: str, service: EmrEks) -> Sequence[str]:
    with asking(f"look at the virtual cluster {service.cluster}"):
        found = account.client("emr-containers").describe_virtual_cluster(id=service.cluster)
    arn = found["virtualCluster"]["arn"]
    given = {"emr-containers:ExecutionRoleArn": service.role}
    runs = rights.denied(account, us, _named("emr-containers", _RUNS), arn, given)
    return [*runs, *rights.denied(account, us, _named("emr-containers", _RUN), f"{arn}/jobruns/*")]


def _named(service: str, actions: Sequence[str]) -> list[str]:
    return [f"{service}:{action}" for action in actions]


def _service(account: Account) -> Service | None:
    launcher = account.launcher
    return launcher.service if isinstance(launcher, RemoteLauncher) else None
