"""Where the double of Redshift is that the services of AWS give out, and the passwords it takes."""

import hashlib
import hmac
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.sts import role_of

SHORTEST, LONGEST = 900, 3600
"""Seconds that a password may be good for."""


@dataclass
class RedshiftPlace:
    """Every cluster and every workgroup is the same server; `paused` are clusters."""

    host: str
    port: int
    key: bytes
    clusters: tuple[str, ...]
    workgroups: tuple[str, ...]
    database: str
    active: int
    paused: set[str] = field(default_factory=set)

    def password(self, user: str, seconds: int = SHORTEST) -> tuple[str, datetime]:
        """A new password, and when it expires."""
        end = int(time.time()) + seconds
        signed = hmac.new(self.key, f"{user}:{end}".encode(), hashlib.sha256).hexdigest()
        return f"{end}:{signed}", datetime.fromtimestamp(end, UTC)

    def connect(self, user: str, password: str, database: str) -> Any:
        """A connection as the driver of everybody makes it, over TLS that is verified."""
        import redshift_connector

        return redshift_connector.connect(
            host=self.host,
            port=self.port,
            user=user,
            password=password,
            database=database,
            sslmode="verify-full",
        )


def place_of(told: Mapping[str, Any]) -> RedshiftPlace:
    """What the control was told; the driver trusts the authority of this process's environment."""
    os.environ["SSL_CERT_FILE"] = told["ca"]
    return RedshiftPlace(
        told["host"],
        told["port"],
        bytes.fromhex(told["key"]),
        tuple(told["clusters"]),
        tuple(told["workgroups"]),
        told["database"],
        told["active"],
    )


def identity(call: Call) -> str:
    """What the role that asks is called as a user of a database."""
    return f"IAMR:{role_of(call)}"


def copy_role() -> str:
    """The role of a cluster or a namespace, with which it reads S3."""
    return f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/redshift-copy"


def arn(call: Call, service: str, kind: str, name: str) -> str:
    return f"arn:aws:{service}:{call.region}:{DEFAULT_ACCOUNT_ID}:{kind}{name}"
