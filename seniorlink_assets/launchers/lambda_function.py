"""Satellites as invocations of one Lambda function, which are asked for and not waited for."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import dagster as dg

from seniorlink_assets.launchers import cost
from seniorlink_assets.launchers.aws import AwsError, asking
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.satellite_cost import of_invocation
from seniorlink_assets.launchers.satellites import BOOTSTRAP, CLAIM, Satellites
from seniorlink_assets.launchers.service import Command, ServiceState
from seniorlink_assets.sentence import SentenceError

HANDLER = "bootstrap.handler"

_LOG_BYTES = 1 << 20

_LEAST_SECONDS = 1.0
"""S3 says in whole seconds when the exit code was written."""


class LambdaError(SentenceError):
    """A function that no satellite can run in."""


@dataclass
class LambdaFunction(Satellites):
    """The function of this name, whose handler is that of bootstrap.py."""

    function: str = field(kw_only=True)
    name = "lambda"
    noun = "function"

    @property
    def place(self) -> str:
        return self.function

    def check(self) -> None:
        with asking(f"look at the Lambda function {self.function}"):
            found = self.aws.client("lambda").get_function_configuration(FunctionName=self.function)
        state = found.get("State", "Active")
        if state == "Failed" or found.get("LastUpdateStatus") == "Failed":
            raise LambdaError(
                f"The Lambda function {self.function} is not usable ({state}: "
                f"{found.get('StateReason') or found.get('LastUpdateStatusReason') or 'no reason'})"
                "; deploy it again, or set SENIORLINK_LAMBDA_FUNCTION to another"
            )

    def deploy(self) -> bool:
        """Gives the function the bootstrap.py of this checkout; False if it has it already."""
        self.check()
        client, code = self.aws.client("lambda"), packed()
        with asking(f"deploy the Lambda function {self.function}"):
            has = client.get_function_configuration(FunctionName=self.function)["CodeSha256"]
            if has == sha256(code):
                return False
            client.update_function_code(FunctionName=self.function, ZipFile=code)
        return True

    def start(self, command: Command) -> str:
        event = {"papers": command.arguments[0], "code": command.code}
        with asking(f"start {command.name} on Lambda"):
            answered = self.aws.client("lambda").invoke(
                FunctionName=self.function,
                InvocationType="Event",
                Payload=json.dumps(event).encode(),
            )
        return answered["ResponseMetadata"]["RequestId"]

    def seen(self, handle: Handle) -> ServiceState | None:
        return None

    def at_work(self) -> Mapping[str, ServiceState]:
        # Lambda lists no invocations: each job is asked for by its papers.
        return {}

    def log(self, handle: Handle, bytes: int) -> bytes | None:
        group, stream = self._claim(handle).get("log") or ("", "")
        return self.logged(group, stream, bytes) if group else None

    def cost(self, handle: Handle, conf: Mapping[str, str]) -> Mapping[str, dg.MetadataValue]:
        claim, client = self._claim(handle), self.aws.client("lambda")
        with asking(f"look at the Lambda function {self.function}"):
            found = client.get_function_configuration(FunctionName=self.function)
        log = b""
        with suppress(AwsError):  # there may be none yet
            log = self.log(handle, _LOG_BYTES) or b""
        ends = [each.modified for each in self.papers.listed(f"{handle['papers']}/exit")]
        seconds = max(ends[0] - claim["at"], _LEAST_SECONDS) if ends and claim else None
        usage = of_invocation(found, log.decode(errors="replace"), handle["id"], seconds)
        architecture = found.get("Architectures", ["x86_64"])[0].upper()
        return cost.cost(usage, cost.rates(client.meta.region_name, architecture, "lambda"))

    def links(self, handle: Handle) -> Mapping[str, str]:
        with asking("use Lambda"):
            region = self.aws.client("lambda").meta.region_name
        page = f"https://{region}.console.aws.amazon.com/lambda/home?region={region}"
        return {"page": f"{page}#/functions/{self.function}?tab=monitoring"}

    def _claim(self, handle: Handle) -> Mapping[str, Any]:
        return json.loads(Papers(self.papers, handle["papers"]).read(CLAIM) or b"{}")


def packed() -> bytes:
    """bootstrap.py as the code of a function; the same bytes whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        member = zipfile.ZipInfo(BOOTSTRAP.name)  # as of 1980
        member.create_system, member.external_attr = 3, 0o100644 << 16
        archive.writestr(member, BOOTSTRAP.read_bytes())
    return buffer.getvalue()


def sha256(code: bytes) -> str:
    """What Lambda calls the code of a function by."""
    return base64.b64encode(hashlib.sha256(code).digest()).decode()
