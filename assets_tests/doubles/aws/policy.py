"""IAM policies: of sessions, as far as the data of a job needs it, and of those that simulate."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from re import IGNORECASE, Pattern
from typing import Any, Literal

from assets_tests.doubles.aws.refused import Refused, invalid

_S3 = "s3.us-east-1.amazonaws.com"


@dataclass(frozen=True)
class Policy:
    """Statements; None allows everything, as a job without a session policy."""

    statements: tuple[dict[str, Any], ...] | None = None

    @classmethod
    def parsed(cls, text: str | None) -> "Policy":
        """A policy document; ValidationException if it is none."""
        if text is None:
            return cls()
        try:
            document = json.loads(text)
            found = document["Statement"]
        except (ValueError, KeyError, TypeError) as error:
            raise invalid("The execution IAM policy is not a valid policy document.") from error
        statements = tuple(found) if isinstance(found, list) else (found,)
        for statement in statements:
            if statement.get("Effect") not in ("Allow", "Deny") or not (
                {"Action", "NotAction"} & set(statement)
            ):
                raise invalid("The execution IAM policy has a malformed statement.")
        return cls(statements)

    def allows(self, action: str, resource: str, **context: str) -> bool:
        """Whether an action on an ARN is allowed; `context` is of condition keys like prefix."""
        if self.statements is None:
            return True
        effects = {
            statement["Effect"]
            for statement in self.statements
            if _covers(statement, action, resource)
            and all(_holds(*condition, context) for condition in _conditions(statement))
        }
        return effects == {"Allow"}

    def decision(
        self, action: str, resource: str, context: Mapping[str, Sequence[str]]
    ) -> Literal["allowed", "explicitDeny", "implicitDeny"]:
        """What IAM says of it; the keys of `context` are whole and in small letters."""
        effects = {
            statement["Effect"]
            for statement in self.statements or ()
            if _covers(statement, action, resource)
            and all(_is_met(*condition, context) for condition in _conditions(statement))
        }
        if "Deny" in effects:
            return "explicitDeny"
        return "allowed" if effects else "implicitDeny"

    def reads(self, bucket: str, key: str) -> bool:
        """Whether Spark could find and read an object: it lists what it reads."""
        if self.statements is None:
            return True
        parents = [key, *_parents(key)]
        return self.allows("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}") and any(
            self.allows("s3:ListBucket", f"arn:aws:s3:::{bucket}", prefix=prefix)
            for prefix in parents
        )

    def gets(self, bucket: str, key: str) -> bool:
        """Whether an object can be read by its exact name."""
        return self.allows("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")

    def writes(self, bucket: str, key: str) -> bool:
        return self.allows("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}")

    def deletes(self, bucket: str, key: str) -> bool:
        return self.allows("s3:DeleteObject", f"arn:aws:s3:::{bucket}/{key}")

    def uses(self, kms_key: str | None, action: str) -> bool:
        """Whether S3 may use a key for the job; None is no encryption."""
        return kms_key is None or self.allows(action, kms_key, ViaService=_S3)


def _covers(statement: dict[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        covers = not any(_like(pattern, action, True) for pattern in _all(statement["NotAction"]))
    else:
        covers = any(_like(pattern, action, True) for pattern in _all(statement["Action"]))
    resources = _all(statement.get("Resource", "*"))
    return covers and any(_like(pattern, resource) for pattern in resources)


def _conditions(statement: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for operator, tests in statement.get("Condition", {}).items():
        for key, values in tests.items():
            yield operator, key, _all(values)


def _holds(operator: str, key: str, values: list[str], context: dict[str, str]) -> bool:
    """A condition on a key that the double does not know holds."""
    given = context.get(key.rpartition(":")[2])
    if given is None:
        return True
    if operator.startswith("StringLike"):
        return any(_like(value, given) for value in values)
    return given in values


def _is_met(
    operator: str, key: str, values: list[str], context: Mapping[str, Sequence[str]]
) -> bool:
    """A condition on a key that is not given is not met; of operators those of text are known."""
    given = context.get(key.lower())
    if given is None:
        return operator.endswith("IfExists")
    match operator.removesuffix("IfExists"):
        case "StringEquals":
            return any(value in given for value in values)
        case "StringLike" | "ArnLike" | "ArnEquals":
            return any(_like(value, one) for value in values for one in given)
        case "StringNotEquals":
            return not any(value in given for value in values)
        case _:
            raise Refused("PolicyEvaluation", f"The double does not know {operator}", 500)


def _parents(key: str) -> Iterator[str]:
    parts = key.split("/")[:-1]
    while parts:
        yield "/".join(parts) + "/"
        yield "/".join(parts)
        parts.pop()
    yield ""


def _all(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _like(pattern: str, text: str, fold: bool = False) -> bool:
    return _compiled(pattern, fold).fullmatch(text) is not None


@cache
def _compiled(pattern: str, fold: bool) -> Pattern[str]:
    """IAM's * and ? only; a bracket is a bracket."""
    return re.compile(translate(pattern.replace("[", "[[]")), IGNORECASE if fold else 0)
