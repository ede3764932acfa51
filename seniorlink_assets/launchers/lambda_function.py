"""Satellites as invocations of one Lambda function, which are asked for and not waited for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from seniorlink_assets.launchers.aws import asking
from seniorlink_assets.launchers.base import Handle
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.satellites import CLAIM, Satellites
from seniorlink_assets.launchers.service import Command, ServiceState
from seniorlink_assets.sentence import SentenceError


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
        claim = json.loads(Papers(self.papers, handle["papers"]).read(CLAIM) or b"{}")
        if not claim.get("log"):
            return None
        group, stream = claim["log"]
        return self.logged(group, stream, bytes)

    def links(self, handle: Handle) -> Mapping[str, str]:
        with asking("use Lambda"):
            region = self.aws.client("lambda").meta.region_name
        page = f"https://{region}.console.aws.amazon.com/lambda/home?region={region}"
        return {"page": f"{page}#/functions/{self.function}?tab=monitoring"}
