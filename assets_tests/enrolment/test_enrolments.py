"""enrolment/enrolments: the latest version that names a known programme and consumer."""

import pytest

from assets_tests.frames import rows_of
from spark.enrolment.enrolments import enrolments

COLUMNS = (
    "enrolment_id, consumer_id, caregiver_id, programme_code, started_on, ended_on, level, "
    "updated_at"
)


def enrolment(enrolment_id="51", consumer_id="21", programme_code="SFC", day=2, ended_on=None):
    updated_at = f"2025-01-0{day}T15:00:00Z"
    return (enrolment_id, consumer_id, "7", programme_code, "2024-06-01", ended_on, "1", updated_at)


@pytest.fixture
def programmes(spark):
    return spark.createDataFrame([("SFC",), ("AFC",)], "programme_code string")


@pytest.fixture
def consumers(spark):
    return spark.createDataFrame([(21,), (22,)], "consumer_id bigint")


def test_the_latest_version_of_each_enrolment_is_kept(landing, programmes, consumers):
    versions = landing(
        COLUMNS,
        [enrolment(day=2), enrolment(day=5, ended_on="2025-01-05"), enrolment("52", "22")],
    )

    kept = enrolments(versions, programmes, consumers)

    assert rows_of(kept, "enrolment_id, ended_on, _dropped") == {
        ("51", None, "older version"),
        ("51", "2025-01-05", None),
        ("52", None, None),
    }


@pytest.mark.parametrize("code", ["XXX", "sfc ", "SFC ", "sfc", None])
def test_a_programme_that_is_not_spelt_exactly_is_unknown(landing, programmes, consumers, code):
    versions = landing(COLUMNS, [enrolment(programme_code=code)])

    kept = enrolments(versions, programmes, consumers)

    assert rows_of(kept, "_rejected, _dropped") == {("programme is unknown", None)}


def test_an_enrolment_of_somebody_unknown_is_rejected(landing, programmes, consumers):
    versions = landing(COLUMNS, [enrolment(consumer_id="99")])

    kept = enrolments(versions, programmes, consumers)

    assert rows_of(kept, "_rejected") == {("consumer is unknown",)}


def test_a_rejected_version_hides_no_earlier_one(landing, programmes, consumers):
    versions = landing(COLUMNS, [enrolment(day=2), enrolment(day=5, programme_code="XXX")])

    kept = enrolments(versions, programmes, consumers)

    assert rows_of(kept, "programme_code, _rejected, _dropped") == {
        ("SFC", None, None),
        ("XXX", "programme is unknown", None),
    }
