"""Jobs do on Spark 3.5, which clusters have, what they do on the Spark of this environment."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from spark.aot_training import train
from spark.contract.code import job_file
from spark.contract.manifest import FILE_NAME, Manifest

pytestmark = pytest.mark.minutes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OLDER = Path(sys.prefix) / "spark35" / "bin" / "python"
TRANSFORMS = [
    job
    for declaration in sorted((ROOT / "seniorlink_assets" / "defs").glob("*/*.py"))
    if (job := job_file(ROOT / "spark", f"{declaration.parent.name}/{declaration.stem}"))
    and (job.suffix == ".sql" or "pyspark" in job.read_text(encoding="utf-8"))
]
RUNNER = (
    "aot_training", "checks", "compute", "counting", "failure", "files", "fitting", "landing",
    "once", "thrown", "transform", "writing",
)  # fmt: skip


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess, Path]:
    """The end of the jobs' tests on the older Spark, and the folder in which they worked."""
    assert OLDER.is_file(), f"{OLDER} is missing; run `make test`, which installs the older Spark"
    folder = tmp_path_factory.mktemp("older") / "tests"
    done = subprocess.run(
        [
            *(OLDER, "-m", "pytest", "-c", HERE / "pytest.ini", "--rootdir", ROOT),
            f"--basetemp={folder}",
            *(
                ROOT / "assets_tests" / job.parent.name / f"test_{job.stem}.py"
                for job in TRANSFORMS
            ),
            *(ROOT / "assets_tests" / "spark" / f"test_{name}.py" for name in RUNNER),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        check=False,
    )
    return done, folder


def test_every_transform_and_the_runner_pass_their_tests(older):
    done, _ = older

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4_000:]
    assert {"daily_notes.py", "stipends.sql"} <= {job.name for job in TRANSFORMS}


def test_the_same_jobs_commit_the_same_rows(spark, older, tmp_path):
    _, folder = older
    train(spark, tmp_path)

    found, expected = (substance(lake) for lake in (folder, tmp_path / "lake"))

    assert len(expected) == 5
    assert found == expected


def substance(folder: Path) -> Mapping[str, Any]:
    """What the manifests of the training say of rows, by attempt and partition."""
    manifests = [Manifest.read(path) for path in folder.rglob(FILE_NAME)]
    return {
        f"{manifest.attempt} {manifest.partition}": (
            *(manifest.key, manifest.content, manifest.rows, manifest.sums, manifest.newest),
            *(manifest.reject_reasons, manifest.drops, manifest.violations, manifest.inputs),
        )
        for manifest in manifests
        if manifest.key.startswith("training/")
    }
