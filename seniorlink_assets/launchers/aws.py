"""AWS as the launchers meet it: clients that wait out a busy service, and errors as sentences."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from seniorlink_assets.sentence import SentenceError

Trouble = Literal[
    "busy",  # the service refused because of too many requests: nothing was done
    "expired",  # credentials that were good: nothing was done, and new ones may come
    "away",  # no answer, or an error of the service's own: it may have been done
    "refused",  # it is not allowed
    "missing",  # what was asked about is not there
    "conflict",  # another request with this name came first
    "wrong",  # anything else: asking again gets the same answer
]


class AwsError(SentenceError):
    """A request that came to nothing; the text is one sentence for a person."""

    def __init__(self, sentence: str, trouble: Trouble) -> None:
        super().__init__(sentence)
        self.trouble: Trouble = trouble

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.trouble in ("busy", "expired", "away")

    @property
    def may_be_done(self) -> bool:
        """Whether the service may have done it all the same."""
        return self.trouble in ("away", "conflict")


@dataclass(frozen=True)
class Aws:
    """One region of one account, as whoever runs this reaches it."""

    region: str | None = None

    def client(self, service: str, attempts: int = 10) -> Any:
        """A client that tries so often; those that are polled with try seldom."""
        with asking(f"use {service}"), _ONE_AT_A_TIME:
            return _client(service, self.region, attempts)


def forget_clients() -> None:
    """Makes the next clients read the credentials again, which somebody may have renewed."""
    _client.cache_clear()
    _session.cache_clear()


@contextmanager
def asking(purpose: str) -> Iterator[None]:
    """Turns what boto3 raises into an AwsError that says what for."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ResponseParserError as error:
        raise AwsError(
            f"The answer of AWS could not be read when it was asked to {purpose}; see whether a "
            "proxy is in between",
            "away",
        ) from error
    except ClientError as error:
        found = _answered(error.response, purpose)
        if found.trouble == "expired":
            forget_clients()
        raise found from error
    except BotoCoreError as error:
        found = _unanswered(error, purpose)
        if found.trouble == "expired":
            forget_clients()
        raise found from error


_ONE_AT_A_TIME = threading.Lock()
"""A client takes megabytes to make: threads that start together share theirs."""


@cache
def _client(service: str, region: str | None, attempts: int) -> Any:
    from botocore.config import Config

    return _session(region).client(
        service,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=32,
        ),
    )


@cache
def _session(region: str | None) -> Any:
    from boto3.session import Session

    return Session(region_name=region)


_BUSY = re.compile(
    r"Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|BandwidthLimit|LimitExceededException"
    r"|ProvisionedThroughput|PriorRequestNotComplete|^Active\w+Exceeded"
)
_EXPIRED = re.compile(r"Expired")
_SKEWED = re.compile(r"RequestTimeTooSkewed|RequestInTheFuture")
_UNKNOWN_KEYS = re.compile(
    r"UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId|AuthFailure|InvalidToken"
    r"|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|MissingAuthenticationToken"
)
_REFUSED = re.compile(r"AccessDenied|UnauthorizedOperation|NotAuthorized|^403$|Forbidden")
_MISSING = re.compile(r"ResourceNotFound|NoSuch|NotFound|^404$")
_DENIED = re.compile(
    r"User: (?P<who>\S+) is not authorized to perform: (?P<what>[\w:-]+)"
    r"(?: on resource: (?P<where>\S+))?"
)
_LONGEST = 300


def _answered(response: Mapping[str, Any], purpose: str) -> AwsError:
    """What an answer of AWS means that is an error."""
    told = response.get("Error", {})
    code, said = str(told.get("Code", "")), str(told.get("Message", "")).strip()
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    clock = "set this machine's clock (AWS takes no request that is five minutes off)"
    if _SKEWED.search(code) or ("Signature" in code and "expired" in said.lower()):
        return AwsError(f"AWS does not let us {purpose} ({code}); {clock}", "wrong")
    if _BUSY.search(code) or status == 429:
        return AwsError(f"AWS is asked too often just now to {purpose} ({code})", "busy")
    if _EXPIRED.search(code):
        return AwsError(
            f"The AWS credentials have expired with which to {purpose} ({code}); sign in again, "
            "for instance with `aws sso login`",
            "expired",
        )
    if _UNKNOWN_KEYS.search(code):
        return AwsError(
            f"AWS does not know the credentials with which to {purpose} ({code}); see "
            "`seniorlink doctor --env aws`",
            "refused",
        )
    if _REFUSED.search(code):
        return AwsError(_denied(said, purpose, code), "refused")
    if status >= 500 or code in ("RequestTimeout", "InternalError"):
        return AwsError(f"AWS had a fault of its own when asked to {purpose} ({code})", "away")
    if _MISSING.search(code):
        return AwsError(f"AWS cannot {purpose}: {_short(said or code)}", "missing")
    if code.startswith("Conflict"):
        return AwsError(f"AWS cannot {purpose}: {_short(said or code)}", "conflict")
    return AwsError(f"AWS cannot {purpose}: {_short(said or code)} ({code})", "wrong")


def _denied(said: str, purpose: str, code: str) -> str:
    found = _DENIED.search(said)
    if not found:
        return f"AWS does not allow us to {purpose} ({code}); see `seniorlink doctor --env aws`"
    where = f" on {found['where']}" if found["where"] else ""
    return (
        f"{found['who']} may not {purpose}: allow it {found['what']}{where}, or see "
        "`seniorlink doctor --env aws`"
    )


def _unanswered(error: Exception, purpose: str) -> AwsError:
    """What it means that no request was made, or that nothing came back."""
    from botocore import exceptions as known

    if isinstance(error, known.NoRegionError):
        return AwsError(
            f"No AWS region is named in which to {purpose}; set AWS_REGION, for instance us-east-1",
            "wrong",
        )
    if isinstance(error, known.InvalidRegionError):
        return AwsError(f"{_short(str(error))} (needed to {purpose}); set AWS_REGION", "wrong")
    if isinstance(
        error,
        (
            known.UnauthorizedSSOTokenError,
            known.SSOTokenLoadError,
            known.TokenRetrievalError,
            known.LoginTokenLoadError,
            known.CredentialRetrievalError,
        ),
    ):
        return AwsError(
            f"The AWS credentials cannot be renewed with which to {purpose} "
            f"({type(error).__name__}); sign in again, for instance with `aws sso login`",
            "expired",
        )
    if isinstance(error, (known.NoCredentialsError, known.PartialCredentialsError)):
        return AwsError(
            f"There are no AWS credentials with which to {purpose}; sign in with `aws sso login`, "
            "or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            "wrong",
        )
    if isinstance(error, known.EndpointConnectionError):
        url = error.kwargs.get("endpoint_url", "")
        return AwsError(
            f"{url} cannot be reached to {purpose}; see that this machine has a way there, and "
            "that AWS_REGION is right",
            "away",
        )
    if isinstance(error, (known.ConnectionError, known.HTTPClientError, known.IncompleteReadError)):
        return AwsError(
            f"The connection to AWS was lost when it was asked to {purpose} "
            f"({type(error).__name__})",
            "away",
        )
    return AwsError(f"AWS cannot be asked to {purpose}: {_short(str(error))}", "wrong")


def _short(said: str) -> str:
    line = " ".join(said.split()).rstrip(".")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
