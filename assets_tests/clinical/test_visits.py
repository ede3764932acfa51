"""clinical/visits: the day a visit belongs to."""

import pytest

from spark.clinical.visits import visits

COLUMNS = "visit_id, consumer_id, caregiver_id, nurse_id, visited_at, minutes, kind, outcome"


@pytest.mark.parametrize(
    ("visited_at", "day"),
    [
        ("2025-01-03T01:30:00Z", "2025-01-02"),
        ("2025-03-09T04:30:00Z", "2025-03-08"),
        ("2025-03-10T04:30:00Z", "2025-03-10"),
        ("2025-11-03T04:30:00Z", "2025-11-02"),
    ],
    ids=["evening", "before clocks go forward", "after they did", "after they went back"],
)
def test_a_visit_belongs_to_its_new_york_day(landing, visited_at, day):
    held = landing(COLUMNS, [("1", "21", "7", "701", visited_at, "45", "home", "done")])

    dated = visits(held)

    assert [str(row.visited_on) for row in dated.collect()] == [day]


def test_every_visit_is_kept_held_or_not(landing):
    planned = landing(
        COLUMNS,
        [
            ("1", "21", "7", "701", "2025-01-02T15:00:00Z", "45", "home", "done"),
            ("2", "22", "7", "701", "2025-01-02T16:00:00Z", "0", "home", "no_show"),
            ("3", "22", "7", "701", "soon", "0", "video", "cancelled"),
        ],
    )

    dated = visits(planned)

    assert sorted(row["_source"].line for row in dated.collect()) == [1, 2, 3]
