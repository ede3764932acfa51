"""enrolment/caregiver_addresses: from when to when an address held."""

from assets_tests.frames import rows_of
from spark.enrolment.caregiver_addresses import caregiver_addresses

COLUMNS = "caregiver_id, full_name, birth_date, phone, email, street, city, state, zip, updated_at"


def version(street, updated_at, caregiver_id="7", phone="1", city="Boston"):
    return (
        caregiver_id,
        "Rosa Lee",
        "1960-05-01",
        phone,
        None,
        street,
        city,
        "MA",
        "0",
        updated_at,
    )


def history(addresses):
    return {
        (row.street, str(row.valid_from), row.valid_to and str(row.valid_to))
        for row in addresses.where("_dropped IS NULL").collect()
    }


def test_an_address_holds_until_the_next_one(landing):
    versions = [
        version("Elm St", "2025-03-01T10:00:00Z"),
        version("Main St", "2025-01-01T10:00:00Z"),
        version("Oak Ave", "2025-02-01T10:00:00Z"),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert history(addresses) == {
        ("Main St", "2025-01-01 10:00:00", "2025-02-01 10:00:00"),
        ("Oak Ave", "2025-02-01 10:00:00", "2025-03-01 10:00:00"),
        ("Elm St", "2025-03-01 10:00:00", None),
    }


def test_a_version_that_changes_something_else_begins_no_address(landing):
    versions = [
        version("Main St", "2025-01-01T10:00:00Z"),
        version("Main St", "2025-02-01T10:00:00Z", phone="2"),
        version("Oak Ave", "2025-03-01T10:00:00Z"),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert rows_of(addresses, "street, _dropped") == {
        ("Main St", None),
        ("Main St", "address unchanged"),
        ("Oak Ave", None),
    }
    assert history(addresses) == {
        ("Main St", "2025-01-01 10:00:00", "2025-03-01 10:00:00"),
        ("Oak Ave", "2025-03-01 10:00:00", None),
    }


def test_who_moves_back_has_the_old_address_a_second_time(landing):
    versions = [
        version("Main St", "2025-01-01T10:00:00Z"),
        version("Oak Ave", "2025-02-01T10:00:00Z"),
        version("Main St", "2025-03-01T10:00:00Z"),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert [street for street, *_ in sorted(history(addresses))] == [
        "Main St",
        "Main St",
        "Oak Ave",
    ]


def test_of_two_addresses_recorded_at_once_the_last_line_holds(landing):
    versions = [
        version("Main St", "2025-01-01T10:00:00Z"),
        version("Oak Ave", "2025-02-01T10:00:00Z"),
        version("Elm St", "2025-02-01T10:00:00Z"),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert rows_of(addresses, "street, _dropped") == {
        ("Main St", None),
        ("Oak Ave", "replaced at once"),
        ("Elm St", None),
    }
    assert ("Main St", "2025-01-01 10:00:00", "2025-02-01 10:00:00") in history(addresses)


def test_neighbours_have_histories_of_their_own(landing):
    versions = [
        version("Main St", "2025-01-01T10:00:00Z", "7"),
        version("Main St", "2025-02-01T10:00:00Z", "8"),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert rows_of(addresses, "caregiver_id, valid_to, _dropped") == {
        ("7", None, None),
        ("8", None, None),
    }


def test_a_version_without_a_time_is_neither_dropped_nor_part_of_the_history(landing):
    versions = [
        version("Main St", "2025-02-31"),
        version("Main St", "2025-01-01T10:00:00Z"),
        version("Main St", None),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert rows_of(addresses, "_dropped") == {(None,)}
    assert ("Main St", "2025-01-01 10:00:00", None) in history(addresses)


def test_an_unknown_city_is_no_change_when_it_stays_unknown(landing):
    versions = [
        version("Main St", "2025-01-01T10:00:00Z", city=None),
        version("Main St", "2025-02-01T10:00:00Z", city=None),
        version("Main St", "2025-03-01T10:00:00Z", city="Lowell"),
    ]

    addresses = caregiver_addresses(landing(COLUMNS, versions))

    assert rows_of(addresses.where("_dropped IS NULL"), "city") == {(None,), ("Lowell",)}
    assert addresses.where("_dropped = 'address unchanged'").count() == 1
