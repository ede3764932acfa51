"""finance/denied_claims."""

from datetime import date
from decimal import Decimal

import pytest

from assets_tests.frames import rows_of
from spark.finance.denied_claims import denied_claims

DAY = date(2025, 1, 6)


@pytest.fixture
def denied(spark):
    def compute(claims):
        return denied_claims(
            spark.createDataFrame(
                [
                    (claim, enrolment, 5, "SFC", DAY, DAY, 1, Decimal("9.99"), status)
                    for claim, enrolment, status in claims
                ],
                "claim_id bigint, enrolment_id bigint, consumer_id bigint, programme_code string, "
                "service_on date, billed_on date, units int, amount_usd decimal(12,2), "
                "status string",
            ),
            spark.createDataFrame(
                [(1, 5, 7, "AFC", 2)],
                "enrolment_id bigint, consumer_id bigint, caregiver_id bigint, "
                "programme_code string, level smallint",
            ),
        )

    return compute


def test_only_denied_claims_are_kept(denied):
    result = denied([(1, 1, "paid"), (2, 1, "denied"), (3, 1, "submitted")])

    assert rows_of(result, "claim_id, amount_usd") == {(2, Decimal("9.99"))}


def test_the_programme_is_the_claim_s_and_the_level_is_the_enrolment_s(denied):
    result = denied([(1, 1, "denied")])

    assert rows_of(result, "programme_code, level, caregiver_id") == {("SFC", 2, 7)}


def test_a_denied_claim_of_an_unknown_enrolment_is_not_lost(denied):
    result = denied([(1, 404, "denied")])

    assert rows_of(result, "claim_id, enrolment_id, caregiver_id, level") == {(1, 404, None, None)}
