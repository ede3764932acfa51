"""What a load needs to find in Redshift, and what it must not find."""

from seniorlink_assets.warehouses.redshift.ddl import internal_tables
from seniorlink_assets.warehouses.redshift.names import Names, place, staged_tokens
from seniorlink_assets.warehouses.redshift.objects import schema_grants, schema_names, schemas
from seniorlink_assets.warehouses.redshift.state import tables
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session
from spark.contract import Contract

DROP_WAIT = 2_000
"""Milliseconds for which a table that is still loaded is waited for."""


def prepare(session: Session, contract: Contract) -> None:
    """Makes schemas and internal tables, and drops what attempts that died have staged."""
    there, names = tables(session, [contract]), Names(contract)
    statements = [
        *(
            []
            if {*schema_names(contract)} <= {schema for schema, _ in there}
            else schemas(contract)
        ),
        *([] if {names.releases, names.rejects} <= there else internal_tables(contract)),
        *schema_grants(contract),
    ]
    if statements:
        session.transaction(statements)
    for token in staged_tokens(contract, there):
        try:
            session.transaction(dropped(Names(contract, token)))
        except RedshiftFailed as failed:
            # Redshift may go on loading for who has died; nobody else has that token.
            if failed.trouble != "conflict":
                raise


def dropped(names: Names) -> list[str]:
    """Drops all that one attempt has staged."""
    return [
        f"SET LOCAL statement_timeout TO {DROP_WAIT}",
        *(f"DROP TABLE IF EXISTS {place(name)}" for name in names.staged),
    ]
