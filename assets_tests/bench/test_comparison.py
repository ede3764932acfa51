"""A ratio of medians, and whether it meets its goal."""

import pytest

from assets_tests.bench.comparison import Comparison


def test_the_ratio_is_that_of_the_medians():
    line = Comparison("demo", candidate=[3.0, 1.0, 50.0], baseline=[2.0, 90.0, 2.0], goal=1.5)

    assert (line.ratio, line.verdict) == (1.5, "met")


def test_a_goal_that_is_not_reached_is_called_missed():
    line = Comparison("demo", candidate=[3.0], baseline=[2.0], goal=1.4)

    assert line.verdict == "MISSED"


def test_a_figure_without_a_baseline_has_neither_ratio_nor_verdict():
    line = Comparison("seed", candidate=[3.0])

    assert (line.ratio, line.verdict) == (None, "")


@pytest.mark.parametrize(("seconds", "verdict"), [(0.4, "met"), (0.6, "MISSED")])
def test_a_figure_may_have_a_limit_of_its_own(seconds, verdict):
    assert Comparison("swap", candidate=[seconds], limit=0.5).verdict == verdict


def test_every_sample_is_kept():
    kept = Comparison("demo", candidate=[3.0, 1.0, 2.0], baseline=[2.0]).to_json()

    assert kept["candidate"] == {"median": 2.0, "samples": [3.0, 1.0, 2.0]}
