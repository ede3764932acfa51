"""A home whose disk fills up while a job runs, or before what it computed is loaded."""

import shutil

import pytest

from assets_tests.bad_input.test_machine import mounted
from assets_tests.drills.company import CHAIN, READINGS
from assets_tests.drills.drill import Drill, Reader
from assets_tests.drills.home import DrillHome
from assets_tests.launchers.pools import keepers_end

pytestmark = pytest.mark.minutes


@pytest.fixture(scope="module")
def small_disk(green_home, tmp_path_factory):
    """The home, copied to a disk of its own; a copied extract is loaded again, without Spark."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "home").mkdir()
    with mounted(folder / "home", "size=200m,mode=700"):
        shutil.copytree(
            green_home.folder,
            folder / "home",
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("jvms", "socket"),
        )
        home = DrillHome(folder / "home", green_home.checkout, versions={**green_home.versions})
        try:
            with keepers_end(home.folder / "jvms"):
                home.recover()
                yield home
        finally:
            home.close()


@pytest.mark.parametrize(
    ("point", "jobs"),
    [
        pytest.param("spark.compute:compute before", 2, id="before a job computes"),
        pytest.param("seniorlink_assets.materialize:load before", 1, id="before a load"),
    ],
)
def test_a_full_disk_costs_what_was_not_committed(small_disk, counts, point, jobs):
    home = small_disk
    counts["drills"] += 1
    with Reader.of(home) as reader:
        drill = Drill.begins(home, reader, "gauges")
        home.hold({READINGS: point})
        command = home.start_recovery()
        waits = home.held(READINGS)[READINGS]
        home.hold_nobody()
        filler = home.folder / "filler"
        filler.write_bytes(b"x" * shutil.disk_usage(home.folder).free)
        home.release(waits)

        assert command.wait() != 0, home.said(command)

        assert set(drill.published().values()) == {drill.version - 1}
        filler.unlink()
        home.recover()
        assert drill.spark_jobs() == {**dict.fromkeys(CHAIN, 1), READINGS: jobs}
        drill.ends_well()
