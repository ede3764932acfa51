"""The server that forks the steps has what they need before the first of them begins."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seniorlink_assets.environments import CHECKOUT

STEP = '''
"""A job whose step writes down what its process began with."""

import json
import os
import sys
from pathlib import Path

import dagster as dg

from seniorlink_assets.definitions import definitions
from seniorlink_assets.step_processes import step_processes


@dg.op
def step():
    found = {
        "preloaded": [*sys.modules].index("seniorlink_assets.preloaded"),
        "job": [*sys.modules].index("job"),
        "definitions": definitions.load_fn.cache_info().currsize,
        "pid": os.getpid(),
    }
    Path("found.json").write_text(json.dumps(found))


@dg.job(executor_def=step_processes(2))
def steps():
    step()


def main():
    with dg.DagsterInstance.get() as instance:
        assert dg.execute_job(dg.reconstructable(steps), instance).success
    assert definitions.load_fn.cache_info().currsize == 0
    print(os.getpid())
'''


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DAGSTER_HOME": str(tmp_path),
        "SENIORLINK_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(CHECKOUT)]),
    }


def python(code: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)


# The server passes over a module that cannot be imported, and says nothing.
def test_all_that_is_preloaded_can_be_imported(tmp_path, variables):
    said = python("import seniorlink_assets.preloaded", tmp_path, variables)

    assert said.stderr == ""
    assert said.returncode == 0


def test_a_step_finds_the_modules_and_the_definitions_that_its_run_began_with(tmp_path, variables):
    (tmp_path / "job.py").write_text(STEP, encoding="utf-8")

    said = python("import job; job.main()", tmp_path, variables)

    assert said.returncode == 0, said.stderr
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["definitions"] == 1
    assert found["preloaded"] < found["job"]
    assert found["pid"] != int(said.stdout)


def test_definitions_that_cannot_be_built_are_left_to_the_step_to_say(tmp_path, variables):
    code = """
import seniorlink_assets.environments as environments
def environment():
    raise environments.EnvironmentSettingError("a setting is wrong")
environments.environment = environment
try:
    import seniorlink_assets.preloaded
except ImportError as error:
    print(error)
"""

    said = python(code, tmp_path, variables)

    assert said.stdout == "the definitions cannot be preloaded: a setting is wrong\n", said.stderr
