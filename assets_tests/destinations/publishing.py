"""A process that publishes one snapshot, and can be made to stop in the middle."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from pkgutil import resolve_name

from assets_tests.destinations.place import Place
from assets_tests.destinations.places import PLACES
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.snapshot import Snapshot
from spark.contract import Contract
from spark.contract.manifest import Manifest

CHECKOUT = Path(__file__).parents[2]


def start_publishing(
    place: Place,
    snapshot: Snapshot,
    contract: Contract,
    *,
    stop: str | None = None,
    largest_file: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen:
    """It prints "staged", then "stopped" and stays there, or "published" and ends.

    `largest_file` is how many bytes it can write to one file, as on a full disk; it then prints
    what it was told.
    """
    snapshot = place.within_reach(snapshot)
    order = {
        "place": next(name for name, kind in PLACES.items() if type(place) is kind),
        "folder": str(place.folder),
        "arguments": place.arguments,
        "lake": snapshot.lake,
        "snapshot": snapshot.place,
        "manifest": snapshot.manifest.to_text(),
        "contract": contract.to_json(),
        "stop": stop,
        "largest_file": largest_file,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "assets_tests.destinations.publishing", json.dumps(order)],
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )


def kill_when_stopped(process: subprocess.Popen) -> None:
    with process:
        assert "stopped\n" in process.stdout
        process.kill()


def _main(order: Mapping) -> None:
    place = PLACES[order["place"]](Path(order["folder"]), **order["arguments"])
    manifest = Manifest.from_json(json.loads(order["manifest"]))
    snapshot = Snapshot(order["lake"], order["snapshot"], manifest)
    destination = place.destination()
    if order["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"], order["largest_file"]))
    try:
        staged = destination.stage(Contract.from_json(order["contract"]), [snapshot], "a run")
    except DestinationError as error:
        _say(str(error))
        return
    _say("staged")
    if order["stop"]:
        function, call, _ = place.stops[order["stop"]]
        _stop_at(function, call)
    destination.publish(staged, "a run")
    _say("published")


def _stop_at(function: str, call: int) -> None:
    owner, name = function.rsplit(".", 1)
    real = getattr(resolve_name(owner), name)
    calls = iter(range(1, call + 1))

    def stopping(*arguments):
        if next(calls) == call:
            _say("stopped")
            signal.pause()
        return real(*arguments)

    setattr(resolve_name(owner), name, stopping)


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _main(json.loads(sys.argv[1]))
