"""The launcher whose jobs are SQL, over a lake and landing sets that are in a bucket."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assets_tests.duckdb_launcher import DuckDBLauncher
from seniorlink_assets.launchers.base import Context, Order, Submitted
from seniorlink_assets.storage.base import Storage
from spark.contract.job import LandingInput


class BucketLauncher(DuckDBLauncher):
    """Fetches what a job reads, and brings to the lake what it wrote, the manifests last."""

    def __init__(self, lake: Storage, landing: Storage) -> None:
        super().__init__()
        self._lake, self._landing = lake, landing

    def run(self, context: Context, order: Order, submitted: Submitted) -> None:
        job = order.job
        with TemporaryDirectory() as made, TemporaryDirectory() as read:
            inputs = {name: self._near(given, Path(read)) for name, given in job.inputs.items()}
            here = replace(job, lake=made, inputs=inputs)
            super().run(context, replace(order, job=here), submitted)
            paths = [path for path in Path(made).rglob("*") if path.is_file()]
            for path in sorted(paths, key=lambda path: path.name == "manifest.json"):
                self._lake.put(path.relative_to(made).as_posix(), path.read_bytes())

    def _near(self, given: Any, folder: Path) -> Any:
        if isinstance(given, LandingInput):
            days = {
                day: self._fetched(files, self._landing, folder)
                for day, files in given.days.items()
            }
            return replace(given, days=days)
        partitions = {
            part: self._fetched(files, self._lake, folder)
            for part, files in given.partitions.items()
        }
        return replace(given, partitions=partitions)

    def _fetched(self, urls: Iterable[str], storage: Storage, folder: Path) -> tuple[str, ...]:
        paths = []
        for url in urls:
            name = url.removeprefix(f"{storage.url}/")
            paths.append(folder / name)
            paths[-1].parent.mkdir(parents=True, exist_ok=True)
            paths[-1].write_bytes(storage.read(name).content)
        return tuple(map(str, paths))
