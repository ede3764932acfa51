"""Who we are in a database of Redshift, by what AWS knows of us."""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from seniorlink_assets.launchers.aws import Aws, AwsError, asking
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Trouble


@dataclass(frozen=True)
class Login:
    """Where to connect, and as whom."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


class Logins(ABC):
    """Logins of one kind; the last one serves until shortly before it expires."""

    def __init__(self, aws: Aws, endpoint: str = "") -> None:
        self._aws, self._endpoint = aws, endpoint
        self._lock = threading.Lock()
        self._kept: tuple[Login, float] | None = None

    def login(self) -> Login:
        """One that is good for minutes; RedshiftFailed if AWS gives none."""
        with self._lock:
            if self._kept is None or self._kept[1] < time.time():
                self._kept = self._asked()
            return self._kept[0]

    def forget(self) -> None:
        """Makes the next login a new one, because the last was not taken."""
        with self._lock:
            self._kept = None

    @abstractmethod
    def _asked(self) -> tuple[Login, float]:
        """A new login, and until when to use it."""

    def _answer(self, service: str, operation: str, purpose: str, **parameters: Any) -> Any:
        try:
            client = self._aws.client(service)
            with asking(purpose):
                return getattr(client, operation)(**parameters)
        except AwsError as error:
            # The parser of a broken answer quotes it, and it may hold a password.
            raise unanswered(error) from None

    def _place(self, address: object, port: object, whose: str) -> tuple[str, int]:
        """Host and port: those that are set before those that AWS names."""
        if self._endpoint:
            host, _, number = self._endpoint.rpartition(":")
            return host, int(number)
        if not address:
            raise RedshiftFailed(
                f"{whose} names no host to connect to; set SENIORLINK_REDSHIFT_ENDPOINT to "
                "host:port",
                trouble="wrong",
            )
        return str(address), int(str(port or _PORT))


class ClusterLogins(Logins):
    """As the role that we are, or as a user of the database if one is named."""

    def __init__(
        self, aws: Aws, cluster: str, database: str, user: str = "", endpoint: str = ""
    ) -> None:
        super().__init__(aws, endpoint)
        self._cluster, self._database, self._user = cluster, database, user

    def _asked(self) -> tuple[Login, float]:
        whose = f"the Redshift cluster {self._cluster}"
        place = self._found(whose)
        named = {
            "ClusterIdentifier": self._cluster,
            "DbName": self._database,
            "DurationSeconds": _SECONDS,
        }
        purpose = f"log in to {whose}"
        if self._user:
            given = self._answer(
                "redshift", "get_cluster_credentials", purpose, DbUser=self._user, **named
            )
        else:
            given = self._answer("redshift", "get_cluster_credentials_with_iam", purpose, **named)
        login = Login(*place, given["DbUser"], given["DbPassword"])
        return login, given["Expiration"].timestamp() - _MARGIN

    def _found(self, whose: str) -> tuple[str, int]:
        (found,) = self._answer(
            "redshift",
            "describe_clusters",
            f"look at {whose}",
            ClusterIdentifier=self._cluster,
        )["Clusters"]
        status = found["ClusterStatus"]
        if status in ("paused", "pausing"):
            raise RedshiftFailed(
                f"The Redshift cluster {self._cluster} is {status}; resume it, and run again",
                trouble="wrong",
            )
        if found.get("ClusterAvailabilityStatus", "Available") not in _USABLE:
            raise RedshiftFailed(
                f"The Redshift cluster {self._cluster} is not available ({status}); wait until it "
                "is, and run again",
                trouble="busy",
            )
        endpoint = found.get("Endpoint", {})
        return self._place(endpoint.get("Address"), endpoint.get("Port"), f"AWS, of {whose},")


class WorkgroupLogins(Logins):
    """As the role that we are."""

    def __init__(self, aws: Aws, workgroup: str, database: str, endpoint: str = "") -> None:
        super().__init__(aws, endpoint)
        self._workgroup, self._database = workgroup, database

    def _asked(self) -> tuple[Login, float]:
        whose = f"the Redshift workgroup {self._workgroup}"
        found = self._answer(
            "redshift-serverless",
            "get_workgroup",
            f"look at {whose}",
            workgroupName=self._workgroup,
        )["workgroup"]
        if found["status"].capitalize() not in _USABLE:
            raise RedshiftFailed(
                f"The Redshift workgroup {self._workgroup} is not available ({found['status']}); "
                "wait until it is, and run again",
                trouble="busy",
            )
        endpoint = found.get("endpoint", {})
        place = self._place(endpoint.get("address"), endpoint.get("port"), f"AWS, of {whose},")
        given = self._answer(
            "redshift-serverless",
            "get_credentials",
            f"log in to {whose}",
            workgroupName=self._workgroup,
            dbName=self._database,
            durationSeconds=_SECONDS,
        )
        login = Login(*place, given["dbUser"], given["dbPassword"])
        return login, given["expiration"].timestamp() - _MARGIN


class SecretLogins(Logins):
    """As the user of a secret in Secrets Manager, as Redshift itself writes them."""

    def __init__(self, aws: Aws, secret: str, endpoint: str = "") -> None:
        super().__init__(aws, endpoint)
        self._secret = secret

    def _asked(self) -> tuple[Login, float]:
        given = self._answer(
            "secretsmanager",
            "get_secret_value",
            f"read the secret {self._secret}",
            SecretId=self._secret,
        )
        told = _told(given.get("SecretString", ""))
        if not told.get("username") or not told.get("password"):
            raise RedshiftFailed(
                f"The secret {self._secret} has no username and password in JSON; store it as "
                "Redshift does, with username, password, host and port",
                trouble="wrong",
            )
        place = self._place(told.get("host"), told.get("port"), f"The secret {self._secret}")
        return Login(*place, told["username"], told["password"]), time.time() + _UNTIL_ROTATED


def unanswered(error: AwsError, *, is_begun: bool = False) -> RedshiftFailed:
    """What it means for Redshift that AWS did not answer, or answered no.

    `is_begun` is whether statements may be under way.
    """
    trouble = "lost" if is_begun and error.transient else _TROUBLES.get(error.trouble, "wrong")
    return RedshiftFailed(str(error), trouble=trouble)


_TROUBLES: Mapping[str, Trouble] = {
    "busy": "busy",
    "expired": "busy",
    "away": "busy",
    "refused": "refused",
}
_USABLE = ("Available", "Modifying")
_PORT = 5439
_SECONDS = 3600
"""For how long passwords are asked: the longest that AWS gives."""

_MARGIN = 300.0
"""Seconds before a password expires in which it is not used for another connection."""

_UNTIL_ROTATED = 300.0
"""Seconds for which a secret is not read again; it is rotated without a word."""


def _told(text: str) -> Mapping[str, Any]:
    """A secret's fields; what cannot be read has none, and is not quoted by an error."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
