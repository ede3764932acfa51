"""What a service is asked to run, and how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assets_tests.doubles.aws.policy import Policy


@dataclass(frozen=True)
class Work:
    """A spark-submit: entry point, arguments, parameters, configuration and environment."""

    name: str
    entry: str
    arguments: Sequence[str] = ()
    parameters: Sequence[str] = ()
    conf: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True)
class Ended:
    """The exit code of a driver, and why the double ended it, if it did."""

    code: int
    stopped: str = ""
