"""The parameters of spark-submit, as the services take them apart."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assets_tests.doubles.aws.refused import invalid

AS_CONF = {
    "--driver-memory": "spark.driver.memory",
    "--driver-cores": "spark.driver.cores",
    "--executor-memory": "spark.executor.memory",
    "--executor-cores": "spark.executor.cores",
    "--num-executors": "spark.executor.instances",
}
PASSED_ON = ("--py-files", "--files", "--jars", "--class", "--name", "--archives")
LEFT_OUT = ("--master", "--deploy-mode", "--queue")
ALONE = ("--verbose", "--supervise")


@dataclass(frozen=True)
class Submission:
    """What spark-submit is to be told besides the entry point: options, and configuration."""

    parameters: Sequence[str]
    conf: Mapping[str, str]


def parsed(text: str) -> Submission:
    """sparkSubmitParameters; ValidationException if spark-submit would not take them."""
    submission, rest = taken(shlex.split(text))
    if rest:
        raise invalid(f"Unrecognized option in sparkSubmitParameters: {rest[0]}")
    return submission


def taken(words: Sequence[str]) -> tuple[Submission, Sequence[str]]:
    """The options that lead a command line, and what follows them: entry point and arguments."""
    parameters: list[str] = []
    conf: dict[str, str] = {}
    left = list(words)
    while left and left[0].startswith("-"):
        option = left.pop(0)
        if option in ALONE:
            continue
        if option not in ("--conf", "-c", *AS_CONF, *PASSED_ON, *LEFT_OUT) or not left:
            return Submission(parameters, conf), [option, *left]
        value = left.pop(0)
        if option in ("--conf", "-c"):
            name, _, setting = value.partition("=")
            conf[name] = setting
        elif option in AS_CONF:
            conf[AS_CONF[option]] = value
        elif option in PASSED_ON:
            parameters += [option, value]
    return Submission(parameters, conf), left


def classified(configurations: Iterable[Mapping[str, Any]], name: str) -> dict[str, str]:
    """The properties of one classification, wherever it is nested."""
    found: dict[str, str] = {}
    for configuration in configurations:
        inner = configuration.get("configurations") or configuration.get("Configurations") or ()
        if name in (configuration.get("classification"), configuration.get("Classification")):
            found |= configuration.get("properties") or configuration.get("Properties") or {}
        found |= classified(inner, name)
    return found
