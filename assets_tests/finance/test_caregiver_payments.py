"""finance/caregiver_payments."""

from datetime import date
from decimal import Decimal

import pytest

from assets_tests.frames import rows_of

JANUARY, FEBRUARY = date(2025, 1, 1), date(2025, 2, 1)
COLUMNS = "caregiver_id, month, stipend_usd, claims, claims_usd"


@pytest.fixture
def payments(spark, run_sql):
    def compute(stipends=(), claims=(), enrolments=((1, 7),)):
        return run_sql(
            "finance/caregiver_payments",
            stipends=spark.createDataFrame(
                [(*row[:2], Decimal(row[2])) for row in stipends],
                "caregiver_id bigint, month date, amount_usd decimal(12,2)",
            ),
            claims=spark.createDataFrame(
                [(*row[:2], Decimal(row[2]), row[3]) for row in claims],
                "enrolment_id bigint, service_on date, amount_usd decimal(12,2), status string",
            ),
            enrolments=spark.createDataFrame(
                list(enrolments), "enrolment_id bigint, caregiver_id bigint"
            ),
        )

    return compute


def test_a_stipend_stays_single_beside_several_claims(payments):
    result = payments(
        stipends=[(7, JANUARY, "1500.00")],
        claims=[(1, date(2025, 1, 2), "80.10", "paid"), (1, date(2025, 1, 31), "80.20", "paid")],
    )

    assert rows_of(result, COLUMNS) == {(7, JANUARY, Decimal("1500.00"), 2, Decimal("160.30"))}


def test_claims_of_all_enrolments_of_a_caregiver_are_summed(payments):
    result = payments(
        claims=[(1, JANUARY, "80.00", "paid"), (2, JANUARY, "20.00", "submitted")],
        enrolments=[(1, 7), (2, 7)],
    )

    assert rows_of(result, COLUMNS) == {(7, JANUARY, Decimal("0.00"), 2, Decimal("100.00"))}


def test_a_month_with_a_stipend_and_no_claims_has_zero_claims(payments):
    result = payments(stipends=[(7, FEBRUARY, "1500.00")], claims=[(1, JANUARY, "80.00", "paid")])

    assert rows_of(result, COLUMNS) == {
        (7, JANUARY, Decimal("0.00"), 1, Decimal("80.00")),
        (7, FEBRUARY, Decimal("1500.00"), 0, Decimal("0.00")),
    }


def test_two_stipends_of_a_month_are_added(payments):
    result = payments(stipends=[(7, JANUARY, "1000.10"), (7, JANUARY, "0.20")])

    assert rows_of(result, COLUMNS) == {(7, JANUARY, Decimal("1000.30"), 0, Decimal("0.00"))}


def test_denied_claims_and_claims_of_unknown_enrolments_pay_nobody(payments):
    result = payments(claims=[(1, JANUARY, "80.00", "denied"), (404, JANUARY, "80.00", "paid")])

    assert result.collect() == []
