"""Tables in a Redshift: a load of every type, and all that destinations promise."""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from assets_tests.destinations import test_conformance
from assets_tests.destinations.redshift_place import CLUSTER, RedshiftDataApiPlace, RedshiftPlace
from assets_tests.destinations.snapshots import commit
from assets_tests.destinations.test_conformance import (
    EVERY_TYPE,
    IN_PARQUET,
    ROWS,
    lake,  # noqa: F401
    on_disk,  # noqa: F401
    partitioned,  # noqa: F401
)
from assets_tests.doubles.cloud import COPY_ROLE
from assets_tests.smoke.account import SWITCH, Account
from seniorlink_assets.environments import is_in_redshift
from seniorlink_assets.settings import Settings
from seniorlink_assets.warehouses.redshift.named import named_redshift
from seniorlink_assets.warehouses.redshift.sql import quoted
from seniorlink_assets.warehouses.redshift.transport import Tag, Transport
from spark.contract import Column, Contract

DATABASE = "SENIORLINK_REDSHIFT_DATABASE"
NESTED = Column("answers", "super", "What was answered.", nullable=True)
SAID = ({"a": [1, {"b": None}]}, [], None, {"text": 'it\'s "quoted", a\\b'})

if os.environ.get(SWITCH):  # assets_tests/destinations tests them on the double
    for name, promise in vars(test_conformance).items():
        if name.startswith("test_") and {"place", "partitioned"} & {*signature(promise).parameters}:
            globals()[name] = promise


@pytest.fixture(scope="module")
def settings(account: Account, request: pytest.FixtureRequest) -> Iterator[Mapping[str, str]]:
    """What names the Redshift of the account, in a database of its own that is dropped."""
    given = account.settings.variables
    if account.double:
        server = request.getfixturevalue("redshift_process")
        server.read_from(account.double.url)
        account.double.redshift(server, cluster=CLUSTER)
        yield {
            **given,
            "SENIORLINK_REDSHIFT_CLUSTER": CLUSTER,
            "SENIORLINK_REDSHIFT_COPY_ROLE": COPY_ROLE,
            DATABASE: server.database(),
        }
        return
    if not is_in_redshift(account.settings):
        pytest.skip("neither SENIORLINK_REDSHIFT_CLUSTER nor SENIORLINK_REDSHIFT_WORKGROUP is set")
    database = f"smoke_{secrets.token_hex(6)}"
    execute(transport(given), f"CREATE DATABASE {quoted(database)}")
    yield {**given, DATABASE: database}
    execute(transport(given), f"DROP DATABASE {quoted(database)}")


@pytest.fixture
def place(settings: Mapping[str, str], tmp_path: Path) -> Iterator[RedshiftPlace]:
    """An empty database; what a test makes in it is dropped after the test."""
    by_request = settings.get("SENIORLINK_REDSHIFT_TRANSPORT") == "data-api"
    kind, way = RedshiftDataApiPlace if by_request else RedshiftPlace, transport(settings)

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with way.session(Tag("smoke", "smoke")) as session:
            return session.rows(sql)

    yield kind(tmp_path / "published", settings, ask)
    for schema in ("tableau", "seniorlink"):
        execute(way, f"DROP SCHEMA IF EXISTS {quoted(schema)} CASCADE")


def transport(settings: Mapping[str, str]) -> Transport:
    return named_redshift(Settings(settings)).transport(settings["AWS_REGION"])


def execute(way: Transport, sql: str) -> None:
    with way.session(Tag("smoke", "smoke")) as session:
        session.execute(sql)


def test_rows_of_every_type_are_loaded_as_they_were_computed(account, place, tmp_path):
    table = Contract(
        key="tableau/notes",
        kind="table",
        grain="One row per note.",
        columns=(*EVERY_TYPE, NESTED),
        primary_key=("row_id",),
    )
    nested = [json.dumps(value) if value is not None else None for value in SAID]
    rows = [(*row, text) for row, text in zip(IN_PARQUET, nested, strict=True)]
    rejects = [("notes.csv", 2, "note_id is not a bigint", '{"note_id": "x"}')]
    made = place.within_reach(commit(tmp_path / "lake", table, rows, rejects=rejects))
    warehouse = place.destination()

    staged = warehouse.stage(table, [made], "smoke")
    warehouse.publish(staged, "smoke")

    account.note(f"the load came to {dict(staged.figures)}")
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    found = place.ask(f"SELECT {columns} FROM tableau.notes ORDER BY row_id")
    assert [row[:-1] for row in found] == ROWS
    assert [row[-1] and json.loads(row[-1]) for row in found] == [*SAID]
    assert [reject[1:] for reject in warehouse.rejects(table, 10)] == rejects
