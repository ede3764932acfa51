"""What jobs at work and interrupted rollbacks need of the lake."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seniorlink_assets.environments import Environment
from seniorlink_assets.releases.rollback_intent import places_in_use
from spark.contract.job import Job, SnapshotInput


@dataclass(frozen=True)
class InUse:
    """`places` of snapshots, `attempts` of jobs at work, and the `inputs` that those read.

    `is_known` says whether it is known of all of them what they read.
    """

    places: frozenset[str]
    attempts: frozenset[str]
    inputs: frozenset[str]
    is_known: bool

    def is_output(self, folder: Path) -> bool:
        """Whether a job at work writes to a folder, or has its papers there."""
        return any(
            folder.name == attempt or folder.name.endswith(f"-{attempt}")
            for attempt in self.attempts
        )

    def reads(self, files: Iterable[Path]) -> bool:
        return any(str(file) in self.inputs for file in files)


def in_use(environment: Environment) -> InUse:
    """LedgerError or InterruptedRollbackError if it cannot be read."""
    entries = environment.ledger.at_work()
    inputs, is_known = set[str](), True
    for entry in entries:
        path = environment.ledger.folder(entry.key, entry.attempt) / "job.json"
        try:
            job = Job.from_json(json.loads(path.read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            is_known = False
            continue
        for given in job.inputs.values():
            if isinstance(given, SnapshotInput):
                inputs |= {*given.files}
    return InUse(
        frozenset(places_in_use(environment.lake)),
        frozenset(entry.attempt for entry in entries),
        frozenset(inputs),
        is_known,
    )
