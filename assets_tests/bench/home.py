"""A home of `seniorlink` that a measurement has to itself."""

import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from assets_tests.bench.measured import MARKER, Measured, end_processes, measured

CHECKOUT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Home:
    """Its folder, settings for what runs in it, and the mark that all its processes carry."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def landing(self) -> Path:
        return self.folder / "landing"

    def seniorlink(self, *words: str, checkout: Path = CHECKOUT, fails: bool = False) -> Measured:
        return self.run([str(BIN / "seniorlink"), *words], checkout, fails=fails)

    def dagster(self, *words: str, checkout: Path = CHECKOUT) -> Measured:
        return self.run([str(BIN / "dagster"), *words], checkout)

    def run(self, command: Sequence[str], checkout: Path, *, fails: bool = False) -> Measured:
        return measured(command, self.environment(checkout), checkout, fails=fails)

    def environment(self, checkout: Path = CHECKOUT) -> dict[str, str]:
        """What a command run from `checkout` gets; its packages win over the installed ones."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("SENIORLINK") and name != "PYTHONDONTWRITEBYTECODE"
        }
        return {
            **kept,
            "PYTHONPATH": str(checkout),
            "SENIORLINK_HOME": str(self.folder),
            "DAGSTER_HOME": str(self.folder / "dagster"),
            MARKER: self.mark,
            **self.settings,
        }

    def rest(self) -> None:
        """Ends what waits in this home for more work, so that nobody else's work is disturbed."""
        end_processes(self.mark)

    def remove(self) -> None:
        self.rest()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rows(self) -> dict[str, int]:
        """The rows of every table in the warehouse."""
        return rows_of(self.folder / "warehouse.duckdb")


def rows_of(warehouse: Path) -> dict[str, int]:
    """The rows of the company's tables in a DuckDB file, without rejects and bookkeeping."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() "
            "WHERE schema_name <> 'seniorlink' AND NOT ends_with(table_name, '_rejects')"
        ).fetchall()
        return {
            f"{schema}/{name}": connection.table(f'"{schema}"."{name}"').count("*").fetchall()[0][0]
            for schema, name in sorted(names)
        }
