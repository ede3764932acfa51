"""What jobs at work and interrupted rollbacks need of the lake."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from seniorlink_assets.environments import Environment
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.releases.rollback_intent import places_in_use
from spark.contract.job import Job, SnapshotInput


@dataclass(frozen=True)
class InUse:
    """`places` of snapshots, `attempts` of jobs at work, the `inputs` they read, their `code`.

    `is_known` says whether it is known of all of them what they read.
    """

    places: frozenset[str]
    attempts: frozenset[str]
    inputs: frozenset[str]
    code: frozenset[str]
    is_known: bool

    def is_output(self, name: str) -> bool:
        """Whether a job at work writes below a folder of this name, or has its papers there."""
        folders = name.split("/")
        return any(
            folder == attempt or folder.endswith(f"-{attempt}")
            for attempt in self.attempts
            for folder in folders
        )

    def reads(self, files: Iterable[str]) -> bool:
        """Whether a job at work reads one of these files, as it calls them."""
        return not self.inputs.isdisjoint(files)


def in_use(environment: Environment) -> InUse:
    """LedgerError or InterruptedRollbackError if it cannot be read."""
    entries = environment.ledger.at_work()
    inputs, code, is_known = set[str](), set[str](), True
    for entry in entries:
        papers = Papers(environment.papers_of(entry.launcher), entry.place)
        try:
            job = Job.from_json(json.loads(papers.read("job.json") or b""))
        except (OSError, ValueError, KeyError, TypeError):
            is_known = False
            continue
        code.add(job.code_package)
        for given in job.inputs.values():
            if isinstance(given, SnapshotInput):
                inputs |= {*given.files}
    return InUse(
        frozenset(places_in_use(environment.lake)),
        frozenset(entry.attempt for entry in entries),
        frozenset(inputs),
        frozenset(code),
        is_known,
    )
