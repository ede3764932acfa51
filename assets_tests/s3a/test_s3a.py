"""Jobs do over S3A, which EMR reads and writes S3 with, what they do in any other store."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OF_JOBS = ("files", "landing", "compute")


@pytest.fixture
def jars() -> Path:
    """The folder that S3A_JARS names; skips where it is not set."""
    named = os.environ.get("S3A_JARS")
    if not named:
        pytest.skip("S3A_JARS is not set: the folder of hadoop-aws and the AWS SDK, see README.md")
    missing = [
        each for each in ("hadoop-aws-*.jar", "*bundle-*.jar") if not [*Path(named).glob(each)]
    ]
    assert not missing, f"S3A_JARS names a folder without {' and '.join(missing)}; see README.md"
    return Path(named)


def test_a_store_behind_s3a_passes_the_tests_of_every_store(jars):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-c", HERE / "pytest.ini", "--rootdir", ROOT),
            *("-k", "store or conformance", HERE / "conformance.py"),
            *(ROOT / "assets_tests" / "spark" / f"test_{name}.py" for name in OF_JOBS),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        | {"S3A_JARS": str(jars.absolute())},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4_000:]
