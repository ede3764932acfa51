"""A table's DDL, made of its contract alone: layout, keys and comments as Redshift writes them."""

from seniorlink_assets.warehouses.redshift.sql import literal, quoted
from spark.contract import Column, Contract

INTERNAL = "seniorlink"
"""The schema of what no reader reads."""

REJECTS = (
    Column("partition", "varchar(16)", "The partition that it is missing from."),
    Column("source_file", "varchar(4096)", "The file it came in.", nullable=True),
    Column("source_line", "bigint", "The line it stood in.", nullable=True),
    Column("reason", "varchar(65535)", "Why it does not fit.", nullable=True),
    Column("row", "varchar(65535)", "What it was, as JSON or as the line.", nullable=True),
)
"""The columns of rejects, in the table and in Parquet."""

RAW_TYPE = "varchar(65535)"
"""What a column of the type super is loaded as: COPY takes no text into super."""


def create_table(contract: Contract, place: str, *, raw: bool = False) -> str:
    """CREATE TABLE at a place that is quoted already.

    A `raw` table takes what Parquet holds, rows lying where the real one will have them.
    """
    columns = [column_ddl(column, contract, raw=raw) for column in contract.columns]
    if not raw:
        columns.append(f"PRIMARY KEY ({_listed(_proved_key(contract))})")
    body = ",\n".join(f"    {column}" for column in columns)
    sort = "" if raw else f"\n{sort_key(contract)}"
    return f"CREATE TABLE {place} (\n{body}\n)\n{_distribution(contract)}{sort}"


def column_ddl(column: Column, contract: Contract, *, raw: bool = False) -> str:
    """A column as CREATE TABLE and ADD COLUMN write it."""
    kind = RAW_TYPE if raw and column.type == "super" else column.type
    return f"{quoted(column.name)} {kind} ENCODE {encoding(column, contract)}{_nullable(column)}"


def encoding(column: Column, contract: Contract) -> str:
    """What is declared, or what suits its type and its place in the sort key.

    The blocks of a sorted column must hold as many rows as those of the others to be skipped with
    them, so the one that decides the order is not compressed.
    """
    if column.encode:
        return column.encode
    if not contract.interleaved and contract.sort_by[:1] == (column.name,):
        return "raw"
    return _suited(column)


def sort_key(contract: Contract) -> str:
    """The SORTKEY of CREATE TABLE and ALTER TABLE."""
    if not contract.sort_by:
        return "SORTKEY AUTO"
    style = "INTERLEAVED" if contract.interleaved else "COMPOUND"
    return f"{style} SORTKEY ({_listed(contract.sort_by)})"


def comments(contract: Contract, place: str) -> list[str]:
    """What the table and its columns mean, with the PHI class of a column as a tag."""
    return [
        f"COMMENT ON TABLE {place} IS {literal(contract.grain)}",
        *(
            f"COMMENT ON COLUMN {place}.{quoted(column.name)} IS {literal(_told(column))}"
            for column in contract.columns
        ),
    ]


def rejects_name(contract: Contract) -> str:
    """The table of the rejects, in the schema `seniorlink`."""
    return f"{contract.schema}.{contract.name}.rejects"


def releases_name(contract: Contract) -> str:
    """The table of the releases, in the schema `seniorlink`.

    Each table has its own, for Redshift lets no two transactions write one table side by side.
    """
    return f"{contract.schema}.{contract.name}.releases"


def create_rejects(place: str, *, if_absent: bool = False) -> str:
    """CREATE TABLE for rejects at a place that is quoted already."""
    columns = ",\n".join(
        f"    {quoted(column.name)} {column.type} ENCODE {_suited(column)}{_nullable(column)}"
        for column in REJECTS
    )
    return f"""CREATE TABLE {"IF NOT EXISTS " if if_absent else ""}{place} (
{columns}
)
DISTSTYLE AUTO
SORTKEY AUTO"""


def internal_tables(contract: Contract) -> list[str]:
    """What holds rejects and releases of a table, where it is not there yet."""
    rejects = f"{quoted(INTERNAL)}.{quoted(rejects_name(contract))}"
    releases = f"{quoted(INTERNAL)}.{quoted(releases_name(contract))}"
    return [
        f"CREATE SCHEMA IF NOT EXISTS {quoted(INTERNAL)}",
        create_rejects(rejects, if_absent=True),
        f"""CREATE TABLE IF NOT EXISTS {releases} (
    "release_id" bigint ENCODE raw NOT NULL,
    "partition" varchar(16) ENCODE zstd NOT NULL,
    "version" varchar(256) ENCODE zstd NOT NULL,
    "manifest" varchar(4096) ENCODE zstd NOT NULL,
    "rows" bigint ENCODE az64 NOT NULL,
    "rejects" bigint ENCODE az64 NOT NULL,
    "run_id" varchar(64) ENCODE zstd NOT NULL,
    "token" varchar(64) ENCODE zstd NOT NULL,
    "released_at" timestamp ENCODE az64 NOT NULL,
    "is_whole" boolean ENCODE raw NOT NULL
)
DISTSTYLE ALL
COMPOUND SORTKEY ("release_id")""",
    ]


def _suited(column: Column) -> str:
    """The encoding that suits a type."""
    if column.type in ("boolean", "double precision"):
        return "raw"
    return "zstd" if column.type.startswith(("varchar", "super")) else "az64"


def _nullable(column: Column) -> str:
    return "" if column.nullable else " NOT NULL"


def _proved_key(contract: Contract) -> tuple[str, ...]:
    """The columns that no two rows share: within its partition only is a key known to be unique.

    Redshift believes a key without looking, and answers wrongly where it does not hold.
    """
    by, key = contract.partition_by, contract.primary_key
    return key if by is None or by in key else (by, *key)


def _distribution(contract: Contract) -> str:
    if contract.distribute_by:
        return f"DISTSTYLE KEY DISTKEY ({quoted(contract.distribute_by)})"
    return f"DISTSTYLE {contract.distribute.upper()}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, names))


def _told(column: Column) -> str:
    return f"{column.meaning} [phi: {column.phi}]" if column.phi else column.meaning
