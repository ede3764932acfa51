"""One landing set: how its lines are drawn, and how they become a file a day."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from seniorlink_assets.sample.dirt import duplicate_lines

LINES_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class LandingSet:
    """`lines` selects n, seconds, id and line, maybe is_late, for the days in the table `chunk`."""

    path: str
    file: str
    lines: str
    columns: str = ""
    lines_per_caregiver: float = 0.1
    duplicated: bool = False
    has_late_files: bool = False
    empty_when_quiet: bool = False


def write_set(db: duckdb.DuckDBPyConnection, landing_set: LandingSet, landing: Path) -> int:
    """Write every day of the set, a chunk of days at a time; the number of lines written."""
    ((days, caregivers),) = db.execute("SELECT count(*), max(size) FROM days").fetchall()
    step = max(1, int(LINES_AT_ONCE / (landing_set.lines_per_caregiver * caregivers)))
    rows = 0
    for first in range(0, days, step):
        db.execute(
            "CREATE OR REPLACE TEMP TABLE chunk AS FROM days WHERE n >= ? AND n < ? ORDER BY n",
            [first, first + step],
        )
        lateness = "" if landing_set.has_late_files else ", false AS is_late"
        lines = f"SELECT *{lateness} FROM ({landing_set.lines})"  # noqa: S608
        db.execute(f"CREATE OR REPLACE TEMP TABLE lines AS {lines}")
        if landing_set.duplicated:
            duplicate_lines(db)
        rows += _write_files(db, landing_set, landing)
    return rows


def _write_files(db: duckdb.DuckDBPyConnection, landing_set: LandingSet, landing: Path) -> int:
    files = db.execute(FILES, {"has_late_files": landing_set.has_late_files}).fetchall()
    for n, day, is_late, rows in files:
        folder = landing / landing_set.path / str(day)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / (landing_set.file.replace(".", "-late.") if is_late else landing_set.file)
        if rows:
            _copy(db, landing_set.columns, n, is_late, file)
        elif landing_set.columns and not landing_set.empty_when_quiet:
            file.write_text(landing_set.columns + "\n", encoding="utf-8", newline="\n")
        else:
            file.touch()
    return sum(rows for *_, rows in files)


def _copy(db: duckdb.DuckDBPyConnection, columns: str, n: int, is_late: bool, file: Path) -> None:
    # Lines are ready-made: the writer may neither quote nor split them.
    target = str(file).replace("'", "''")
    copy = f"""
        COPY (
            SELECT line AS "{columns or "line"}" FROM lines
            WHERE n = {n} AND is_late = {is_late} ORDER BY seconds, id, line
        ) TO '{target}' (
            FORMAT csv, HEADER {bool(columns)}, QUOTE '', ESCAPE '', DELIMITER '\x01',
            USE_TMP_FILE false
        )
    """  # noqa: S608
    db.execute(copy)


FILES = """
SELECT n, day, is_late, coalesce(rows, 0)
FROM (
    SELECT n, day, false AS is_late FROM chunk
    UNION ALL
    SELECT n, day, true FROM chunk WHERE chunk.is_late AND $has_late_files
)
LEFT JOIN (SELECT n, is_late, count(*) AS rows FROM lines GROUP BY ALL) USING (n, is_late)
ORDER BY n, is_late
"""
