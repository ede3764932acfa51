"""Checks of the buckets: that the lake, what has landed and the logs can be used as they are."""

import secrets

from seniorlink_assets.buckets import bucket_and_key
from seniorlink_assets.deploy import pack, unshipped
from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, Unsaid, unless
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.launchers.aws import asking
from seniorlink_assets.storage.base import Storage

_PROBE = b"seniorlink doctor"


def bucket(account: Account) -> str:
    bucket, region = bucket_and_key(account.buckets.lake_url)[0], account.buckets.region
    with asking(f"look at the bucket {bucket}"):
        found = account.client("s3").head_bucket(Bucket=bucket).get("BucketRegion", region)
    if found != region:
        raise CheckFailed(
            f"the bucket {bucket} is in {found}, but AWS_REGION is {region}; use a bucket of "
            "that region, or a job pays for every byte that it moves"
        )
    return f"{bucket} in {found}"


def lake(account: Account) -> str:
    _probe(account.buckets.lake)
    return f"{account.buckets.lake_url} can be written, also on a condition, read and deleted"


def landing(account: Account) -> str:
    storage = account.buckets.landing
    first = next(storage.listed("landing/"), None)
    if first is None:
        raise Unsaid(f"nothing has landed in {storage.where('landing/')} yet")
    storage.tail(first.name, 1)
    return f"{storage.where('landing/')} can be listed and read"


def key(account: Account) -> str:
    if not account.buckets.kms_key:
        raise Unsaid("none is set: objects are encrypted as their bucket says")
    with unless("refused"), asking("look at the key SENIORLINK_KMS_KEY"):
        found = account.client("kms").describe_key(KeyId=account.buckets.kms_key)["KeyMetadata"]
    if not found["Enabled"]:
        raise CheckFailed(
            f"the key SENIORLINK_KMS_KEY is {found['KeyState']}; enable it, or set another"
        )
    return found["KeyState"]


def logs(account: Account) -> str:
    url = account.buckets.logs_url
    _probe(account.buckets.storage(url))
    return f"{url} can be written, read and deleted"


def code(account: Account) -> str:
    package = pack(CHECKOUT)
    where = account.buckets.lake.where(package.place)
    if unshipped(package, account.buckets.lake):
        raise Unsaid(
            f"{package.hash} is not in {where} yet; `seniorlink deploy code` brings it there, "
            "or the first job does"
        )
    return where


def _probe(storage: Storage) -> None:
    name = f"doctor/{secrets.token_hex(4)}"
    if not storage.write(name, _PROBE, over=None):
        raise CheckFailed(f"{storage.where(name)} is refused, though nothing was there; try again")
    if storage.write(name, b"", over=None):
        raise CheckFailed(
            f"{storage.url} was written over what was there, so two runs could undo each other; "
            "use a bucket of S3 itself"
        )
    found = storage.read(name)
    storage.remove([name])
    if found is None or found.content != _PROBE:
        raise CheckFailed(
            f"{storage.where(name)} was not read as it was written; use another bucket"
        )
    if storage.read(name) is not None:
        raise CheckFailed(f"{storage.where(name)} is still there after it was deleted; delete it")
