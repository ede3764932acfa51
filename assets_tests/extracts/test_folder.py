"""What a folder of .hyper files promises beyond what every destination does."""

import json
from dataclasses import replace

import pytest
from tableauhyperapi import Connection, HyperProcess, Nullability, SqlType, TableName, Telemetry

from assets_tests.destinations.places import HyperFolderPlace
from assets_tests.destinations.snapshots import commit, versions
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.extracts.folder import ExtractFolder
from spark.contract import Column, Contract

WEEK = Column("week_starting_on", "date", "A Monday.")
NOTES = Column("notes", "bigint", "How many were written.", nullable=True)
ENGAGEMENT = Contract(
    "tableau/engagement", "extract", "One row per week.", (WEEK, NOTES), ("week_starting_on",)
)


@pytest.fixture
def place(tmp_path):
    return HyperFolderPlace(tmp_path / "extracts")


@pytest.fixture
def extracts(place):
    return ExtractFolder(place.folder)


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


def publish(extracts, contract, snapshot):
    extracts.publish(extracts.stage(contract, [snapshot], "a run"), "a run")


@pytest.mark.parametrize("rows", [[], [("2025-01-06", 3)]], ids=["empty", "filled"])
def test_the_file_has_the_contracts_columns_in_its_order(extracts, place, lake, rows):
    publish(extracts, ENGAGEMENT, commit(lake, ENGAGEMENT, rows))

    with (
        HyperProcess(
            Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
        ) as process,
        Connection(process.endpoint, place.folder / "engagement.hyper") as connection,
    ):
        table = connection.catalog.get_table_definition(TableName("Extract", "Extract"))
    assert [
        (column.name.unescaped, column.type, column.nullability) for column in table.columns
    ] == [
        ("week_starting_on", SqlType.date(), Nullability.NOT_NULLABLE),
        ("notes", SqlType.big_int(), Nullability.NULLABLE),
    ]


def test_nothing_but_extracts_and_releases_lies_in_the_folder(extracts, place, lake, monkeypatch):
    place.folder.mkdir()
    monkeypatch.chdir(place.folder)

    publish(extracts, ENGAGEMENT, commit(lake, ENGAGEMENT, [("2025-01-06", 3)]))

    files = {str(path.relative_to(place.folder)) for path in place.folder.rglob("*.*")}
    assert files - {".staging", ".releases"} == {"engagement.hyper", ".releases/engagement.json"}


def test_a_sum_beyond_a_bigint_is_compared(extracts, lake):
    rows = [("2025-01-06", 2**63 - 1), ("2025-01-13", 2**63 - 1)]

    staged = extracts.stage(ENGAGEMENT, [commit(lake, ENGAGEMENT, rows)], "a run")

    assert staged.rows == 2


def test_a_file_that_somebody_else_put_there_is_not_released(extracts, place, lake):
    publish(extracts, ENGAGEMENT, commit(lake, ENGAGEMENT, [("2025-01-06", 3)]))
    file = place.folder / "engagement.hyper"
    other = place.folder / "other.hyper"
    other.write_bytes(file.read_bytes())

    other.replace(file)

    assert extracts.released(ENGAGEMENT) == {}


def test_a_file_that_was_deleted_is_not_released(extracts, place, lake):
    publish(extracts, ENGAGEMENT, commit(lake, ENGAGEMENT, [("2025-01-06", 3)]))

    (place.folder / "engagement.hyper").unlink()

    assert extracts.released(ENGAGEMENT) == {}


def test_extracts_of_other_names_are_left_alone(extracts, lake):
    other = replace(ENGAGEMENT, key="tableau/engagement_by_team")
    theirs = commit(lake, other, [("2025-01-06", 5)])
    staged = extracts.stage(other, [theirs], "a run")

    publish(extracts, ENGAGEMENT, commit(lake, ENGAGEMENT, [("2025-01-06", 3)]))
    extracts.publish(staged, "a run")

    assert extracts.released(other) == versions(theirs)


def test_the_release_names_the_files_of_its_rejects(extracts, place, lake):
    rejects = [("landing/notes/a.csv", 3, "notes is not a bigint", '{"notes": "two"}')]
    snapshot = commit(lake, ENGAGEMENT, [("2025-01-06", 3)], rejects=rejects)

    publish(extracts, ENGAGEMENT, snapshot)

    release, *_ = json.loads((place.folder / ".releases" / "engagement.json").read_text())
    assert (release["rejects"], release["reject_files"]) == (1, snapshot.reject_files)


def test_a_partitioned_contract_is_refused(extracts, lake):
    contract = replace(ENGAGEMENT, partition_by="week_starting_on")

    with pytest.raises(DestinationError, match="an extract is built whole; drop partition_by"):
        extracts.stage(contract, [commit(lake, contract, [])], "a run")
