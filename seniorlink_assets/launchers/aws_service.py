"""What the services of AWS have in common where Spark jobs run."""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from seniorlink_assets.launchers.aws import Aws, AwsError, asking
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.pace import Pace
from seniorlink_assets.launchers.service import Service

CLOCKS_DIFFER = timedelta(minutes=5)
"""By so much at most AWS's clock is another than ours."""

_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9 /_.:=+@-]")
_LONGEST_TAG = 256

Quota = tuple[float, float]
"""Requests per second, and at once."""


@dataclass(kw_only=True)
class AwsService(Service):
    """`home` is where the processes of this machine agree on how often they ask.

    `quotas` are those of the account, where they are not `usual`.
    """

    home: Path
    aws: Aws = field(default_factory=Aws)
    quotas: Mapping[str, Quota] = field(default_factory=dict)

    api: ClassVar[str]
    """What boto3 calls it."""

    title: ClassVar[str]
    """What people call it."""

    next_page: ClassVar[str] = "nextToken"
    """What it calls the place where a list goes on."""

    usual: ClassVar[Quota] = (1.0, 10.0)
    """What every account may ask for in a region; some operations more."""

    def __post_init__(self) -> None:
        self._reading = threading.Lock()

    @cached_property
    def region(self) -> str:
        with asking(f"use {self.title}"):
            return self.aws.client(self.api).meta.region_name

    def ask(self, operation: str, purpose: str, *, attempts: int = 3, **parameters: Any) -> Any:
        """Makes a request when it is its turn; what is asked again anyhow has few attempts."""
        path = self.home / "watch" / f"{self.api}.{operation}.pace"
        Pace(path, *self.quotas.get(operation, self.usual)).take_turn()
        client = self.aws.client(self.api, attempts)
        with asking(f"{purpose} in {self.title} {self.place}"):
            return getattr(client, operation)(**parameters)

    def ask_if_there(self, operation: str, purpose: str, **parameters: Any) -> Any | None:
        """As `ask`; None if AWS does not know what it is about."""
        try:
            return self.ask(operation, purpose, **parameters)
        except AwsError as error:
            if error.trouble == "missing":
                return None
            raise

    def pages(
        self, operation: str, purpose: str, items: str, **parameters: Any
    ) -> Iterator[Mapping[str, Any]]:
        """What a list has, page by page."""
        page = self.ask(operation, purpose, **parameters)
        yield from page[items]
        while following := page.get(self.next_page):
            page = self.ask(operation, purpose, **parameters, **{self.next_page: following})
            yield from page[items]


def new_handle(job: str, **more: str) -> Handle:
    """The handle of a job that was submitted now."""
    return {"id": job, "at": datetime.now(UTC).timestamp(), **more}


def found_handle(job: str, created: datetime, **more: str) -> Handle:
    """The handle of a job that was found; AWS's clock may be ahead of ours."""
    at = min(created.timestamp(), datetime.now(UTC).timestamp())
    return {"id": job, "at": at, **more}


def as_tag(value: str) -> str:
    """The value as every service takes it for a tag."""
    return _NOT_IN_TAGS.sub("_", value)[:_LONGEST_TAG] or "-"
