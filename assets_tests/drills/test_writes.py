"""A chain of tables whose loading and publication is interrupted at one place after another."""

from contextlib import suppress
from dataclasses import dataclass

import pytest

from assets_tests.drills.company import CHAIN, OVERVIEW, READINGS
from assets_tests.launchers.processes import becomes

pytestmark = pytest.mark.minutes

_WAREHOUSE = "seniorlink_assets.warehouses.duckdb"
_POINTER = "seniorlink_assets.lake:Lake.publish before"


@dataclass(frozen=True)
class Point:
    """Where the process that publishes `key` is killed, and whether readers see the new version.

    With `writes` it is let go there, and killed as soon as it has begun to write to such a file.
    """

    key: str
    function: str
    is_new: bool
    writes: str = ""


POINTS = {
    "in the middle of the INSERT": Point(
        READINGS, f"{_WAREHOUSE}:_load before", False, "*.duckdb*"
    ),
    "before the staging is committed": Point(READINGS, f"{_WAREHOUSE}:_totals after", False),
    "before the swap is committed": Point(READINGS, f"{_WAREHOUSE}:_record after", False),
    "between the swap and the pointer": Point(READINGS, _POINTER, True),
    "in the middle of the .hyper file": Point(
        OVERVIEW, "seniorlink_assets.extracts.hyper:_write before", False, "extracts/.staging/*"
    ),
    "between the .hyper file and its release": Point(
        OVERVIEW, "seniorlink_assets.extracts.folder:ExtractFolder.publish before", False
    ),
    "between the release and the .hyper file": Point(
        OVERVIEW, "seniorlink_assets.extracts.folder:ExtractFolder._write_releases after", False
    ),
    "between the .hyper file and the pointer": Point(OVERVIEW, _POINTER, True),
}


@pytest.fixture(scope="module")
def killed(drill):
    """The drill after its last recovery, and by point what was published when it was over."""
    begun = drill("gauges")
    home, published = begun.home, {}
    for number, (name, point) in enumerate(POINTS.items()):
        home.hold({point.key: point.function})
        command = home.start_recovery()
        step = home.held(point.key)[point.key]
        home.hold_nobody()
        if point.writes:
            release_until_it_writes(home, step, point.writes)
        home.kill(step.pid, *([command.pid] if number % 2 else []))
        assert command.wait() != 0, home.said(command)
        published[name] = begun.published()
    home.recover()
    return begun, published


def release_until_it_writes(home, step, files):
    def written():
        found = []
        for path in sorted(home.folder.glob(files)):
            with suppress(FileNotFoundError):  # DuckDB removes its log
                found.append((path, path.stat().st_size, path.stat().st_mtime_ns))
        return found

    before = written()
    home.release(step)
    assert becomes(lambda: written() != before)


@pytest.mark.parametrize("name", POINTS)
def test_a_kill_leaves_the_old_version_or_the_new_one(killed, name):
    drill, published = killed
    point = POINTS[name]

    assert published[name][point.key] == drill.version - (not point.is_new)


def test_no_kill_during_a_load_or_a_publication_costs_a_spark_job(killed):
    drill, _ = killed

    assert drill.spark_jobs() == dict.fromkeys(CHAIN, 1)


def test_recovery_brings_everything_up_to_date_and_leaves_nothing_behind(killed):
    drill, _ = killed

    drill.ends_well()
