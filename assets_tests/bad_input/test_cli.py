"""What the `seniorlink` command says when a setting, the home or a port is no good."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from seniorlink_assets.cli import main


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path / "home"


@pytest.mark.parametrize("memory", ["lots", "", "g", "2", "0g", "1.5g", "2gb", "100m"])
def test_a_job_memory_that_is_none_is_refused_by_its_name(home, monkeypatch, memory):
    monkeypatch.setenv("SENIORLINK_JOB_MEMORY", memory)

    said = CliRunner().invoke(main, ["query", "SELECT 1"])

    assert said.exit_code == 1
    assert said.output == (
        f"Error: SENIORLINK_JOB_MEMORY is {memory!r}; write a number of megabytes or gigabytes, "
        "at least 512m: 1g\n"
    )


@pytest.mark.parametrize("command", [["seed"], ["demo"], ["dev"], ["env"]])
def test_a_home_that_is_a_file_is_refused_before_anything_happens(home, command):
    home.write_text("mine")

    said = CliRunner().invoke(main, command)

    assert said.exit_code == 1
    assert said.output == (
        f"Error: the home {home} cannot be written (File exists); make it writable, or set "
        "SENIORLINK_HOME to another folder\n"
    )
    assert home.read_text() == "mine"


def test_a_port_that_is_taken_is_named_with_what_to_type_instead(home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        said = subprocess.run(
            [Path(sys.executable).parent / "seniorlink", "dev", "--port", str(port)],
            capture_output=True,
            text=True,
            check=False,
        )

    assert said.returncode == 1
    assert said.stderr == (
        f"Error: port {port} of 127.0.0.1 cannot be had (Address already in use); stop what uses "
        "it, or choose another with `seniorlink dev --port 3001` or `make dev PORT=3001`\n"
    )
