"""The DDL of every table in a file of its own, to be read in review; `make golden` writes them."""

from collections.abc import Iterator
from pathlib import Path

from seniorlink_assets import catalogue
from seniorlink_assets.definitions import definitions
from seniorlink_assets.warehouses.redshift import ddl, objects
from spark.contract import Contract

FOLDER = Path(__file__).parent / "golden"


def contracts() -> dict[str, Contract]:
    """Every table of the catalogue by its key."""
    keys = (spec.key.to_user_string() for spec in definitions().resolve_all_asset_specs())
    declared = [catalogue.known(key) for key in sorted(keys)]
    return {
        table.key: table.contract
        for table in declared
        if isinstance(table, catalogue.Declared) and table.contract.kind == "table"
    }


def golden_file(contract: Contract) -> Path:
    return FOLDER / f"{contract.schema}.{contract.name}.sql"


def golden(contract: Contract) -> str:
    """All that makes the table what it is, in the order in which it is run."""
    return "".join(f"{statement};\n" for statement in statements(contract))


def statements(contract: Contract) -> Iterator[str]:
    place = f'"{contract.schema}"."{contract.name}"'
    yield from objects.schemas(contract)
    yield from objects.schema_grants(contract)
    yield ddl.create_table(contract, place)
    yield from ddl.comments(contract, place)
    yield from objects.views(contract)
    yield from objects.grants(contract)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = {golden_file(contract): golden(contract) for contract in contracts().values()}
    for gone in {*FOLDER.iterdir()} - {*wanted}:
        gone.unlink()
    for file, text in wanted.items():
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
