"""tableau/wellbeing."""

from datetime import date
from decimal import Decimal

import pytest

from assets_tests.frames import rows_of


@pytest.fixture
def wellbeing(spark, run_sql):
    def compute(code):
        return run_sql(
            "tableau/wellbeing",
            wellbeing_by_month=spark.createDataFrame(
                [(code, date(2025, 1, 1), 2, 9, Decimal("3.25"), Decimal("0.2500"))],
                "programme_code string, month date, caregivers int, notes int, "
                "mean_mood decimal(3,2), hard_share decimal(5,4)",
            ),
            programmes=spark.createDataFrame(
                [("SFC", "Structured Family Caregiving", "Medicaid")],
                "programme_code string, name string, payer string",
            ),
        )

    return compute


def test_a_month_shows_its_programme_by_name(wellbeing):
    result = wellbeing("SFC")

    assert rows_of(result, "programme_name, payer, notes, mean_mood") == {
        ("Structured Family Caregiving", "Medicaid", 9, Decimal("3.25"))
    }


def test_a_month_of_a_programme_that_is_gone_is_not_lost(wellbeing):
    result = wellbeing("OLD")

    assert rows_of(result, "programme_code, programme_name, notes") == {("OLD", None, 9)}
