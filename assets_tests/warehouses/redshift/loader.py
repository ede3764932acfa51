"""A process that stages or publishes in child after child, each stopped before some statement.

It reads the number of a statement, counted from 1, and says which statement its child has come to
and the child's pid, or that the child is done; then that it is gone.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import redshift_connector  # noqa: F401 - once for all children

from assets_tests.destinations.redshift_place import RedshiftPlace
from seniorlink_assets.destination import Staged
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.redshift import driver
from spark.contract import Contract
from spark.contract.manifest import Manifest

CHECKOUT = Path(__file__).parents[3]


class Loader:
    """The process, as a test sees it. It publishes what is staged at a place, or stages it."""

    def __init__(
        self,
        place: RedshiftPlace,
        contract: Contract,
        snapshot: Snapshot,
        staged_place: str | None = None,
    ) -> None:
        order = {
            "folder": str(place.folder),
            **place.arguments,
            "contract": contract.to_json(),
            "lake": snapshot.lake,
            "snapshot": snapshot.place,
            "manifest": snapshot.manifest.to_text(),
            "staged": staged_place,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, json.dumps(order)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Loader":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()  # pyright: ignore[reportOptionalMemberAccess]
        self._process.wait()
        self._process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]

    def kill_before(self, statement: int) -> str | None:
        """Kills it before that statement, and says which it was; None if it is done before."""
        asked, told = self._process.stdin, self._process.stdout
        assert asked
        assert told
        asked.write(f"{statement}\n")
        asked.flush()
        said = json.loads(told.readline())
        if said["stopped"] is not None:
            os.kill(said["pid"], signal.SIGKILL)
        assert told.readline() == "gone\n"
        return said["stopped"]


def _main(order: Mapping) -> None:
    warehouse = RedshiftPlace(Path(order["folder"]), order["settings"]).destination()
    manifest = Manifest.from_json(json.loads(order["manifest"]))
    snapshots = [Snapshot(order["lake"], order["snapshot"], manifest)]
    contract = Contract.from_json(order["contract"])
    # What takes long is done once, and not by every child.
    warehouse._transport._logins.login()
    Aws(order["settings"]["AWS_REGION"]).client("s3")
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _stop_before(int(line))
            if order["staged"]:
                warehouse.publish(Staged(contract, snapshots, order["staged"], 0), "a run")
            else:
                warehouse.stage(contract, snapshots, "a run")
            _say(json.dumps({"stopped": None}))
            os._exit(0)
        os.waitpid(child, 0)
        _say("gone")


def _stop_before(statement: int) -> None:
    statements = iter(range(1, statement + 1))
    for name in ("rows", "_run"):
        real = getattr(driver._Connected, name)

        def stopping(session, sql, *arguments, real=real):
            if next(statements) == statement:
                _say(json.dumps({"stopped": sql, "pid": os.getpid()}))
                signal.pause()
            return real(session, sql, *arguments)

        setattr(driver._Connected, name, stopping)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
