"""What one job may do, as an IAM session policy: read what it was ordered to read, write its own.

A job runs as a role that may touch the whole lake; with this policy it may touch only what both
allow.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seniorlink_assets.sentence import SentenceError
from spark.contract.job import Job, LandingInput, SnapshotInput

LIMIT = 2048
"""Characters that EMR Serverless and STS take of a session policy."""

OF_LAKE = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject")
OF_KEY = ("kms:Decrypt", "kms:GenerateDataKey")
"""What a job does with objects of its own, and with the key that they are encrypted with."""

_ANY_KEY_OF_A_BUCKET = {
    "Effect": "Allow",
    "Action": [*OF_KEY],
    "Resource": ["*"],
    "Condition": {"StringLike": {"kms:ViaService": ["s3.*"]}},
}
"""Buckets may have keys of their own, which the role may use or not."""

_READ = ("s3:GetObject",)
_LOG = ("s3:PutObject",)
_SCHEMES = ("s3://", "s3a://")


class PolicyError(SentenceError):
    """A job that no session policy can be written for; says why and what to do."""


@dataclass(frozen=True)
class Places:
    """URLs of folders outside a job's order that it needs: its papers, its code, the logs' prefix.

    `kms_key` is the ARN of the key that objects are encrypted with, "" for their bucket's own;
    `partition` the second word of every ARN.
    """

    papers: str
    code: str
    logs: str = ""
    kms_key: str = ""
    partition: str = "aws"


def session_policy(job: Job, places: Places) -> str:
    """The policy as compact JSON, the same for the same order; PolicyError if it is too long.

    Names of objects may be listed in more folders than are readable where all of them do not fit.
    """
    exactly = _policy(job, places, _listed(job, places))
    if len(exactly) <= LIMIT:
        return exactly
    roughly = _policy(job, places, _roots(job, places))
    if len(roughly) <= LIMIT:
        return roughly
    raise PolicyError(
        f"{job.contract.key} reads too much for one session policy ({len(roughly):,} characters, "
        f"of which AWS takes {LIMIT:,}); shorten the prefixes of SENIORLINK_LAKE and "
        "SENIORLINK_LANDING, or give the table fewer inputs"
    )


def _policy(job: Job, places: Places, listed: Sequence[str]) -> str:
    def objects(patterns: Iterable[str]) -> list[str]:
        return [f"arn:{places.partition}:s3:::{pattern}" for pattern in sorted({*patterns})]

    statements = [
        _allow(_READ, objects(f"{folder}/*" for folder in _read_only(job, places))),
        _allow(OF_LAKE, objects(_own(job, places))),
        *_listing(places, listed),
    ]
    if places.logs:
        statements.append(_allow(_LOG, objects([f"{_in_s3(places.logs)}/*"])))
    statements.append(_allow(OF_KEY, [places.kms_key]) if places.kms_key else _ANY_KEY_OF_A_BUCKET)
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _allow(actions: Sequence[str], resources: Sequence[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [*actions], "Resource": [*resources]}


# IfExists: a request for an object that is not there names no prefix. Without the right to list, S3
# answers it with 403 instead of 404, and Hadoop takes that for a failure.
def _listing(places: Places, patterns: Sequence[str]) -> Iterable[Mapping[str, Any]]:
    by_bucket: dict[str, list[str]] = {}
    for pattern in sorted({*patterns}):
        bucket, _, prefix = pattern.partition("/")
        by_bucket.setdefault(bucket, []).append(prefix)
    for bucket, prefixes in by_bucket.items():
        yield {
            **_allow(["s3:ListBucket"], [f"arn:{places.partition}:s3:::{bucket}"]),
            "Condition": {"StringLikeIfExists": {"s3:prefix": prefixes}},
        }


def _listed(job: Job, places: Places) -> list[str]:
    return [*(f"{folder}/*" for folder in _read_only(job, places)), *_own(job, places)]


def _roots(job: Job, places: Places) -> list[str]:
    """All of the lake and all that has landed, instead of a folder of each input."""
    landed = [folder.partition("/landing/")[0] for folder in _landing(job)]
    folders = [_in_s3(job.lake), _in_s3(places.papers), _in_s3(places.code)]
    return [*(f"{folder}/*" for folder in folders), *(f"{root}/landing/*" for root in landed)]


def _own(job: Job, places: Places) -> list[str]:
    """Where this attempt writes: its data with the manifest of each partition, and its papers."""
    written = f"{_in_s3(job.lake)}/snapshots/{job.contract.key}/*{job.attempt}/*"
    return [written, f"{_in_s3(places.papers)}/*"]


def _read_only(job: Job, places: Places) -> list[str]:
    """The folders that a job reads: one of each input, and its code."""
    tables = [
        f"{_in_s3(job.lake)}/snapshots/{given.contract.key}"
        for given in job.inputs.values()
        if isinstance(given, SnapshotInput)
    ]
    return [*tables, *_landing(job), _in_s3(places.code)]


def _landing(job: Job) -> Iterator[str]:
    """The folder of each landing set that a job reads files of."""
    for given in job.inputs.values():
        if not isinstance(given, LandingInput):
            continue
        folder = given.landing.folder
        for file in next((files for files in given.days.values() if files), ())[:1]:
            root, found, _ = _in_s3(file).rpartition(f"/{folder}/")
            if not found:
                raise PolicyError(
                    f"{file} does not lie in a folder {folder}, which {job.contract.key} reads; "
                    "set SENIORLINK_LANDING to the folder above it"
                )
            yield f"{root}/{folder}"


def _in_s3(url: str) -> str:
    """Bucket and key of a URL."""
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            return url.removeprefix(scheme).rstrip("/")
    raise PolicyError(
        f"{url} is not in S3, so no session policy can say who may read it; "
        "set SENIORLINK_LAKE and SENIORLINK_LANDING to s3://..."
    )
