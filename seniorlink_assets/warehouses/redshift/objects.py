"""What stands beside a table: the schemas, its views, and who may read them.

All of it may be said again at any time. Nobody is ever refused again what he was granted: who is
taken out of a declaration keeps it until somebody says REVOKE.
"""

from textwrap import dedent

from seniorlink_assets.warehouses.redshift.sql import quoted
from spark.contract import Contract
from spark.contract.objects import Reader, parse_reader

_KINDS = {"role": "ROLE ", "group": "GROUP ", "user": ""}


def schema_names(contract: Contract) -> list[str]:
    """The schemas of the table and its views."""
    return list(dict.fromkeys([contract.schema, *(view.split(".")[0] for view in contract.views)]))


def schemas(contract: Contract) -> list[str]:
    """What makes these schemas, where they are not there yet."""
    return [f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}" for schema in schema_names(contract)]


def schema_grants(contract: Contract) -> list[str]:
    """What a swap does not touch: the use of schemas, and all that is or will be in one."""
    granted = []
    for schema in schema_names(contract):
        readers = [reader for reader in _readers(contract) if reader.schema in ("", schema)]
        if readers:
            granted.append(f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {_named(readers)}")
        whole = [reader for reader in readers if reader.schema]
        if whole:
            granted.append(f"GRANT SELECT FOR TABLES IN SCHEMA {quoted(schema)} TO {_named(whole)}")
    return granted


def views(contract: Contract) -> list[str]:
    """The views, bound to what they read by its name only, so that they see the next table too."""
    return [
        f"CREATE OR REPLACE VIEW {_place(view)} AS\n{dedent(text).strip()}\nWITH NO SCHEMA BINDING"
        for view, text in contract.views.items()
    ]


def grants(contract: Contract) -> list[str]:
    """What a table must be given again when it takes the place of another; after its views."""
    readers = [reader for reader in _readers(contract) if not reader.schema]
    if not readers:
        return []
    tables = [f"{contract.schema}.{contract.name}", *contract.views]
    return [f"GRANT SELECT ON {', '.join(map(_place, tables))} TO {_named(readers)}"]


def _readers(contract: Contract) -> list[Reader]:
    return [parse_reader(text) for text in contract.readers]


def _named(readers: list[Reader]) -> str:
    return ", ".join(f"{_KINDS[reader.kind]}{quoted(reader.name)}" for reader in readers)


def _place(name: str) -> str:
    return ".".join(map(quoted, name.split(".")))
