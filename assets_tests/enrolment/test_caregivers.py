"""enrolment/caregivers: the latest version of a record."""

from assets_tests.frames import rows_of
from spark.enrolment.caregivers import caregivers

COLUMNS = "caregiver_id, full_name, birth_date, phone, email, street, city, state, zip, updated_at"


def caregiver(
    caregiver_id="7", phone="1", updated_at="2025-01-02T15:00:00Z", birth_date="1960-05-01"
):
    return (
        caregiver_id,
        "José Nguyễn, RN",
        birth_date,
        phone,
        "jose@example.org",
        "1 Main St",
        "Boston",
        "MA",
        "02101",
        updated_at,
    )


def test_the_latest_version_is_kept_whatever_the_order_of_the_files(landing):
    first = landing(COLUMNS, [caregiver(phone="new", updated_at="2025-01-03T15:00:00Z")])
    later = landing(COLUMNS, [caregiver(phone="old"), caregiver("8")], day="2025-01-04")

    kept = caregivers(first.union(later))

    assert rows_of(kept, "caregiver_id, phone, _dropped") == {
        ("7", "new", None),
        ("7", "old", "older version"),
        ("8", "1", None),
    }


def test_the_later_of_two_changes_on_one_day_is_kept(landing):
    changes = [
        caregiver(phone="evening", updated_at="2025-01-02T23:10:00Z"),
        caregiver(phone="morning", updated_at="2025-01-02T14:00:00Z"),
    ]

    kept = caregivers(landing(COLUMNS, changes))

    assert rows_of(kept, "phone, _dropped") == {("evening", None), ("morning", "older version")}


def test_a_version_that_does_not_fit_hides_no_earlier_one(landing):
    versions = [
        caregiver(phone="good"),
        caregiver(phone="bad", birth_date="1960-02-31", updated_at="2025-01-02T20:00:00Z"),
        caregiver(phone="undated", updated_at="yesterday"),
    ]

    kept = caregivers(landing(COLUMNS, versions))

    assert rows_of(kept, "phone, _dropped") == {("good", None), ("bad", None), ("undated", None)}


def test_the_street_stays_in_the_history_of_addresses(landing):
    assert "street" not in caregivers(landing(COLUMNS, [caregiver()])).columns
