"""STS: whoever has a key of the double is one role in a session."""

from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.world import World

CALLER = "orchestrator"
"""The name of the role."""


class Sts:
    """All but who asks is moto's."""

    def __init__(self, world: World) -> None:
        pass

    def get_caller_identity(self, call: Call) -> dict[str, str]:
        session = f"{CALLER}/double"
        return {
            "UserId": f"AROADOUBLE:{session}",
            "Account": DEFAULT_ACCOUNT_ID,
            "Arn": f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/{session}",
        }
