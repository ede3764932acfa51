"""Ten tables, of which each is at another boundary of the five steps when somebody is killed."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from assets_tests.drills.company import WARD
from assets_tests.drills.drill import Drill

pytestmark = pytest.mark.minutes

STEPS = ("resolve", "compute", "audit", "load", "publish")
AT = {
    f"{when} {step}": key
    for key, (step, when) in zip(
        WARD, ((step, when) for step in STEPS for when in ("before", "after")), strict=True
    )
}
"""The table that is held at each boundary."""


@dataclass(frozen=True)
class Killed:
    """A drill, how the command ended whose processes were killed, and what was published then."""

    drill: Drill
    code: int
    published: Mapping[str, int]


def kill_steps(drill, command, held):
    drill.home.kill(*(one.pid for one in held.values()))
    code = command.wait()
    published = drill.published()
    drill.home.recover()
    return Killed(drill, code, published)


def kill_run_worker(drill, command, held):
    drill.home.kill(command.pid)
    published = drill.published()
    recovery = drill.home.start_recovery()
    for one in held.values():
        drill.home.release(one)
    assert recovery.wait() == 0, drill.home.said(recovery)
    return Killed(drill, command.returncode, published)


def kill_all_at_once(drill, command, held):
    drill.home.kill(*drill.home.processes())
    published = drill.published()
    drill.home.recover()
    return Killed(drill, command.returncode, published)


@pytest.fixture(scope="module", params=[kill_steps, kill_run_worker, kill_all_at_once])
def killed(request, drill) -> Killed:
    begun = drill("pulses")
    home = begun.home
    home.hold(
        {
            key: "seniorlink_assets.materialize:{1} {0}".format(*boundary.split())
            for boundary, key in AT.items()
        }
    )
    command = home.start_recovery(SENIORLINK_JOBS="10")
    held = home.held(*WARD)
    home.hold_nobody()
    return request.param(begun, command, held)


def test_the_command_whose_processes_are_killed_does_not_say_that_all_went_well(killed):
    assert killed.code != 0


@pytest.mark.parametrize("boundary", AT)
def test_a_kill_leaves_the_old_version_until_the_new_one_is_published(killed, boundary):
    found = killed.published[AT[boundary]]

    assert found == killed.drill.version - (boundary != "after publish")


@pytest.mark.parametrize("boundary", AT)
def test_what_was_computed_before_a_kill_is_not_computed_again(killed, boundary):
    assert killed.drill.spark_jobs()[AT[boundary]] == 1


def test_recovery_brings_everything_up_to_date_and_leaves_nothing_behind(killed):
    killed.drill.ends_well()
