"""Checks of the Redshift that holds the tables: that it takes loads, and reads the lake."""

import re
import secrets
import time
from collections.abc import Collection
from typing import Any

from seniorlink_assets.doctor.account import Account
from seniorlink_assets.doctor.check import CheckFailed, Unsaid
from seniorlink_assets.doctor.redshift_rights import copy_rights, copy_role, described, load_rights
from seniorlink_assets.doctor.satellites import Looks
from seniorlink_assets.warehouses.base import live_table
from seniorlink_assets.warehouses.redshift import objects
from seniorlink_assets.warehouses.redshift.ddl import create_table
from seniorlink_assets.warehouses.redshift.sql import quoted
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Tag
from spark.contract import Column, Contract

_TAG = Tag("doctor", "doctor")


def warehouse(account: Account) -> str:
    named, found = account.redshift, described(account)
    if named.cluster:
        state = found.get("ClusterAvailabilityStatus") or found["ClusterStatus"]
        size = f"{found.get('NumberOfNodes', 1)} nodes of {found.get('NodeType', 'Redshift')}"
    else:
        state, size = found["status"], f"{found.get('baseCapacity', 0)} RPUs"
    if state.lower() not in ("available", "modifying"):
        raise CheckFailed(
            f"{named.name} is {state}, so no table can be loaded; resume it, or wait until it is "
            "available"
        )
    return f"{named.name} is {state.lower()}, {size} in {account.buckets.region}"


def login(account: Account) -> str:
    named = account.redshift
    if not named.has_driver:
        raise Unsaid("the Data API logs in with each request")
    given = named.logins(account.buckets.region).login()
    return f"{given.user} at {given.host}:{given.port}"


def connection(account: Account) -> str:
    named, began = account.redshift, time.monotonic()
    user = _rows(account, "SELECT current_user")[0][0]
    way = "TLS, its certificate verified" if named.has_driver else "the Data API"
    return f"{user} in {named.database} by {way}, in {time.monotonic() - began:.1f} s"


def isolation(account: Account) -> str:
    found = _rows(
        account,
        "SELECT database_isolation_level FROM svv_redshift_databases "
        "WHERE database_name = current_database()",
    )
    if not found:
        raise Unsaid("svv_redshift_databases does not show this database")
    return f"{found[0][0]}, which loads are right with either way"


def schemas(account: Account) -> str:
    """Whether schemas and tables can be made."""
    _try(account, ())
    return f"may be made in {account.redshift.database}, with tables in them"


def readers(account: Account) -> str:
    """Whether those who are declared to read tables are there, and can be let."""
    named = sorted({text for table in account.tables for text in table.contract.readers})
    if not named:
        raise Unsaid("no table names any")
    for text in named:
        try:
            _try(account, (text,))
        except RedshiftFailed as error:
            raise CheckFailed(
                f"The {text} cannot be let read, who is declared to ({error}); create it, or take "
                "it out of the declarations"
            ) from error
    return f"{', '.join(named)} can be let read"


def _try(account: Account, readers: Collection[str]) -> None:
    """Makes a schema with a table and lets these read it, and drops it, all in one transaction."""
    schema = f"seniorlink_doctor_{secrets.token_hex(4)}"
    contract = Contract(
        key=f"{schema}/probe",
        kind="table",
        grain="One row per probe.",
        columns=(Column("probe_id", "bigint", "The probe."),),
        primary_key=("probe_id",),
        readers=tuple(re.sub(" on schema .*", f" on schema {schema}", text) for text in readers),
    )
    place = live_table(contract)
    statements = [
        *objects.schemas(contract),
        create_table(contract, place),
        *objects.schema_grants(contract),
        *objects.grants(contract),
        f"DROP TABLE {place}",
        f"DROP SCHEMA {quoted(schema)}",
    ]
    with account.transport.session(_TAG) as session:
        session.transaction(statements)


def _rows(account: Account, sql: str) -> list[tuple[Any, ...]]:
    with account.transport.session(_TAG) as session:
        return session.rows(sql)


LOOKS: Looks = (
    ("warehouse", warehouse, "identity"),
    ("load rights", load_rights, "warehouse"),
    ("login", login, "warehouse"),
    ("connection", connection, "login"),
    ("isolation", isolation, "connection"),
    ("schemas", schemas, "connection"),
    ("readers", readers, "connection"),
    ("copy role", copy_role, "warehouse"),
    ("copy rights", copy_rights, "copy role"),
)
"""Checks with their names, and with that of the one that must be fine before."""
