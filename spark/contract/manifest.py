"""The manifest: what one job committed for one partition, and how it becomes visible at once."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FILE_NAME = "manifest.json"

Create = Callable[[str, bytes], None]
"""Writes a file whole or not at all; FileExistsError if there is one already."""


class ManifestError(Exception):
    """A manifest that is missing, unreadable or not a manifest."""


@dataclass(frozen=True)
class DataFile:
    """A Parquet file; `path` is relative to the lake."""

    path: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """One committed snapshot of one partition.

    `inputs` counts the rows that each reconciled input gave the job, `malformed` the landing lines
    that were none, which are among the `rejects`; `drops` and `reject_reasons` the rows by reason,
    `violations` the rows that break each check, `present` the values that are not NULL. `sums` are
    the totals of the exact numeric columns as decimal text, `newest` the largest day or value of
    the first sort column, `content` a hash of the rows in any order. `code_package` is the hash of
    the package of code that ran, "" if it ran from a checkout.
    """

    key: str
    partition: str
    fingerprint: str
    attempt: str
    code_version: str
    spark_version: str
    files: tuple[DataFile, ...]
    rows: int
    rejects: int = 0
    reject_files: tuple[DataFile, ...] = ()
    reject_reasons: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, int] = field(default_factory=dict)
    malformed: int = 0
    drops: Mapping[str, int] = field(default_factory=dict)
    violations: Mapping[str, int] = field(default_factory=dict)
    present: Mapping[str, int] = field(default_factory=dict)
    sums: Mapping[str, str] = field(default_factory=dict)
    newest: str | None = None
    content: str = ""
    seconds: float = 0.0
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    code_package: str = ""

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def commit(self, create: Create, folder: str) -> str:
        """Makes the partition visible to whoever looks for it; the last write of a job."""
        path = f"{folder}/{FILE_NAME}"
        create(path, self.to_text().encode())
        return path

    def to_text(self) -> str:
        """What its file says."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """The manifest at `path`; ManifestError if it is not one."""
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls.from_json(fields)
        except FileNotFoundError as error:
            raise ManifestError(f"{path} is missing; the job did not commit") from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ManifestError(
                f"{path} is not a manifest ({type(error).__name__}); "
                "delete its folder to have the partition computed again"
            ) from error

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Manifest":
        return cls(
            **{
                **fields,
                "files": tuple(DataFile(**file) for file in fields["files"]),
                "reject_files": tuple(DataFile(**file) for file in fields["reject_files"]),
            }
        )


def summary(manifests: Sequence[Manifest]) -> Mapping[str, Any]:
    """What a job says of all that it committed."""
    return {
        "rows": sum(manifest.rows for manifest in manifests),
        "rejects": sum(manifest.rejects for manifest in manifests),
        "bytes": sum(manifest.bytes for manifest in manifests),
        "violations": {
            name: sum(manifest.violations.get(name, 0) for manifest in manifests)
            for name in manifests[0].violations
        },
    }
