"""tableau/programme_finances."""

from datetime import date
from decimal import Decimal

import pytest

from assets_tests.frames import rows_of

JANUARY = date(2025, 1, 1)


@pytest.fixture
def finances(spark, run_sql):
    def compute(amount, denied, code="SFC"):
        return run_sql(
            "tableau/programme_finances",
            programme_costs=spark.createDataFrame(
                [(code, JANUARY, 3, 6, Decimal(amount), Decimal(denied))],
                "programme_code string, month date, claims int, units bigint, "
                "amount_usd decimal(14,2), denied_usd decimal(14,2)",
            ),
            programmes=spark.createDataFrame(
                [("SFC", "Structured Family Caregiving", "Medicaid")],
                "programme_code string, name string, payer string",
            ),
        )

    return compute


def test_a_month_shows_what_is_payable_and_what_share_was_denied(finances):
    result = finances("100.00", "12.50")

    columns = "programme_name, payer, amount_usd, payable_usd, denied_share"
    assert rows_of(result, columns) == {
        (
            "Structured Family Caregiving",
            "Medicaid",
            Decimal("100.00"),
            Decimal("87.50"),
            Decimal("0.125"),
        )
    }


def test_a_month_without_claims_has_no_denied_share(finances):
    result = finances("0.00", "0.00")

    assert rows_of(result, "payable_usd, denied_share") == {(Decimal("0.00"), None)}


def test_the_share_is_a_decimal_even_for_the_largest_amounts(finances):
    result = finances("999999999999.99", "333333333333.33")

    assert {round(share, 4) for (share,) in rows_of(result, "denied_share")} == {Decimal("0.3333")}


def test_the_amount_of_a_programme_that_is_gone_is_not_lost(finances):
    result = finances("10.00", "0.00", code="OLD")

    assert rows_of(result, "programme_code, programme_name, amount_usd") == {
        ("OLD", None, Decimal("10.00"))
    }
