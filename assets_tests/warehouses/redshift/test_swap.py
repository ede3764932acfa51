"""The transaction of a publication: what it holds, and in which order."""

import pytest

from assets_tests.warehouses.redshift.dwh import notes
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.redshift.names import Names
from seniorlink_assets.warehouses.redshift.swap import GUARD, swap
from seniorlink_assets.warehouses.redshift.transport import MOST_STATEMENTS
from spark.contract.manifest import Manifest

BY_DAY = notes(
    partition_by="noted_on",
    readers=("role bi",),
    views={"reporting.moods": "SELECT mood FROM care.notes"},
)
BEGINNING = ["SET LOCAL", "LOCK", "SELECT"]
REJECTS = ["DELETE FROM", "INSERT INTO", "DROP TABLE"]


def day(partition):
    manifest = Manifest("care/notes", partition, "0123456789abcdef", "1", "c", "4.3.0", (), 1)
    return Snapshot("s3://lake", f"snapshots/care/notes/{partition}/v1", manifest)


def statements(snapshots, **decision):
    return swap(
        Names(BY_DAY, "0a1b2c3d"),
        snapshots,
        "a run",
        **{
            "newest": 6,
            "is_whole": False,
            "stays": True,
            "has_rejects": True,
            "granted": ["GRANT SELECT ON other"],
            **decision,
        },
    )


def verbs(statements):
    return [
        " ".join(statement.split()[:2]) if "LOCK" not in statement else "LOCK"
        for statement in statements
    ]


@pytest.mark.parametrize(
    ("decision", "rows"),
    [
        (
            {"stays": True},
            ["SET LOCAL", "DELETE FROM", "INSERT INTO", "DROP TABLE", "CREATE OR", "GRANT SELECT"],
        ),
        (
            {"stays": False, "is_whole": True},
            ["DROP TABLE", "ALTER TABLE", "SET LOCAL", "CREATE OR", "GRANT SELECT", "GRANT SELECT"],
        ),
    ],
    ids=["other rows", "another table"],
)
def test_locks_come_first_and_the_release_last(decision, rows):
    found = [
        verb.replace("SELECT 1", "SELECT")
        for verb in verbs(statements([day("2025-01-06")], **decision))
    ]

    assert found == [*BEGINNING, *rows, *REJECTS, "INSERT INTO"]
    assert "release_id" in statements([day("2025-01-06")], **decision)[GUARD]


def test_ten_years_of_days_are_one_transaction_of_the_data_api():
    days = [day(f"{2015 + number // 365}-{number % 365:03}") for number in range(3650)]

    found = statements(days, stays=False, is_whole=True)

    assert len(found) < MOST_STATEMENTS
    assert max(map(len, found)) < 100_000
    assert sum(statement.count("'0123456789abcdef-1'") for statement in found) == len(days)


def test_no_quote_or_backslash_ends_a_text():
    run = "it's \\"

    (*_, release) = swap(
        Names(BY_DAY, "t"),
        [day("2025-01-06")],
        run,
        newest=0,
        is_whole=True,
        stays=False,
        has_rejects=False,
        granted=[],
    )

    assert "'it''s \\\\'" in release
