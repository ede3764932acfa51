"""The double as tests see it: a process of its own, clients, faults, counters, the jobs it ran."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import boto3
import pytest

REPOSITORY = Path(__file__).parents[3]
REGION = "us-east-1"
BUCKET = "lake"
ROLE = "arn:aws:iam::123456789012:role/seniorlink-job"
CALLER = "arn:aws:iam::123456789012:role/orchestrator"
"""The role of whoever has a key of the double."""


class Double:
    """A running double; as a context manager it ends with the block, and its jobs with it."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "double.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __spec__.parent, "--folder", folder, "--port", str(port)],
                cwd=REPOSITORY,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the double did not start: {(folder / 'double.log').read_text()}")
        self.url = f"http://127.0.0.1:{json.loads(line)['port']}"
        self.faults = Faults(self)
        self._session = boto3.Session()

    def __enter__(self) -> "Double":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends it and its jobs."""
        self._process.stdin.close()  # pyright: ignore[reportOptionalMemberAccess]
        self._process.wait()
        self._process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]

    def reset(self) -> None:
        """Forgets everything, then makes a bucket, and roles of jobs and of us that may do all."""
        self.ask("POST", "reset")
        self.time(minute=60, pace=0.05)
        self.client("s3").create_bucket(Bucket=BUCKET)
        for role in (ROLE, CALLER):
            self.client("iam").create_role(
                RoleName=role.rpartition("/")[2], AssumeRolePolicyDocument=json.dumps(_TRUST)
            )
            self.allow(role, "*")

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to see this double as AWS; the keys lie in a file."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_SHARED_CREDENTIALS_FILE": str(self._credentials()),
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, **settings: Any) -> Any:
        """A boto3 client with the newest key."""
        return self._session.client(
            service,
            endpoint_url=self.url,
            aws_access_key_id=self.ask("GET", "credentials"),
            aws_secret_access_key="double",  # noqa: S106
            **{"region_name": REGION, **settings},
        )

    def application(self, **settings: Any) -> str:
        """Creates an EMR Serverless application and returns its id."""
        asked = {"name": "seniorlink", "releaseLabel": "emr-7.10.0", "type": "SPARK", **settings}
        return self.client("emr-serverless").create_application(**asked)["applicationId"]

    def allow(self, role: str, actions: str | list[str], resources: str | list[str] = "*") -> None:
        """All that a role may do from now on."""
        statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
        self.client("iam").put_role_policy(
            RoleName=role.rpartition("/")[2],
            PolicyName="may",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def redshift(
        self, server: "RedshiftServer", *, cluster: str = "", workgroup: str = "", active: int = 500
    ) -> None:
        """Puts a server behind a cluster, a workgroup or both, until the next reset.

        `active` is how many statements the Data API takes at once.
        """
        told = {
            "host": server.host,
            "port": server.port,
            "key": server.key.hex(),
            "ca": str(server.ca_file),
            "clusters": [cluster] if cluster else [],
            "workgroups": [workgroup] if workgroup else [],
            "database": "dev",
            "active": active,
        }
        self.ask("POST", "redshift", told)

    def fill(self, objects: Mapping[str, str], bucket: str = BUCKET) -> None:
        """Writes many small objects at once, uncounted."""
        self.ask("POST", "objects", {"bucket": bucket, "objects": objects})

    def time(self, *, minute: float, pace: float) -> None:
        """How many seconds a minute of a time limit takes, and each state before RUNNING."""
        self.ask("POST", "time", {"minute": minute, "pace": pace})

    def expire_credentials(self) -> None:
        """From now on every key given out so far is refused as expired."""
        self.ask("POST", "credentials", {"expire": True})

    def renew_credentials(self) -> None:
        """Writes a new key to the file that `environment` names."""
        self.ask("POST", "credentials", {"renew": True})
        self._credentials()

    @property
    def counters(self) -> Mapping[str, Mapping[str, int]]:
        """Requests by "service:operation": how many, refused, and most in one second."""
        return self.ask("GET", "counters")

    def forget_counters(self) -> None:
        self.ask("DELETE", "counters")

    @property
    def jobs(self) -> list[Mapping[str, Any]]:
        """Every driver there was: service, id, name, pid, folder, over, code, stopped, refusals."""
        return self.ask("GET", "jobs")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the controls of the double."""
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}/double/{path}", json.dumps(body or {}).encode(), method=method
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return json.loads(answer.read())

    def _credentials(self) -> Path:
        path = self.folder / "credentials"
        key = self.ask("GET", "credentials")
        written = path.with_suffix(".new")
        written.write_text(
            f"[default]\naws_access_key_id = {key}\naws_secret_access_key = double\n"
        )
        written.replace(path)
        (self.folder / "config").touch()
        return path


class RedshiftServer(Protocol):
    """A server of databases; it takes the passwords that are signed with its key."""

    @property
    def host(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def key(self) -> bytes: ...

    @property
    def ca_file(self) -> Path: ...


class Faults:
    """Misfortune to order; see the README for the kinds."""

    def __init__(self, double: Double) -> None:
        self._double = double

    def order(self, kind: str, **details: Any) -> None:
        self._double.ask("POST", "faults", {"kind": kind, **details})

    def clear(self) -> None:
        self._double.ask("DELETE", "faults")

    @property
    def met(self) -> list[int]:
        """How often each fault struck, in the order they were ordered."""
        return [order["met"] for order in self._double.ask("GET", "faults")]


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": [
                    "emr-serverless.amazonaws.com",
                    "elasticmapreduce.amazonaws.com",
                    "ecs-tasks.amazonaws.com",
                    "lambda.amazonaws.com",
                ]
            },
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture(scope="session")
def aws_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    """One double for the whole session."""
    with Double(tmp_path_factory.mktemp("aws")) as double:
        yield double


@pytest.fixture
def aws(aws_process: Double) -> Double:
    """The double, with an empty bucket `lake`, the role of jobs and ours, and nothing else."""
    aws_process.reset()
    return aws_process
