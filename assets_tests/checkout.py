"""A checkout with a home of its own, in which a test declares tables and materializes them."""

import importlib.util
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import dagster as dg

from seniorlink_assets.environments import Environment
from seniorlink_assets.extracts.folder import ExtractFolder
from seniorlink_assets.launchers.base import Launcher
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.warehouses.duckdb import DuckDBWarehouse

REAL = Path(__file__).parents[1]


@dataclass
class Checkout:
    """The real runner and contract, with declarations and jobs that a test writes."""

    root: Path
    environment: Environment
    instance: dg.DagsterInstance

    @classmethod
    def at(cls, folder: Path, launcher: Launcher | None = None) -> "Checkout":
        root, home = folder / "checkout", folder / "home"
        (root / "spark").mkdir(parents=True)
        home.mkdir()
        shared = [path for path in (REAL / "spark").iterdir() if path.is_file()]
        packages = [REAL / "spark" / name for name in ("contract", "warm", "satellite")]
        for path in [*shared, *packages]:
            (root / "spark" / path.name).symlink_to(path)
        environment = Environment(
            home=home,
            launcher=launcher or LocalLauncher("512m", cores=1),
            warehouse=DuckDBWarehouse(home / "warehouse.duckdb"),
            extracts=ExtractFolder(home / "extracts"),
        )
        return cls(root, environment, dg.DagsterInstance.ephemeral(str(folder / "dagster")))

    @property
    def home(self) -> Path:
        return self.environment.home

    def using(self, launcher: Launcher) -> "Checkout":
        """The same checkout, home and Dagster instance with another launcher."""
        return replace(self, environment=replace(self.environment, launcher=launcher))

    def write_job(self, key: str, source: str, suffix: str = ".py") -> None:
        path = self.root / "spark" / f"{key}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")

    def declare(self, key: str, source: str, **names: Any) -> dg.AssetsDefinition:
        """Executes a declaration as the file of `key`; `names` are what it would import."""
        path = self.root / "seniorlink_assets" / "defs" / f"{key}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"declared_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        vars(module).update(names)
        sys.modules.pop(spec.name, None)
        spec.loader.exec_module(module)
        return getattr(module, path.stem)

    def land(self, landing: str, day: str, **files: str | bytes) -> None:
        """Writes landing files: `land("app/notes", "2025-01-02", notes_csv="...")`."""
        folder = self.home / "landing" / landing / day
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            stem, _, suffix = name.rpartition("_")
            data = content.encode() if isinstance(content, str) else content
            (folder / f"{stem}.{suffix}").write_bytes(data)

    def materialize(
        self,
        *assets: dg.AssetsDefinition | dg.AssetSpec,
        select: list[dg.AssetsDefinition] | None = None,
        days: str | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Materializes in this process; `days` is one day or a range `first...last`."""
        first, _, last = (days or "").partition("...")
        ranged = {
            "dagster/asset_partition_range_start": first,
            "dagster/asset_partition_range_end": last,
        }
        return dg.materialize(
            list(assets),
            selection=select,
            instance=self.instance,
            resources={"environment": self.environment},
            partition_key=first if first and not last else None,
            tags={**(ranged if last else {}), **(tags or {})},
            raise_on_error=False,
        )

    def spark_jobs(self, key: str) -> int:
        """How many Spark jobs were ever submitted for a table."""
        folder = self.environment.lake.storage.root / "jobs" / key
        return len(list(folder.iterdir())) if folder.is_dir() else 0


def failure(result: dg.ExecuteInProcessResult) -> str:
    """The sentence on the run page of the one step that failed."""
    events = [event for event in result.all_node_events if event.is_step_failure]
    assert len(events) == 1
    data = events[0].step_failure_data
    assert data.user_failure_data is not None, data.error
    return data.user_failure_data.description or ""
