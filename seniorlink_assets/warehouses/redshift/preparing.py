"""What a load needs to find in Redshift, and what it must not find."""

from seniorlink_assets.warehouses.redshift.ddl import internal_tables
from seniorlink_assets.warehouses.redshift.names import Names, place, staged_tokens
from seniorlink_assets.warehouses.redshift.objects import schema_grants, schema_names, schemas
from seniorlink_assets.warehouses.redshift.state import tables
from seniorlink_assets.warehouses.redshift.swap import LOCK_WAIT
from seniorlink_assets.warehouses.redshift.transport import Session
from spark.contract import Contract


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
        session.transaction(dropped(Names(contract, token)))


def dropped(names: Names) -> list[str]:
    """Drops all that one attempt has staged; a server that still loads it is not waited for."""
    return [
        f"SET LOCAL statement_timeout TO {LOCK_WAIT}",
        *(f"DROP TABLE IF EXISTS {place(name)}" for name in names.staged),
    ]
