"""care/messages: the day a message belongs to, and copies of lines."""

import pytest

from assets_tests.frames import rows_of
from spark.care.messages import messages

COLUMNS = (
    "message_id, thread_id, sender_role, caregiver_id, care_team_id, sent_at, body_characters, "
    "channel"
)


def message(message_id="1", sender_role="caregiver", sent_at="2025-01-02T15:00:00Z", channel="app"):
    return (message_id, "40", sender_role, "7", "101", sent_at, "120", channel)


@pytest.mark.parametrize(
    ("sent_at", "day"),
    [
        ("2025-01-03T04:59:59Z", "2025-01-02"),
        ("2025-01-03T05:00:00Z", "2025-01-03"),
        ("2025-07-03T03:59:59Z", "2025-07-02"),
        ("2025-07-03T04:00:00Z", "2025-07-03"),
    ],
)
def test_the_day_ends_at_midnight_in_new_york(landing, sent_at, day):
    dated = messages(landing(COLUMNS, [message(sent_at=sent_at)]))

    assert [str(row.sent_on) for row in dated.collect()] == [day]


@pytest.mark.parametrize(
    ("first_second", "last_second", "day"),
    [
        ("2025-03-09T05:00:00Z", "2025-03-10T03:59:59Z", "2025-03-09"),
        ("2025-11-02T04:00:00Z", "2025-11-03T04:59:59Z", "2025-11-02"),
    ],
    ids=["23 hours in March", "25 hours in November"],
)
def test_a_day_on_which_clocks_change_is_one_day(landing, first_second, last_second, day):
    sent = [message("1", sent_at=first_second), message("2", sent_at=last_second)]

    dated = messages(landing(COLUMNS, sent))

    assert [str(row.sent_on) for row in dated.collect()] == [day, day]


@pytest.mark.parametrize("sent_at", ["2026-02-31", "31/01/2026", None])
def test_a_time_that_does_not_exist_has_no_day_and_stops_nothing(landing, sent_at):
    dated = messages(landing(COLUMNS, [message(sent_at=sent_at)]))

    assert rows_of(dated, "sent_on, sent_at") == {(None, sent_at)}


def test_a_line_that_came_twice_is_kept_once(landing):
    copies = landing(COLUMNS, [message("1"), message("2"), message("1"), message("1")])

    kept = messages(copies)

    assert sorted((row.message_id, row["_dropped"] or "") for row in kept.collect()) == [
        ("1", ""),
        ("1", "same line again"),
        ("1", "same line again"),
        ("2", ""),
    ]


def test_two_lines_with_one_number_are_no_copies_if_they_differ(landing):
    kept = messages(landing(COLUMNS, [message("1", channel="app"), message("1", channel="sms")]))

    assert rows_of(kept, "channel, _dropped") == {("app", None), ("sms", None)}


def test_a_last_field_that_was_cut_short_is_rejected(landing):
    cut = messages(landing(COLUMNS, [message("1", channel="ph"), message("2", channel="phone")]))

    assert rows_of(cut, "message_id, _rejected") == {("1", "channel is unknown"), ("2", None)}


def test_an_unknown_sender_is_rejected(landing):
    sent = [message("1", sender_role="robot"), message("2", sender_role="care_team")]

    checked = messages(landing(COLUMNS, sent))

    assert rows_of(checked, "message_id, _rejected") == {
        ("1", "sender role is unknown"),
        ("2", None),
    }
