"""Measuring a command: what it leaves behind belongs to it, and how it ended counts."""

import os
import secrets
import subprocess
import sys

import pytest

from assets_tests.bench.measured import MARKER, end_processes, marked, measured

LEAVE_ONE_BEHIND = """
import subprocess, sys
waiting = [sys.executable, "-c", "import signal; signal.pause()"]
print(subprocess.Popen(waiting, start_new_session=True).pid)
"""


def environment() -> dict[str, str]:
    return {**os.environ, MARKER: secrets.token_hex(8)}


def test_a_detached_process_is_found_by_its_mark_until_it_is_ended(tmp_path):
    given = environment()

    run = measured([sys.executable, "-c", LEAVE_ONE_BEHIND], given, tmp_path)
    left = marked(given[MARKER])
    end_processes(given[MARKER])

    assert left == {int(run.last_line)}
    assert marked(given[MARKER]) == set()


def test_what_a_marked_process_started_without_the_mark_is_found_too(tmp_path):
    given = environment()
    bare = ["/usr/bin/env", "-i", "/bin/sh", "-c", "echo $$; read x"]
    script = f"import subprocess; subprocess.run({bare!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=given,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    with process:
        child = int(process.stdout.readline())
        found = marked(given[MARKER])
        process.communicate("over\n")

    assert {process.pid, child} <= found


def test_a_command_that_fails_is_no_measurement(tmp_path):
    with pytest.raises(subprocess.CalledProcessError) as raised:
        measured([sys.executable, "-c", "print('why'); exit(3)"], environment(), tmp_path)

    assert (raised.value.returncode, raised.value.output) == (3, "why\n")


def test_a_command_that_should_fail_and_does_not_is_none_either(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        measured([sys.executable, "-c", ""], environment(), tmp_path, fails=True)
