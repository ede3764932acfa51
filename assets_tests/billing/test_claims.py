"""billing/claims: each claim once, to a programme that exists."""

import pytest

from assets_tests.frames import rows_of
from spark.billing.claims import claims

COLUMNS = (
    "claim_id, enrolment_id, consumer_id, programme_code, service_on, billed_on, units, "
    "amount_usd, status"
)


def claim(claim_id="1", programme_code="SFC", units="1", amount_usd="62.40"):
    billed = ("2025-01-01", "2025-01-02", units, amount_usd, "submitted")
    return (claim_id, "51", "21", programme_code, *billed)


@pytest.fixture
def programmes(spark):
    return spark.createDataFrame([("SFC",), ("AFC",)], "programme_code string")


def test_a_line_that_came_twice_is_billed_once(landing, programmes):
    lines = landing(COLUMNS, [claim("1"), claim("2"), claim("1")])

    kept = claims(lines, programmes)

    assert sorted((row.claim_id, row["_dropped"] or "") for row in kept.collect()) == [
        ("1", ""),
        ("1", "same line again"),
        ("2", ""),
    ]


@pytest.mark.parametrize("code", ["XXX", "sfc ", None])
def test_a_claim_to_an_unknown_programme_is_rejected(landing, programmes, code):
    kept = claims(landing(COLUMNS, [claim(programme_code=code)]), programmes)

    assert rows_of(kept, "programme_code, _rejected") == {(code, "programme is unknown")}


def test_a_spoilt_copy_does_not_hide_the_claim(landing, programmes):
    lines = landing(COLUMNS, [claim(units="two"), claim(units="1")])

    kept = claims(lines, programmes)

    assert rows_of(kept, "units, _dropped") == {("two", None), ("1", None)}


def test_the_same_line_on_two_days_is_a_matter_of_each_day(landing, programmes):
    lines = landing(COLUMNS, [claim()]).union(landing(COLUMNS, [claim()], day="2025-01-03"))

    kept = claims(lines, programmes)

    assert [row["_dropped"] for row in kept.collect()] == [None, None]
