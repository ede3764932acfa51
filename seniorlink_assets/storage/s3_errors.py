"""What S3 refuses, as a sentence that names the bucket and says what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from seniorlink_assets.launchers.aws import AwsError, asking
from seniorlink_assets.storage.base import StorageError


@contextmanager
def sentences(purpose: str, bucket: str) -> Iterator[None]:
    """Turns what boto3 raises into a StorageError; its cause is what boto3 raised."""
    try:
        with asking(purpose):
            yield
    except AwsError as error:
        cause = error.__cause__
        raise StorageError(_sentence(error, purpose, bucket), transient=error.transient) from cause


def is_one_of(error: BaseException | None, *codes: str) -> bool:
    """Whether S3 answered with one of these codes."""
    answer = getattr(error, "response", None) or {}
    return answer.get("Error", {}).get("Code") in codes


def is_cut_short(error: BaseException | None) -> bool:
    """Whether an answer broke off in the middle."""
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    return isinstance(error, (HTTPClientError, IncompleteReadError))


_NEEDED = {
    "read": "s3:GetObject and s3:ListBucket",
    "list": "s3:ListBucket",
    "write": "s3:PutObject",
    "remove": "s3:DeleteObject",
}
"""By what is to be done. Without s3:ListBucket, S3 refuses to say that something is not there."""


def _sentence(error: AwsError, purpose: str, bucket: str) -> str:
    cause = error.__cause__
    if is_one_of(cause, "NoSuchBucket"):
        return (
            f"There is no bucket {bucket} with which to {purpose}; correct the setting that names "
            "it, or create it in this account and region"
        )
    if is_one_of(cause, "PermanentRedirect", "AuthorizationHeaderMalformed", "301"):
        return (
            f"The bucket {bucket}, with which to {purpose}, is in another region; set AWS_REGION "
            "to its own"
        )
    if is_one_of(cause, "AccessDenied", "AllAccessDisabled", "403"):
        needed = _NEEDED[purpose.partition(" ")[0]]
        return (
            f"AWS does not allow us to {purpose}: allow whoever runs this {needed} on the bucket "
            f"{bucket}, and the use of its KMS key if it has one; see `seniorlink doctor --env aws`"
        )
    return str(error)
