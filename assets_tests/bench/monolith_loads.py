"""The monolith's loads: the engines' own bulk statements over the Parquet files of a table."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from tableauhyperapi import (
    Connection,
    CreateMode,
    HyperProcess,
    Telemetry,
    escape_string_literal,
)

from spark.contract import Contract


def load_tables(out: Path, contracts: Sequence[Contract], day: str | None) -> None:
    """Every table from its files, in one session; of daily ones, `day` alone if there is one."""
    # Keeping the order of rows that have none would only cost.
    config = {"preserve_insertion_order": False}
    with duckdb.connect(str(out / "warehouse.duckdb"), config=config) as warehouse:
        for contract in contracts:
            folder = out / "tables" / contract.key
            name = f'"{contract.schema}"."{contract.name}"'
            columns = ", ".join(f'"{column}"' for column in contract.column_names)
            warehouse.execute(f'CREATE SCHEMA IF NOT EXISTS "{contract.schema}"')
            if day and contract.partition_by:
                files = f"{folder}/{contract.partition_by}={day}/*.parquet"
                warehouse.execute(f"DELETE FROM {name} WHERE {contract.partition_by} = '{day}'")
                verb = f"INSERT INTO {name}"
            else:
                files = f"{folder}/{'*/' if contract.partition_by else ''}*.parquet"
                verb = f"CREATE OR REPLACE TABLE {name} AS"
            read = f"read_parquet('{files}', hive_partitioning = true)"
            warehouse.execute(f"{verb} SELECT {columns} FROM {read}")


def build_extracts(out: Path, contracts: Sequence[Contract]) -> None:
    """A .hyper file of every extract, all by one hyperd."""
    folder = out / "extracts"
    folder.mkdir(exist_ok=True)
    parameters = {"log_config": "", "log_dir": str(folder)}
    with HyperProcess(Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=parameters) as hyperd:
        for contract in contracts:
            path = folder / f"{contract.name}.hyper"
            files = sorted((out / "tables" / contract.key).glob("*.parquet"))
            with Connection(hyperd.endpoint, path, CreateMode.CREATE_AND_REPLACE) as extract:
                extract.execute_command('CREATE SCHEMA "Extract"')
                extract.execute_command(create_from(list(map(str, files))))


def create_from(files: Sequence[str]) -> str:
    """Hyper's own bulk statement: the extract's table as these Parquet files have it."""
    array = ", ".join(escape_string_literal(file) for file in files)
    return (
        'CREATE TABLE "Extract"."Extract" AS '
        f"(SELECT * FROM external(ARRAY[{array}], FORMAT => 'parquet'))"
    )
