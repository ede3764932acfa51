"""STS: whoever has a key of the double is one role in a session, unless it assumed another."""

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sts.models import sts_backends

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.world import World

CALLER = "orchestrator"
"""The name of the role."""


class Sts:
    """All but who asks is moto's."""

    def __init__(self, world: World) -> None:
        pass

    def get_caller_identity(self, call: Call) -> dict[str, str]:
        session = f"{role_of(call)}/double"
        return {
            "UserId": f"AROADOUBLE:{session}",
            "Account": DEFAULT_ACCOUNT_ID,
            "Arn": f"arn:aws:sts::{DEFAULT_ACCOUNT_ID}:assumed-role/{session}",
        }


def role_of(call: Call) -> str:
    """The name of the role that makes a call."""
    backend = sts_backends[DEFAULT_ACCOUNT_ID]["aws"]
    assumed = backend.get_assumed_role_from_access_key(call.access_key)
    return assumed.role_arn.rpartition("/")[2] if assumed else CALLER
