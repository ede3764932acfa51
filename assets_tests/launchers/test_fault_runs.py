"""No orphan, no double, no wrong green, whatever happens."""

import json
import os

import pytest

from assets_tests.launchers.fault_runs import FaultRun

pytestmark = pytest.mark.minutes

RUNS = int(os.environ.get("FAULT_RUNS", "10"))
"""`make faults` has a hundred of them, which take ten minutes."""
AT_ONCE = 8


def run_of(amazon, folder, seed):
    folder.mkdir()
    run = FaultRun(amazon, folder, seed).live()
    (folder / "came of it.json").write_text(json.dumps([run.story, run.wrong]))


def test_nothing_is_orphaned_doubled_or_wrongly_green(amazon, tmp_path):
    folders = {seed: tmp_path / str(seed) for seed in range(RUNS)}
    waiting, children = [*folders], {}
    while waiting or children:
        while waiting and len(children) < AT_ONCE:
            seed = waiting.pop(0)
            child = os.fork()
            if child == 0:
                try:
                    run_of(amazon, folders[seed], seed)
                finally:
                    os._exit(0)
            children[child] = seed
        child, _ = os.waitpid(-1, 0)
        children.pop(child, None)

    came = {
        seed: json.loads(path.read_text())
        if (path := folder / "came of it.json").exists()
        else None
        for seed, folder in folders.items()
    }

    assert [seed for seed, said in came.items() if said is None] == []
    assert {seed: said for seed, said in came.items() if said[1]} == {}
    assert any("SIGKILL" in step for story, _ in came.values() for step in story)
