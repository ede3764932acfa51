"""finance/programme_costs."""

from datetime import date
from decimal import Decimal

import pytest

from assets_tests.frames import rows_of

JANUARY, FEBRUARY, MARCH = date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture
def costs(spark, run_sql):
    def compute(claims, programmes=("SFC",)):
        return run_sql(
            "finance/programme_costs",
            claims=spark.createDataFrame(
                [(*row[:3], Decimal(row[3]), row[4]) for row in claims],
                "programme_code string, service_on date, units int, amount_usd decimal(12,2), "
                "status string",
            ),
            programmes=spark.createDataFrame(
                [(code,) for code in programmes], "programme_code string"
            ),
        )

    return compute


def test_claims_are_summed_by_the_month_of_service(costs):
    result = costs(
        [
            ("SFC", date(2025, 1, 1), 1, "10.10", "paid"),
            ("SFC", date(2025, 1, 31), 2, "20.20", "denied"),
            ("SFC", date(2025, 2, 1), 4, "40.40", "submitted"),
        ]
    )

    columns = "programme_code, month, claims, units, amount_usd, denied_usd"
    assert rows_of(result, columns) == {
        ("SFC", JANUARY, 2, 3, Decimal("30.30"), Decimal("20.20")),
        ("SFC", FEBRUARY, 1, 4, Decimal("40.40"), Decimal("0.00")),
    }


def test_a_month_without_claims_has_zeros(costs):
    result = costs(
        [
            ("SFC", date(2025, 1, 15), 1, "10.00", "paid"),
            ("SFC", date(2025, 3, 15), 1, "30.00", "paid"),
        ]
    )

    assert rows_of(result, "month, claims, amount_usd") == {
        (JANUARY, 1, Decimal("10.00")),
        (FEBRUARY, 0, Decimal("0.00")),
        (MARCH, 1, Decimal("30.00")),
    }


def test_a_programme_without_claims_has_zeros(costs):
    result = costs([("SFC", JANUARY, 1, "10.00", "paid")], programmes=("SFC", "AFC"))

    assert rows_of(result, "programme_code, claims, units, denied_usd") == {
        ("SFC", 1, 1, Decimal("0.00")),
        ("AFC", 0, 0, Decimal("0.00")),
    }


def test_without_claims_there_is_no_month(costs):
    assert costs([]).collect() == []


def test_amounts_stay_exact(costs):
    result = costs([("SFC", JANUARY, 1, "0.10", "paid")] * 3)

    assert dict(result.dtypes)["amount_usd"].startswith("decimal")
    assert rows_of(result, "amount_usd") == {(Decimal("0.30"),)}
