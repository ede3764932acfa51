"""Why a job failed that ran at a service: what that says of it, and what the driver's log tells."""

import json
import re
from contextlib import suppress
from dataclasses import dataclass, replace

from seniorlink_assets.launchers.explanation import Explanation, explain
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.service import LOST, ServiceState
from seniorlink_assets.sentence import SentenceError

LOG = "stderr.log"
"""The paper that has the end of the driver's log."""

LOG_BYTES = 1 << 18

_LOST = (
    "The service does not know the job any more; materialize again, what it committed is used.",
    "service",
    True,
)
_CANCELLED = ("Somebody ended the job at its service; materialize again.", "killed", False)

_GIVE_MEMORY = (
    "give it more with spark_conf={'spark.%s.memory': ...} in its declaration, or have it read "
    "less at once"
)


@dataclass(frozen=True)
class _Sign:
    """What a text in the details or the log means, and what a person is told."""

    pattern: re.Pattern[str]
    kind: str
    transient: bool
    sentence: str


def _sign(pattern: str, kind: str, sentence: str, *, transient: bool = False) -> _Sign:
    return _Sign(re.compile(pattern, re.IGNORECASE | re.MULTILINE), kind, transient, sentence)


_OVERRIDING = (
    _sign(
        r"timed? ?out after|execution timeout|timeout exceeded|exceeded .{0,40}timeout"
        r"|reached .{0,40}timeout|maximum execution time",
        "timeout",
        "The service ended the job because it took longer than its timeout; give it more time or "
        "less to do.",
    ),
    _sign(
        r"spot (instance )?interruption|instance .{0,30}(terminated|reclaimed)|node .{0,30}lost",
        "killed",
        "A machine that the job ran on was taken away; materialize again.",
        transient=True,
    ),
)
"""Said by a service, these are the cause, whatever the job could say before."""

_SIGNS = (
    _sign(
        r"maximum ?capacity|exceed\w* (the )?(application|account)('s)? (maximum|max|quota|limit)"
        r"|insufficient ?capacity|no capacity|capacity .{0,40}(unavailable|not available|exceeded)"
        r"|CLUSTER_UNAVAILABLE|insufficient.{0,20}(cpu|memory|nodes)|Unschedulable"
        r"|service ?quota|vcpu.{0,20}(quota|limit)",
        "capacity",
        "There was no room for the job where it was to run; materialize again later, or raise the "
        "place's largest capacity.",
        transient=True,
    ),
    _sign(
        r"(NoSuchFile|FileNotFound)Exception:? .{0,200}/(entry\.py|code\.zip)"
        r"|(can't|cannot) open file .{0,200}entry\.py",
        "code",
        "The job's entry point is not where it was shipped to; run `seniorlink deploy code`, then "
        "materialize again.",
        transient=True,
    ),
    _sign(
        r"could not assume .{0,20}execution role",
        "permission",
        "The service could not take on the job's execution role; see that SENIORLINK_EMR_ROLE "
        "names a role that exists and that trusts the service.",
    ),
    _sign(
        r"AccessDenied|Access Denied|Status Code: 403|not authorized to perform|403 Forbidden"
        r"|AccessControlException",
        "permission",
        "AWS refused the job what it needs (access denied); let its execution role and its session "
        "policy reach the lake, the landing files and the KMS key, see `seniorlink doctor --env "
        "aws`.",
    ),
    _sign(
        r"running beyond (physical|virtual) memory limits|exceeding memory limits"
        r"|Container killed by YARN",
        "memory",
        "YARN killed a process of the job because it took more memory than it was given; "
        + _GIVE_MEMORY % "executor"
        + ".",
    ),
    _sign(
        r"OOMKilled|exceeded its memory limit",
        "memory",
        "Kubernetes killed a process of the job because it took more memory than it was given; "
        + _GIVE_MEMORY % "driver"
        + ".",
    ),
    _sign(
        r"OutOfMemoryError|exit (status|code)[ :]*52\b",
        "memory",
        "The job ran out of Java memory; " + _GIVE_MEMORY % "driver" + ".",
    ),
    _sign(
        r"exit ?(code|status)[ :=]*(137|-9)\b|signal 9|SIGKILL|(?-i:^Killed$)",
        "killed",
        "The job was killed (exit 137), as a machine does that is out of memory; materialize "
        "again, and if it happens again " + _GIVE_MEMORY % "driver" + ".",
        transient=True,
    ),
    _sign(
        r"exit ?(code|status)[ :=]*(143|-15)\b|SIGTERM",
        "killed",
        "The job was ended from outside (exit 143), as a machine does that is shut down; "
        "materialize again.",
        transient=True,
    ),
    _sign(
        r"No space left on device",
        "disk",
        "A disk of the job's workers is full (No space left on device); give them more with "
        "spark_conf={'spark.emr-serverless.executor.disk': ...}, or have it write less.",
    ),
    _sign(
        r"INTERNAL_ERROR|internal (service )?error|Job run failed due to service",
        "service",
        "The service failed the job by a fault of its own; materialize again.",
        transient=True,
    ),
)
"""The first that fits is the one."""


def diagnose(papers: Papers, state: ServiceState) -> Explanation:
    """What the job said of its end, or else what the service and the log of its driver tell.

    Details and logs may hold values of the data: they choose a sentence, and are never shown. What
    is found is kept with the papers.
    """
    told = _told(papers, state)
    if told is None:
        return explain(papers, 1)
    sentence, kind, is_transient = told
    said = {"sentence": sentence, "kind": kind, "transient": is_transient, "trace": []}
    with suppress(SentenceError, OSError):
        papers.put("failure.json", json.dumps(said).encode())
    return replace(explain(papers, 1), sentence=sentence, kind=kind, transient=is_transient)


def _told(papers: Papers, state: ServiceState) -> tuple[str, str, bool] | None:
    """Sentence, kind and whether another try may succeed; None if the job itself has said it."""
    for sign in _OVERRIDING:
        if sign.pattern.search(state.details):
            return sign.sentence, sign.kind, sign.transient
    if papers.read("failure.json") is not None:
        return None
    if state.word == LOST:
        return _LOST
    if state.phase == "cancelled":
        return _CANCELLED
    log = (papers.tail(LOG, LOG_BYTES) or b"").decode("utf-8", "replace")
    for text in (state.details, log):
        for sign in _SIGNS:
            if sign.pattern.search(text):
                return sign.sentence, sign.kind, sign.transient
    code = re.search(r"exit ?(?:code|status)[ :=]*(-?\d+)", state.details, re.IGNORECASE)
    ended = f"ended with {code[1]}" if code else f"failed ({state.word})"
    see = f"{papers.where}/{LOG}" if log else "the logs of the service"
    return f"The job {ended} and said nothing of why; see {see}.", "spark", False
