"""enrolment/programmes: what is valid now."""

from assets_tests.frames import rows_of

COLUMNS = "programme_code, name, payer, daily_rate_usd, valid_from"


def test_a_programme_that_is_sent_again_replaces_the_earlier_one(landing, run_sql):
    first = landing(
        COLUMNS,
        [
            ("SFC", "Structured Family Caregiving", "MassHealth", "62.40", "2025-01-01"),
            ("AFC", "Adult Foster Care", "MassHealth", "74.15", "2025-01-01"),
        ],
    )
    later = landing(
        COLUMNS,
        [("SFC", "Structured Family Caregiving", "MassHealth", "64.00", "2025-07-01")],
        day="2025-07-01",
    )

    programmes = run_sql("enrolment/programmes", programmes=first.union(later))

    assert rows_of(programmes, "programme_code, daily_rate_usd, _dropped") == {
        ("SFC", "62.40", "older version"),
        ("SFC", "64.00", None),
        ("AFC", "74.15", None),
    }


def test_of_two_versions_with_one_date_the_one_sent_last_is_kept(landing, run_sql):
    first = landing(COLUMNS, [("SFC", "Old name", "VA", "1.00", "2025-01-01")], day="2025-01-02")
    later = landing(COLUMNS, [("SFC", "New name", "VA", "1.00", "2025-01-01")], day="2025-01-03")

    programmes = run_sql("enrolment/programmes", programmes=first.union(later))

    assert rows_of(programmes, "name, _dropped") == {
        ("Old name", "older version"),
        ("New name", None),
    }
