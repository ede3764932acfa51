"""Why a job failed, as its papers tell it: without a value of the data."""

import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from seniorlink_assets.launchers.log_tail import log_tail
from seniorlink_assets.launchers.papers import Papers

_REMEDIES = {
    "code": (
        "Correct the job, then materialize again: only this and what hangs below it is computed."
    ),
    "data": (
        "Let the job reject what does not fit (try_cast, and the reason in `_rejected`), or have "
        "the source system mend it; then materialize again."
    ),
    "input": (
        "Have the source system send the file again, or bring back what was deleted; then "
        "materialize again."
    ),
    "spark": (
        "See stderr.log in the attempt's folder for what Spark met; if that is nothing of the "
        "job's, materialize again."
    ),
}
"""By kind; of the others the sentence says it."""


@dataclass(frozen=True)
class Explanation:
    """Why the job failed whose papers are at `where`.

    `kind` is code, data, input, memory, disk, killed or spark, as spark/failure.py tells them
    apart. `transient`: the very same job may succeed when it is tried again. `trace` is the last
    exception, `log` the tail of stderr.log, `remedy` what the sentence does not say to do.
    """

    sentence: str
    kind: str
    transient: bool
    trace: tuple[str, ...]
    log: tuple[str, ...]
    where: str
    remedy: str


def explain(papers: Papers, code: int | None) -> Explanation:
    """What the job has said of its end, or else its exit code (None if there is none) tells."""
    said = _said(papers) or _unsaid(papers, code)
    return Explanation(
        sentence=said["sentence"],
        kind=said["kind"],
        transient=said["transient"],
        trace=tuple(said["trace"]),
        log=log_tail(papers),
        where=papers.where,
        remedy=_REMEDIES.get(said["kind"], ""),
    )


def metadata(explanation: Explanation) -> Mapping[str, dg.MetadataValue]:
    """The explanation as the run page shows it."""
    told: dict[str, dg.MetadataValue] = {
        "what happened": dg.MetadataValue.text(explanation.sentence)
    }
    if explanation.remedy:
        told["what to do"] = dg.MetadataValue.text(explanation.remedy)
    if explanation.trace:
        told["last Spark exception"] = _block(explanation.trace)
    if explanation.log:
        told["log's tail"] = _block(explanation.log)
    told["attempt's folder"] = dg.MetadataValue.path(explanation.where)
    return told


def _block(lines: tuple[str, ...]) -> dg.MetadataValue:
    return dg.MetadataValue.md("\n".join(("```text", *lines, "```")))


def _said(papers: Papers) -> Mapping[str, Any] | None:
    """The content of failure.json; None if the job could not write it, or not to its end."""
    try:
        said = json.loads(papers.read("failure.json") or b"")
        is_whole = (
            isinstance(said["sentence"], str)
            and isinstance(said["kind"], str)
            and isinstance(said["transient"], bool)
            and all(isinstance(line, str) for line in said["trace"])
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return said if is_whole else None


def _unsaid(papers: Papers, code: int | None) -> Mapping[str, Any]:
    if code == os.EX_IOERR or (code is None and papers.read("exit") is not None):
        sentence = (
            f"The job could not write to {papers.where}; free some space and materialize again."
        )
        return {"sentence": sentence, "kind": "disk", "transient": True, "trace": ()}
    number = signal.SIGKILL if code is None else code - 128
    if number == signal.SIGKILL:
        sentence = (
            "The job was killed (signal 9) before it could say why; materialize again, and with a "
            "smaller SENIORLINK_JOBS if the machine ran out of memory."
        )
    elif number in {*signal.Signals}:
        sentence = (
            f"The job was ended by {signal.Signals(number).name} (signal {number}), as `kill` or a "
            "machine that shuts down sends it, before it could say why; materialize again."
            if number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
            else f"The job was ended by {signal.Signals(number).name} (signal {number}) before it "
            "could say why; materialize again."
        )
    else:
        sentence = f"The job ended with {code} and no word; see {papers.where}/stderr.log."
        return {"sentence": sentence, "kind": "spark", "transient": False, "trace": ()}
    return {"sentence": sentence, "kind": "killed", "transient": True, "trace": ()}
