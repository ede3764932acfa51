"""Requests keep to a pace, whoever makes them."""

import threading

import pytest

from seniorlink_assets.launchers import pace as pace_module
from seniorlink_assets.launchers.pace import Pace


class Clock:
    """A time that passes only where somebody sleeps."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def time(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace_module, "time", clock)
    return clock


def test_a_few_go_at_once_and_the_rest_one_after_the_other(clock, tmp_path):
    pace = Pace(tmp_path / "watch" / "list.pace", per_second=2, burst=3)

    for _ in range(6):
        pace.take_turn()

    assert clock.slept == [0, 0, 0, 0.5, 1.0, 1.5]


def test_time_that_passes_gives_turns_back(clock, tmp_path):
    pace = Pace(tmp_path / "list.pace", per_second=2, burst=3)
    for _ in range(3):
        pace.take_turn()

    clock.now += 1
    for _ in range(3):
        pace.take_turn()

    assert clock.slept == [0, 0, 0, 0, 0, 0.5]


def test_a_long_rest_gives_no_more_than_a_burst(clock, tmp_path):
    pace = Pace(tmp_path / "list.pace", per_second=2, burst=3)
    pace.take_turn()

    clock.now += 3600
    for _ in range(4):
        pace.take_turn()

    assert clock.slept == [0, 0, 0, 0, 0.5]


def test_who_shares_the_file_shares_the_pace(clock, tmp_path):
    paces = [Pace(tmp_path / "list.pace", per_second=1, burst=5) for _ in range(10)]

    threads = [threading.Thread(target=pace.take_turn) for pace in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(clock.slept) == [0, 0, 0, 0, 0, 1, 2, 3, 4, 5]


def test_a_file_that_holds_nonsense_begins_anew(clock, tmp_path):
    (tmp_path / "list.pace").write_text("[noon")

    Pace(tmp_path / "list.pace", per_second=1, burst=1).take_turn()

    assert clock.slept == [0]
