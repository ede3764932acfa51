# ruff: noqa: S608 - names come from contracts
"""What others were granted on a live table, which the one that takes its place must have too."""

from seniorlink_assets.warehouses.redshift.names import Name, place
from seniorlink_assets.warehouses.redshift.sql import listed, literal, quoted
from seniorlink_assets.warehouses.redshift.transport import Session

_PRIVILEGES = ["SELECT", "INSERT", "UPDATE", "DELETE", "DROP", "REFERENCES", "ALTER", "TRUNCATE"]


def granted(session: Session, live: Name) -> list[str]:
    """Statements that grant it again, one for each privilege."""
    schema, table = map(literal, live)
    found = session.rows(
        "SELECT privilege_type, identity_type, identity_name, admin_option "
        "FROM svv_relation_privileges "
        f"WHERE namespace_name = {schema} AND relation_name = {table} "
        f"AND privilege_type IN ({listed(_PRIVILEGES)}) AND identity_name <> current_user"
    )
    to: dict[tuple[str, bool], list[str]] = {}
    for privilege, kind, name, may_grant in found:
        to.setdefault((privilege, bool(may_grant)), []).append(_grantee(kind, name))
    return [
        f"GRANT {privilege} ON {place(live)} TO {', '.join(sorted(names))}"
        f"{' WITH GRANT OPTION' if may_grant else ''}"
        for (privilege, may_grant), names in sorted(to.items())
    ]


def _grantee(kind: str, name: str) -> str:
    match kind:
        case "public":
            return "PUBLIC"
        case "role" | "group":
            return f"{kind.upper()} {quoted(name)}"
        case _:
            return quoted(name)
