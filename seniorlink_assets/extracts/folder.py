"""A folder of .hyper files: where extracts are published when there is no Tableau Server."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seniorlink_assets.destination import Destination, DestinationError, Staged
from seniorlink_assets.extracts.hyper import build_hyper
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract


class ExtractFolder(Destination):
    """The file `<name>.hyper`, and in `.releases/<name>.json` which snapshots it is.

    Rejects stay in the lake; the release names their Parquet files.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def location(self, contract: Contract) -> str:
        return str(self._live(contract))

    def released(self, contract: Contract) -> Mapping[str, str]:
        return {
            partition: version
            for release in self._current(contract)
            for partition, version in release["versions"].items()
        }

    def stage(self, contract: Contract, snapshots: Sequence[Snapshot], run_id: str) -> Staged:
        if contract.partition_by is not None:
            raise DestinationError(
                f"{contract.key} is partitioned but an extract is built whole; drop partition_by"
            )
        path = self._staging / f"{contract.name}-{secrets.token_hex(4)}.hyper"
        try:
            self._staging.mkdir(parents=True, exist_ok=True)
            for leftover in self.leftovers(contract):
                self.discard(leftover)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        try:
            rows = build_hyper(contract, snapshots, path)
        except DestinationError:
            path.unlink(missing_ok=True)
            raise
        return Staged(contract, snapshots, str(path), rows)

    def publish(self, staged: Staged, run_id: str) -> None:
        contract, path = staged.contract, Path(staged.place)
        versions = {snapshot.partition: snapshot.version for snapshot in staged.snapshots}
        if not path.exists():
            if versions == self.released(contract):
                return
            raise DestinationError(
                f"{path} is gone, as another run has staged {contract.key} since; "
                "materialize it again"
            )
        try:
            _sync(path)
            release = {
                "file": _identity(path),
                "versions": versions,
                "manifests": [snapshot.place for snapshot in staged.snapshots],
                "rows": staged.rows,
                "rejects": sum(snapshot.manifest.rejects for snapshot in staged.snapshots),
                "reject_files": [
                    file for snapshot in staged.snapshots for file in snapshot.reject_files
                ],
                "run_id": run_id,
                "released_at": datetime.now(UTC).isoformat(),
            }
            # Both releases are written down before the file is replaced: it alone decides which of
            # them readers see, and a file keeps its identity when it is renamed.
            self._write_releases(contract, [release, *self._current(contract)])
            path.replace(self._live(contract))
            _sync(self._folder)
        except OSError as error:
            raise _unwritable(self._folder, error) from error

    def discard(self, staged: Staged) -> None:
        Path(staged.place).unlink(missing_ok=True)

    def leftovers(self, contract: Contract) -> Sequence[Staged]:
        found = sorted(self._staging.glob(f"{contract.name}-*"))
        return [Staged(contract, (), str(path), 0) for path in found]

    @property
    def _staging(self) -> Path:
        return self._folder / ".staging"

    def _live(self, contract: Contract) -> Path:
        return self._folder / f"{contract.name}.hyper"

    def _releases(self, contract: Contract) -> Path:
        return self._folder / ".releases" / f"{contract.name}.json"

    def _current(self, contract: Contract) -> list[dict[str, Any]]:
        """The release that the live file is; none if somebody has put another file there."""
        try:
            identity = _identity(self._live(contract))
            releases = json.loads(self._releases(contract).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [release for release in releases if release["file"] == identity]

    def _write_releases(self, contract: Contract, releases: list[dict[str, Any]]) -> None:
        path = self._releases(contract)
        path.parent.mkdir(exist_ok=True)
        draft = path.with_suffix(".json.new")
        draft.write_text(json.dumps(releases, indent=1), encoding="utf-8")
        _sync(draft)
        draft.replace(path)
        _sync(path.parent)


def _identity(path: Path) -> dict[str, int]:
    """Hyper rewrites a file without rows when it opens it, which makes it another file."""
    found = path.stat()
    return {"bytes": found.st_size, "mtime_ns": found.st_mtime_ns, "inode": found.st_ino}


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> DestinationError:
    return DestinationError(
        f"{folder} cannot be written ({error.strerror}); make room or make it writable, "
        "then materialize again"
    )
