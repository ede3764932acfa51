# ruff: noqa: S608 - names come from contracts, which allow lower case, digits and _ only
"""The laptop's warehouse: one DuckDB file."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seniorlink_assets.destination import DestinationError, Staged
from seniorlink_assets.parquet import check_types
from seniorlink_assets.reconciliation import Compared, Totals, reconcile
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.warehouses.base import Warehouse, live_table
from seniorlink_assets.warehouses.duckdb_session import DuckDBFile
from spark.contract import WHOLE, Column, Contract

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_RELEASES = """
CREATE SCHEMA IF NOT EXISTS seniorlink;
CREATE TABLE IF NOT EXISTS seniorlink.releases (
    release_id BIGINT NOT NULL,
    key VARCHAR NOT NULL,
    partition VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    manifest VARCHAR NOT NULL,
    rows BIGINT NOT NULL,
    rejects BIGINT NOT NULL,
    run_id VARCHAR NOT NULL,
    released_at TIMESTAMP NOT NULL,
    is_whole BOOLEAN NOT NULL,
);
COMMENT ON COLUMN seniorlink.releases.is_whole IS
    'The release replaced the table: earlier releases of its key are history.';
"""


class DuckDBWarehouse(Warehouse):
    def __init__(
        self,
        path: Path,
        *,
        memory_limit: str = "1GB",
        threads: int = 2,
        patience: float = 60.0,
    ) -> None:
        self._file = DuckDBFile(path, memory_limit, threads, patience)

    @property
    def place(self) -> str:
        return str(self._file.path)

    def released(self, contract: Contract) -> Mapping[str, str]:
        return self.releases([contract])[contract.key]

    def releases(self, contracts: Sequence[Contract]) -> Mapping[str, Mapping[str, str]]:
        if not self._file.path.exists():
            return {contract.key: {} for contract in contracts}
        with self._file.session(write=False) as connection:
            return {contract.key: _released(connection, contract) for contract in contracts}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with self._file.session(write=False) as connection:
            return connection.execute(sql).fetchall()

    def rejects_table(self, contract: Contract) -> str:
        return f'"{contract.schema}"."{contract.name}_rejects"'

    def stage(self, contract: Contract, snapshots: Sequence[Snapshot], run_id: str) -> Staged:
        place = f'"{contract.schema}"."{_staging_prefix(contract)}{secrets.token_hex(4)}"'
        with self._file.session(write=True) as connection:
            _drop_leftovers(connection, contract)
            connection.begin()
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{contract.schema}"')
            columns = ", ".join(_column_ddl(column) for column in contract.columns)
            connection.execute(f"CREATE TABLE {place} ({columns})")
            _load(connection, contract, snapshots, place)
            rows = reconcile(contract, snapshots, _totals(connection, contract, snapshots, place))
            connection.commit()
        return Staged(contract, snapshots, place, rows)

    def publish(self, staged: Staged, run_id: str) -> None:
        contract = staged.contract
        versions = {snapshot.partition: snapshot.version for snapshot in staged.snapshots}
        with self._file.session(write=True) as connection:
            connection.begin()
            released = _released(connection, contract)
            if not _exists(connection, staged.place):
                if versions.items() <= released.items():
                    return
                raise DestinationError(
                    f"{staged.place} is not in {self._file.path} any more, as another run has "
                    f"staged {contract.key} since; materialize it again"
                )
            is_whole = _swap(connection, staged, released)
            _describe(connection, contract)
            _create_views(connection, contract)
            _replace_rejects(connection, staged, self.rejects_table(contract), is_whole)
            _record(connection, staged, run_id, is_whole)
            connection.commit()

    def discard(self, staged: Staged) -> None:
        with self._file.session(write=True) as connection:
            connection.execute(f"DROP TABLE IF EXISTS {staged.place}")

    def leftovers(self, contract: Contract) -> Sequence[Staged]:
        if not self._file.path.exists():
            return []
        with self._file.session(write=False) as connection:
            return [Staged(contract, (), *found) for found in _leftovers(connection, contract)]


def _staging_prefix(contract: Contract) -> str:
    """No table of a contract has such a name: theirs begin with a letter and have no hyphen."""
    return f"_staging_{contract.name}-"


def _leftovers(connection: "DuckDBPyConnection", contract: Contract) -> list[tuple[str, int]]:
    """The staging tables of a contract, and about how many rows each has."""
    return connection.execute(
        """SELECT '"' || schema_name || '"."' || table_name || '"', estimated_size """
        "FROM duckdb_tables() WHERE schema_name = ? AND starts_with(table_name, ?)",
        [contract.schema, _staging_prefix(contract)],
    ).fetchall()


def _drop_leftovers(connection: "DuckDBPyConnection", contract: Contract) -> None:
    for place, _ in _leftovers(connection, contract):
        connection.execute(f"DROP TABLE {place}")


def _column_ddl(column: Column) -> str:
    return f'"{column.name}" {column.parsed.duckdb}{"" if column.nullable else " NOT NULL"}'


def _load(
    connection: "DuckDBPyConnection",
    contract: Contract,
    snapshots: Sequence[Snapshot],
    place: str,
) -> None:
    files = [file for snapshot in snapshots for file in snapshot.files]
    if not files:
        return
    check_types(connection, contract, files)
    columns = ", ".join(f'"{column.name}"::{column.parsed.duckdb}' for column in contract.columns)
    connection.execute(f"INSERT INTO {place} SELECT {columns} FROM read_parquet(?)", [files])


def _totals(
    connection: "DuckDBPyConnection",
    contract: Contract,
    snapshots: Sequence[Snapshot],
    place: str,
) -> Mapping[str, Totals]:
    partition = f'"{contract.partition_by}"::VARCHAR' if contract.partition_by else f"'{WHOLE}'"
    compared = Compared.of(contract, snapshots)
    asked = ", ".join((partition, "count(*)", *compared.aggregates))
    found = connection.execute(f"SELECT {asked} FROM {place} GROUP BY 1")
    return compared.totals(found.fetchall())


def _exists(connection: "DuckDBPyConnection", table: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM duckdb_tables() "
        """WHERE '"' || schema_name || '"."' || table_name || '"' = ?""",
        [table],
    )
    return found.fetchone() is not None


def _released(connection: "DuckDBPyConnection", contract: Contract) -> dict[str, str]:
    if not _exists(connection, live_table(contract)):
        return {}
    if not _exists(connection, '"seniorlink"."releases"'):
        return {}
    return dict(
        connection.execute(
            """
            SELECT partition, arg_max(version, release_id) FROM seniorlink.releases
            WHERE key = $key AND release_id >= coalesce(
                (SELECT max(release_id) FROM seniorlink.releases WHERE key = $key AND is_whole), 0)
            GROUP BY partition ORDER BY partition
            """,
            {"key": contract.key},
        ).fetchall()
    )


def _swap(connection: "DuckDBPyConnection", staged: Staged, released: Mapping[str, str]) -> bool:
    """Makes the staged rows live; True if they are now the whole table."""
    contract, live = staged.contract, live_table(staged.contract)
    days = [snapshot.partition for snapshot in staged.snapshots]
    if contract.partition_by is None or released.keys() <= {*days, WHOLE}:
        connection.execute(f"DROP TABLE IF EXISTS {live}")
        connection.execute(f'ALTER TABLE {staged.place} RENAME TO "{contract.name}"')
        return True
    _fit_live(connection, contract, len(released))
    connection.execute(
        f'DELETE FROM {live} WHERE "{contract.partition_by}" IN (SELECT unnest(?::DATE[]))', [days]
    )
    connection.execute(f"INSERT INTO {live} BY NAME FROM {staged.place}")
    connection.execute(f"DROP TABLE {staged.place}")
    return False


def _fit_live(connection: "DuckDBPyConnection", contract: Contract, partitions: int) -> None:
    """Adds the contract's new columns to the live table, whose other partitions then have NULL."""
    live = live_table(contract)
    there = {
        name: f"{kind}{'' if is_nullable else ' NOT NULL'}"
        for name, kind, is_nullable in connection.execute(
            "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE schema_name = ? AND table_name = ?",
            [contract.schema, contract.name],
        ).fetchall()
    }
    promised = {
        column.name: f"{column.parsed.duckdb.upper()}{'' if column.nullable else ' NOT NULL'}"
        for column in contract.columns
    }
    for name in {**promised, **there}:
        if name not in there and contract.column(name).nullable:
            connection.execute(
                f"ALTER TABLE {live} ADD COLUMN {_column_ddl(contract.column(name))}"
            )
        elif there.get(name) != promised.get(name):
            raise DestinationError(
                f"{contract.key}: the column {name} is {there.get(name, 'missing')} in the table "
                f"but {promised.get(name, 'missing')} in the contract; "
                f"materialize all of its {partitions} partitions in one run"
            )


def _describe(connection: "DuckDBPyConnection", contract: Contract) -> None:
    live = live_table(contract)
    connection.execute(f"COMMENT ON TABLE {live} IS {_literal(contract.grain)}")
    for column in contract.columns:
        connection.execute(
            f'COMMENT ON COLUMN {live}."{column.name}" IS {_literal(column.meaning)}'
        )


def _create_views(connection: "DuckDBPyConnection", contract: Contract) -> None:
    for view, text in contract.views.items():
        schema, name = view.split(".")
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        connection.execute(f'CREATE OR REPLACE VIEW "{schema}"."{name}" AS {text}')


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _replace_rejects(
    connection: "DuckDBPyConnection", staged: Staged, table: str, is_whole: bool
) -> None:
    connection.execute(
        f"CREATE {'OR REPLACE TABLE' if is_whole else 'TABLE IF NOT EXISTS'} {table} ("
        "partition VARCHAR NOT NULL, source_file VARCHAR, source_line BIGINT, reason VARCHAR, "
        "row VARCHAR)"
    )
    connection.execute(
        f"DELETE FROM {table} WHERE partition IN (SELECT unnest(?::VARCHAR[]))",
        [[snapshot.partition for snapshot in staged.snapshots]],
    )
    # A rollback may bring back files of an earlier runner, which did not write the partition.
    partitions = {
        file: snapshot.partition for snapshot in staged.snapshots for file in snapshot.reject_files
    }
    if partitions:
        connection.execute(
            f"""
            INSERT INTO {table}
            SELECT given.partition, source_file, source_line, reason, row
            FROM read_parquet($files, filename = true)
            JOIN (SELECT unnest($files) AS filename, unnest($partitions) AS partition) given
                USING (filename)
            """,
            {"files": [*partitions], "partitions": [*partitions.values()]},
        )


def _record(connection: "DuckDBPyConnection", staged: Staged, run_id: str, is_whole: bool) -> None:
    connection.execute(_RELEASES)
    snapshots = staged.snapshots
    connection.execute(
        """
        INSERT INTO seniorlink.releases
        SELECT
            (SELECT coalesce(max(release_id), 0) + 1 FROM seniorlink.releases), $key,
            unnest($partitions), unnest($versions), unnest($places), unnest($rows),
            unnest($rejects), $run_id, now()::TIMESTAMP, $is_whole
        """,
        {
            "key": staged.contract.key,
            "partitions": [snapshot.partition for snapshot in snapshots],
            "versions": [snapshot.version for snapshot in snapshots],
            "places": [snapshot.place for snapshot in snapshots],
            "rows": [snapshot.manifest.rows for snapshot in snapshots],
            "rejects": [snapshot.manifest.rejects for snapshot in snapshots],
            "run_id": run_id,
            "is_whole": is_whole,
        },
    )
