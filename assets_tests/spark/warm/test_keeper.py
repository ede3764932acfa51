"""What the keeper of warm JVMs does when somebody dies, lies or is in the way."""

import json
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from assets_tests.launchers.jobs import WAITS
from assets_tests.launchers.papers_in import papers_in
from assets_tests.launchers.pools import keepers, keepers_end
from assets_tests.launchers.processes import becomes, ends, is_held, members
from assets_tests.spark.warm.scripted import Scripted
from seniorlink_assets.launchers import pool
from seniorlink_assets.launchers.base import State
from seniorlink_assets.launchers.local import LocalLauncher

CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def jobs(tmp_path):
    with keepers_end(tmp_path / "jvms"):
        yield Scripted(tmp_path)


def keeper(jobs: Scripted) -> int:
    """The one keeper at work."""
    (pid,) = keepers(jobs.home / "jvms")
    return pid


def place(jobs: Scripted) -> Path:
    (found,) = (jobs.home / "jvms").iterdir()
    return found


def has_children(pid: int) -> bool:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text() != ""


def open_files(pid: int) -> list[str]:
    """What a process has open: paths, or kinds where there is no path."""
    found = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(path.readlink()).partition(":")[0])
    return sorted(found)


def rests(jobs: Scripted) -> bool:
    """Whether the keeper soon has no process, and no file but its own."""
    own = [
        "/dev/null",
        *(str(place(jobs) / name) for name in ("keeper.lock", "keeper.log", "keeper.log")),
        "anon_inode",
        *["socket"] * 3,
    ]
    pid = keeper(jobs)
    return becomes(lambda: not has_children(pid) and open_files(pid) == sorted(own))


# Its jobs


def test_a_job_runs_beside_a_jvm_of_the_keeper_and_its_end_is_seen(jobs):
    job = jobs.start()

    assert job.end() == State("succeeded")
    assert job.is_warm
    assert (job.folder / "exit").read_text() == "0\n"


def test_a_job_holds_nothing_of_the_keeper_but_its_lock_and_its_jvm(jobs):
    others = [jobs.start(WAITS) for _ in range(2)]
    job = jobs.start("import os\nfound['files'] = os.listdir('/proc/self/fd')\n" + WAITS)
    job.begins()

    files = open_files(job.handle["pid"])

    assert files == sorted(
        [
            "/dev/null",
            *(str(job.folder / name) for name in ("lock", "stderr.log", "stdout.log")),
            "pipe",
        ]
    )
    for other in [*others, job]:
        other.go_on()


def test_what_a_job_starts_holds_neither_its_lock_nor_its_jvm(jobs):
    job = jobs.start("import os\nos.system('ls -l /proc/self/fd >&2')")
    job.end()

    said = (job.folder / "stderr.log").read_text()

    assert "stderr.log" in said
    assert "lock" not in said
    assert "pipe" not in said


def test_a_jvm_holds_no_file_of_the_keeper_but_its_own_pipe(jobs):
    first = jobs.start(WAITS)
    first.begins()
    second = jobs.start(WAITS + "found['folder'] = str(jvm)")
    second.begins()
    files = open_files(second.found["jvm"])
    second.go_on()
    first.go_on()

    assert "socket" not in " ".join(files)
    assert len([name for name in files if name.startswith("pipe")]) == 1


def test_a_keeper_keeps_no_files_and_children_of_many_jobs(jobs):
    for job in [
        jobs.start(deed) for deed in ("", "raise ValueError", "", "import os; os._exit(3)")
    ]:
        job.end()

    assert rests(jobs)


def test_a_job_makes_files_as_whoever_asked_for_it_would(jobs):
    before = os.umask(0o027)
    try:
        job = jobs.start("(papers / 'made').touch()")
    finally:
        os.umask(before)
    job.end()

    assert (job.folder / "made").stat().st_mode & 0o777 == 0o640


def test_a_job_that_breaks_how_it_ends_is_over_all_the_same(jobs):
    job = jobs.start("import os\nos.killpg = os._exit = None")

    job.end()

    assert members(job.handle["pid"]) == []
    assert jobs.start().end() == State("succeeded")


# The jobs of one JVM

CLEANS = "keeper.clean = lambda folder: None"
"""A JVM that is a script has nothing to be cleaned of."""


def served_by(jobs: Scripted, **asked: Any) -> int:
    """The JVM of a job that has ended, as the keeper knows by now."""
    job = jobs.start(**asked)
    assert job.end() == State("succeeded")
    assert job.is_warm
    assert becomes(lambda: not is_held(job.folder / "lock"))
    return job.found["jvm"]


def test_a_jvm_that_has_served_its_number_of_jobs_is_retired(jobs):
    jobs.keep(f"{CLEANS}\nkeeper.MOST_JOBS = 2")

    jvms = [served_by(jobs) for _ in range(5)]

    assert [jvms.index(jvm) for jvm in jvms] == [0, 0, 2, 2, 4]
    assert all(ends(jvm) for jvm in jvms[:4])


def test_a_jvm_that_cannot_be_cleaned_serves_no_other_job(jobs):
    jobs.keep("def clean(folder): raise keeper.NotCleanError('it leaks')\nkeeper.clean = clean")

    first, second = served_by(jobs), served_by(jobs)

    assert first != second
    assert ends(first)
    assert "is retired: it leaks" in (place(jobs) / "keeper.log").read_text()


LINGERS = """
import os, time
from pathlib import Path
killpg = os.killpg
def linger(*words):
    while not Path(papers, "goes on").exists():
        time.sleep(0.01)
    killpg(*words)
os.killpg = linger
"""


def test_a_job_waits_for_the_jvm_of_one_that_is_over_but_has_not_ended(jobs):
    jobs.keep(CLEANS)
    first = jobs.start(LINGERS)
    assert becomes((first.folder / "exit").exists)
    pid = keeper(jobs)
    at_rest = open_files(pid).count("socket")

    with ThreadPoolExecutor() as threads:
        second = threads.submit(jobs.start)
        assert becomes(lambda: second.done() or open_files(pid).count("socket") > at_rest)
        first.go_on()
        job = second.result()

    assert job.end() == State("succeeded")
    assert job.found["jvm"] == first.found["jvm"]


@pytest.mark.parametrize(
    "other",
    [
        {"memory": "120m"},
        {"options": ("-XX:+UseSerialGC",)},
        {"jars": "others"},
        {"variables": {"JAVA_TOOL_OPTIONS": "-Xint"}},
        {"variables": {"AWS_REGION": "eu-west-1"}},
    ],
    ids=str,
)
def test_a_job_that_asks_for_another_jvm_gets_one_of_its_own(jobs, other):
    jobs.keep(CLEANS)
    first = served_by(jobs)

    second = served_by(jobs, **other)

    assert second != first
    assert served_by(jobs) == first
    assert served_by(jobs, **other) == second


def test_what_differs_from_job_to_job_needs_no_other_jvm(jobs):
    jobs.keep(CLEANS)

    jvms = {
        served_by(jobs, deed=deed, variables={"DAGSTER_PIPES_CONTEXT": deed})
        for deed in ("found['a'] = 1", "found['b'] = 2")
    }

    assert len(jvms) == 1


# Somebody dies


def test_a_job_goes_on_when_its_keeper_is_killed_and_leaves_nothing(jobs):
    job = jobs.start(WAITS)
    job.begins()
    first = keeper(jobs)

    os.kill(first, signal.SIGKILL)
    assert ends(first)
    assert job.launcher.state(papers_in(job.folder), job.handle) == State("running")
    job.go_on()

    assert job.end() == State("succeeded")
    assert all(ends(pid) for pid in [job.found["jvm"], *members(job.handle["pid"])])


def test_the_next_job_starts_another_keeper_when_one_was_killed(jobs):
    jobs.start().end()
    first = keeper(jobs)
    os.kill(first, signal.SIGKILL)
    assert ends(first)
    assert (place(jobs) / "socket").exists()

    job = jobs.start()

    assert job.is_warm
    assert keeper(jobs) != first


def test_a_job_goes_on_when_its_keeper_is_asked_to_end(jobs):
    job = jobs.start(WAITS)
    job.begins()
    first = keeper(jobs)

    os.kill(first, signal.SIGTERM)
    assert ends(first)
    job.go_on()

    assert job.end() == State("succeeded")
    assert ends(job.found["jvm"])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, 137), (signal.SIGTERM, 143)])
def test_a_jvm_ends_with_the_driver_that_was_killed(jobs, number, code):
    job = jobs.start(WAITS)
    job.begins()

    os.kill(job.handle["pid"], number)

    assert job.end().phase == "failed"
    assert ends(job.found["jvm"])
    assert becomes((job.folder / "exit").exists)
    assert (job.folder / "exit").read_text() == f"{code}\n"


def test_the_reason_of_a_job_that_left_without_a_word_is_its_exit_code(jobs):
    job = jobs.start("import os; os._exit(3)")

    state = job.end()

    assert state.reason == f"The job ended with 3 and no word; see {job.folder / 'stderr.log'}."


def test_a_driver_is_told_how_its_jvm_ended(jobs):
    job = jobs.start(
        """
import os
import time
os.kill(found["jvm"], 9)
ended = jvm / "exit"
while not ended.exists():
    time.sleep(0.01)
found["ended"] = ended.read_text()
"""
    )

    job.end()

    assert job.found["ended"] == "-9"


def test_a_job_outlives_whoever_asked_for_it_and_can_be_asked_after(jobs):
    order = jobs.order(WAITS)
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(jobs.home / "jvms"), str(order.root)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter:
        starter.stdin.write(
            json.dumps({**asdict(order.job.jvm), "folder": str(order.papers.folder)})
        )
        starter.stdin.write("\n")
        starter.stdin.flush()
        handle = json.loads(starter.stdout.readline())
        starter.kill()
    asked = LocalLauncher("100m", 1)

    assert asked.state(order.papers, handle) == State("running")
    (order.papers.folder / "goes on").touch()
    assert ends(handle["pid"])
    assert asked.state(order.papers, handle) == State("succeeded")


STARTER = """
import json, sys
from pathlib import Path
from seniorlink_assets.launchers.base import Order
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.pool import Pool
from seniorlink_assets.storage.disk import DiskStorage
from spark.contract.job import Job
from spark.contract.jvm import Jvm

asked = json.loads(sys.stdin.readline())
folder = Path(asked.pop("folder"))
job = Job("1", None, "", "", "", {}, {}, {}, jvm=Jvm(**{**asked, "options": ()}))
launcher = LocalLauncher("100m", 1, Pool(Path(sys.argv[1]), 400))
order = Order(job, Path(sys.argv[2]), Papers(DiskStorage(folder.parent), folder.name))
print(json.dumps(launcher.submit(order, {})), flush=True)
sys.stdin.read()
"""


def test_a_cancelled_job_leaves_neither_process_nor_jvm(jobs):
    job = jobs.start(WAITS)
    job.begins()

    job.launcher.cancel(papers_in(job.folder), job.handle)

    assert members(job.handle["pid"]) == []
    assert ends(job.found["jvm"])


# The keeper's own end


def test_a_keeper_that_is_asked_to_end_does_so_and_leaves_no_socket(jobs):
    jobs.start().end()
    first = keeper(jobs)

    os.kill(first, signal.SIGTERM)

    assert ends(first)
    assert not (place(jobs) / "socket").exists()


def test_a_keeper_ends_when_its_folder_is_gone(jobs):
    jobs.start("raise ValueError").end()
    first, folder = keeper(jobs), place(jobs)
    assert becomes(lambda: [*folder.glob("jvm-*")] == [])

    folder.rename(jobs.home / "elsewhere")

    assert ends(first)


def test_a_keeper_without_work_ends(tmp_path):
    changed = "import sys; from spark.warm import keeper; keeper.IDLE_SECONDS = 0; keeper.main()"

    done = subprocess.run(
        [sys.executable, "-c", changed, str(tmp_path), "400"],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        timeout=60,
        check=False,
    )

    assert done.returncode == 0
    assert not (tmp_path / "socket").exists()


# Which jobs it takes


def test_launchers_that_come_at_the_same_time_share_one_keeper(jobs):
    with ThreadPoolExecutor(4) as launchers:
        started = [*launchers.map(jobs.start, [WAITS] * 4)]

    assert all(job.is_warm for job in started)
    assert len({job.found["jvm"] for job in started}) == 4
    assert keeper(jobs)
    for job in started:
        job.go_on()
        assert job.end() == State("succeeded")


def test_a_job_for_which_there_is_no_memory_runs_by_itself(jobs):
    jobs.megabytes = 150
    first, second = jobs.start(WAITS), jobs.start(WAITS)

    assert first.is_warm
    assert not second.is_warm

    for job in (first, second):
        job.go_on()
        assert job.end() == State("succeeded")


def test_other_code_or_another_spark_has_another_keeper(jobs, monkeypatch):
    jobs.start().end()
    first = keeper(jobs)
    monkeypatch.setattr(pool, "_version", lambda: "another")

    job = jobs.start()

    assert job.is_warm
    assert len(keepers(jobs.home / "jvms")) == 2
    assert first in keepers(jobs.home / "jvms")


def test_a_folder_that_others_can_enter_is_not_used(jobs):
    folder = jobs.home / "jvms" / pool._version()
    folder.mkdir(parents=True)
    folder.chmod(0o755)

    job = jobs.start()

    assert not job.is_warm
    assert job.end() == State("succeeded")
    assert [*folder.iterdir()] == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_folder_of_somebody_else_is_not_used(jobs):
    folder = jobs.home / "jvms" / pool._version()
    folder.mkdir(mode=0o700, parents=True)
    os.chown(folder, 12345, 12345)

    job = jobs.start()

    assert not job.is_warm
    assert job.end() == State("succeeded")


def test_a_folder_that_cannot_be_made_makes_no_job_fail(jobs):
    (jobs.home / "jvms").touch()

    job = jobs.start()

    assert not job.is_warm
    assert job.end() == State("succeeded")
    (jobs.home / "jvms").unlink()


def test_a_keeper_that_cannot_start_makes_no_job_fail(jobs, monkeypatch):
    monkeypatch.setattr(pool, "_STARTING_SECONDS", 0)
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(pool.PoolBusy):
        jobs.pool.submit(jobs.order(), {}, 0)


def test_a_home_with_a_very_long_path_has_a_keeper(tmp_path):
    home = tmp_path / ("x" * 120)
    home.mkdir()
    with keepers_end(home / "jvms"):
        job = Scripted(home).start()

        assert job.is_warm
        assert job.end() == State("succeeded")


def test_only_its_user_can_reach_a_keeper_and_what_it_keeps(jobs):
    before = os.umask(0o022)
    try:
        job = jobs.start(WAITS)
    finally:
        os.umask(before)
    job.begins()

    found = [place(jobs), place(jobs) / "socket", *place(jobs).glob("jvm-*")]

    assert len(found) == 3
    assert [path.stat().st_mode & 0o077 for path in found] == [0, 0, 0]
    job.go_on()


# What is said to it


def said(jobs: Scripted, words: bytes, files: list[int]) -> bytes:
    """What the keeper answers to whoever says this and closes."""
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(30)
        caller.connect(str(place(jobs) / "socket"))
        if words:
            socket.send_fds(caller, [words], files)
        caller.shutdown(socket.SHUT_WR)
        return caller.recv(100)


def worded(jobs: Scripted, **changed: object) -> bytes:
    order = jobs.order()
    asked = {
        "folder": str(order.papers.folder),
        "root": str(order.root),
        "environment": {},
        "jvm": asdict(order.job.jvm),
        **changed,
    }
    return json.dumps(asked).encode() + b"\n"


NO_ORDERS = {
    "nothing": lambda jobs: b"",
    "garbage": lambda jobs: b"\xff\x00 garbage\n",
    "another kind of JSON": lambda jobs: b"[1]\n",
    "an empty order": lambda jobs: b"{}\n",
    "half an order": lambda jobs: worded(jobs)[:100],
    "no environment": lambda jobs: worded(jobs, environment=None),
    "no folder": lambda jobs: worded(jobs, folder=None),
    "a folder that is not there": lambda jobs: worded(jobs, folder="/nowhere"),
    "no memory": lambda jobs: worded(
        jobs, jvm={"java": "x", "jars": "", "memory": "", "options": ()}
    ),
    "an odd memory": lambda jobs: worded(
        jobs, jvm={"java": "x", "jars": "", "memory": "2048", "options": ()}
    ),
    "a Java that is not there": lambda jobs: worded(
        jobs, jvm={"java": "/nowhere", "jars": "", "memory": "100m", "options": ()}
    ),
}


@pytest.mark.parametrize("has_lock", [True, False])
@pytest.mark.parametrize("words", NO_ORDERS)
def test_a_keeper_serves_on_whatever_it_is_told(jobs, words, has_lock):
    jobs.start().end()
    before = keeper(jobs)

    with (jobs.home / "lock").open("w") as lock:
        said(jobs, NO_ORDERS[words](jobs), [lock.fileno()] if has_lock else [])

    assert jobs.start().end() == State("succeeded")
    assert keeper(jobs) == before
    assert rests(jobs)


def test_an_order_whose_starter_is_gone_is_not_done(jobs):
    jobs.start().end()
    before, order = keeper(jobs), jobs.order("(papers / 'done').touch()")
    asked = worded(jobs, folder=str(order.papers.folder))

    with (jobs.home / "lock").open("w") as lock, socket.socket(socket.AF_UNIX) as caller:
        caller.connect(str(place(jobs) / "socket"))
        socket.send_fds(caller, [asked], [lock.fileno()])

    assert jobs.start().end() == State("succeeded")
    assert rests(jobs)
    assert keeper(jobs) == before
    assert {path.name for path in order.papers.folder.iterdir()} <= {"deed.py"}


def test_a_caller_who_says_nothing_keeps_nobody_waiting(jobs, monkeypatch):
    jobs.start().end()
    monkeypatch.setattr(pool, "_STARTING_SECONDS", 5)

    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(place(jobs) / "socket"))
        job = jobs.start()
        assert job.is_warm

    assert job.end() == State("succeeded")


def test_what_a_killed_keeper_leaves_on_the_disk_is_removed_by_the_next(jobs):
    job = jobs.start(WAITS)
    job.begins()
    os.kill(keeper(jobs), signal.SIGKILL)
    job.go_on()
    job.end()
    assert ends(job.found["jvm"])

    jobs.start("raise ValueError").end()

    assert becomes(lambda: [*place(jobs).glob("jvm-*")] == [])
