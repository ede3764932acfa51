"""IAM: what a user, group or role may do, simulated; these and their policies are moto's."""

import json
import re
from collections.abc import Iterator
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.policy import Policy
from assets_tests.doubles.aws.refused import Refused
from assets_tests.doubles.aws.world import World


class Iam:
    """What policies of identities say; there are no others."""

    def __init__(self, world: World) -> None:
        self._backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]

    def simulate_principal_policy(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        whose = self._principal(asked["PolicySourceArn"])
        given = self._statements(whose, asked.get("PolicyInputList", []))
        boundary = self._boundary(whose)
        context = {
            entry["ContextKeyName"].lower(): entry.get("ContextKeyValues", [])
            for entry in asked.get("ContextEntries", [])
        }
        results = []
        for action in asked["ActionNames"]:
            if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action):
                raise _invalid(f"Invalid action: {action}")
            for resource in asked.get("ResourceArns", ["*"]):
                if resource != "*" and not re.fullmatch(
                    r"arn:[^:]+:[^:]+:[^:]*:[^:]*:.+", resource
                ):
                    raise _invalid(f"Invalid resource: {resource}")
                decision = given.decision(action, resource, context)
                if decision == "allowed" and boundary:
                    decision = boundary.decision(action, resource, context)
                results.append(
                    {
                        "EvalActionName": action,
                        "EvalResourceName": resource,
                        "EvalDecision": decision,
                        "MatchedStatements": [],
                        "MissingContextValues": [],
                    }
                )
        return {"EvaluationResults": results, "IsTruncated": False}

    def _principal(self, arn: str) -> Any:
        found = re.fullmatch(r"arn:aws:iam::\d{12}:(user|group|role)/(?:.*/)?([^/]+)", arn)
        if found is None:
            raise _invalid(
                f"Invalid Entity Arn: {arn} does not clearly define entity type and name."
            )
        kind, name = found.groups()
        try:
            principal = getattr(self._backend, f"get_{kind}")(name)
        except NotFoundException as error:
            raise _not_there(arn) from error
        if principal.arn != arn:
            raise _not_there(arn)
        return principal

    def _statements(self, whose: Any, more: list[str]) -> Policy:
        groups = [group for group in self._backend.groups.values() if whose in group.users]
        documents = [*more, *(text for each in (whose, *groups) for text in _documents(each))]
        return Policy(tuple(one for text in documents for one in _statements(text)))

    def _boundary(self, whose: Any) -> Policy | None:
        arn = getattr(whose, "permissions_boundary_arn", None)
        if not arn:
            return None
        return Policy(tuple(_statements(_default(self._backend.managed_policies[arn]))))


def _documents(principal: Any) -> Iterator[str]:
    """Of its own, as moto keeps them for users and for the others, and of those attached to it."""
    own = principal.policies
    yield from own.values() if isinstance(own, dict) else (each["policy_document"] for each in own)
    yield from map(_default, principal.managed_policies.values())


def _default(policy: Any) -> str:
    return next(version.document for version in policy.versions if version.is_default)


def _statements(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)["Statement"]
    return found if isinstance(found, list) else [found]


def _invalid(message: str) -> Refused:
    return Refused("InvalidInput", message)


def _not_there(arn: str) -> Refused:
    return Refused("NoSuchEntity", f"The entity {arn} cannot be found.", 404)
