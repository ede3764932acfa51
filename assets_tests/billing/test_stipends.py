"""billing/stipends: what is paid after all corrections."""

import datetime as dt

import pytest

from assets_tests.frames import rows_of

COLUMNS = "stipend_id, caregiver_id, month, amount_usd, paid_at, revision"


def stipend(amount_usd, revision, stipend_id="1", paid_at="2025-02-01T14:00:00Z"):
    return (stipend_id, "7", "2025-01", amount_usd, paid_at, revision)


def test_a_correction_replaces_the_stipend(landing, run_sql):
    first = landing(COLUMNS, [stipend("900.00", "1"), stipend("800.00", "1", "2")])
    later = landing(COLUMNS, [stipend("950.00", "2")], day="2025-02-15")

    stipends = run_sql("billing/stipends", stipends=first.union(later))

    assert rows_of(stipends, "stipend_id, amount_usd, _dropped") == {
        ("1", "900.00", "older revision"),
        ("1", "950.00", None),
        ("2", "800.00", None),
    }


def test_the_tenth_revision_is_later_than_the_ninth(landing, run_sql):
    lines = landing(COLUMNS, [stipend("9.00", "9"), stipend("10.00", "10")])

    stipends = run_sql("billing/stipends", stipends=lines)

    assert rows_of(stipends, "revision, _dropped") == {("9", "older revision"), ("10", None)}


@pytest.mark.parametrize("spoilt", [stipend("12,50", "2"), stipend("12.50", "two")])
def test_a_spoilt_correction_leaves_the_stipend_as_it_was(landing, run_sql, spoilt):
    lines = landing(COLUMNS, [stipend("900.00", "1"), spoilt])

    stipends = run_sql("billing/stipends", stipends=lines)

    assert rows_of(stipends, "_dropped") == {(None,)}


def test_a_month_is_named_by_its_first_day(landing, run_sql):
    stipends = run_sql("billing/stipends", stipends=landing(COLUMNS, [stipend("900.00", "1")]))

    assert rows_of(stipends.selectExpr("CAST(month AS DATE) AS month"), "month") == {
        (dt.date(2025, 1, 1),)
    }
