"""enrolment/consumers: the latest version of a record."""

from assets_tests.frames import rows_of
from spark.enrolment.consumers import consumers

COLUMNS = "consumer_id, caregiver_id, full_name, birth_date, sex, diagnosis_code, zip, updated_at"


def consumer(consumer_id, diagnosis_code, updated_at, birth_date="1940-05-01"):
    return (consumer_id, "7", "Mei 李", birth_date, None, diagnosis_code, "02101", updated_at)


def test_the_latest_version_of_each_consumer_is_kept(landing):
    versions = [
        consumer("21", "G30.9", "2025-01-02T15:00:00Z"),
        consumer("21", "G30.1", "2025-01-05T15:00:00Z"),
        consumer("22", "I50.9", "2025-01-01T15:00:00Z"),
    ]

    kept = consumers(landing(COLUMNS, versions))

    assert rows_of(kept, "consumer_id, diagnosis_code, _dropped") == {
        ("21", "G30.9", "older version"),
        ("21", "G30.1", None),
        ("22", "I50.9", None),
    }


def test_a_version_that_does_not_fit_hides_no_earlier_one(landing):
    versions = [
        consumer("21", "G30.9", "2025-01-02T15:00:00Z"),
        consumer("21", "G30.1", "2025-01-05T15:00:00Z", birth_date="05/01/1940"),
    ]

    kept = consumers(landing(COLUMNS, versions))

    assert rows_of(kept, "diagnosis_code, _dropped") == {("G30.9", None), ("G30.1", None)}
