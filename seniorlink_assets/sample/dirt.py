"""What goes wrong in real landing files, and how often."""

import math
import re
from pathlib import Path

import duckdb

Database = duckdb.DuckDBPyConnection


def create_dirt(db: Database, dirt: float) -> None:
    """The macros that spoil one value or one line, and the days that get late files."""
    db.execute(MACROS.format(dirt=float(dirt)))
    db.execute(
        "UPDATE days SET is_late = true WHERE n IN "
        "(SELECT n FROM days ORDER BY dice('late day', 0, n), n LIMIT ?)",
        [math.ceil(3 * dirt)],
    )


def duplicate_lines(db: Database) -> None:
    """Repeat some of the table `lines`, a little further down the same file."""
    db.execute(
        "INSERT INTO lines SELECT * REPLACE (seconds + 1800 AS seconds) FROM lines "
        "WHERE spoilt('duplicate', 0.003, id, n)"
    )


def spoil_files(db: Database, landing: Path, dirt: float) -> None:
    """Put a byte that is not UTF-8 into some files, and cut the end off two others."""
    sets = (
        "caregiver_app/notes/{}/notes.jsonl",
        "caregiver_app/messages/{}/messages.csv",
        "billing/claims/{}/claims.csv",
        "clinical/visits/{}/visits.csv",
    )
    for number in range(math.ceil(5 * dirt)):
        _put_latin1_byte(landing / sets[number % 4].format(_any_day(db, "bytes", number)))
    for number in range(math.ceil(dirt)):
        for path in sets[:2]:
            _cut_end(landing / path.format(_any_day(db, path, number)))


def _any_day(db: Database, stream: str, number: int) -> str:
    days = "SELECT day::VARCHAR FROM days ORDER BY dice(?, ?, n), n LIMIT 1"
    ((day,),) = db.execute(days, [stream, number]).fetchall()
    return day


def _put_latin1_byte(file: Path) -> None:
    """Replace a letter in the middle of the file by an é of another encoding."""
    with file.open("r+b") as stream:
        middle = file.stat().st_size // 2
        stream.seek(middle)
        stream.readline()
        start = stream.tell()
        line = stream.readline()
        letter = re.compile(rb"[a-z]").search(line, len(line) // 2)
        if letter:
            stream.seek(start + letter.start())
            stream.write("é".encode("latin-1"))


def _cut_end(file: Path) -> None:
    with file.open("r+b") as stream:
        stream.truncate(max(0, file.stat().st_size - 9))


MACROS = """
CREATE MACRO spoilt(kind, rate, who, n) AS
    chance('spoilt ' || kind, who, n) < rate * {dirt}::DOUBLE;
CREATE MACRO dirty_date(day, who, n) AS
    CASE WHEN spoilt('date', 0.001, who, n)
         THEN pick(['2026-02-31', '31/01/2026', ''], 'bad date', who, n)
         ELSE day::VARCHAR END;
CREATE MACRO days_off(who, n) AS
    CASE WHEN spoilt('day', 0.0005, who, n) THEN 1 + below(3, 'days off', who, n) ELSE 0 END;
CREATE MACRO dirty_code(code, who, n) AS
    CASE WHEN spoilt('code', 0.002, who, n)
         THEN pick(['XXX', 'sfc '], 'bad code', who, n) ELSE code END;
CREATE MACRO dirty_json(line, who, n) AS
    CASE WHEN spoilt('line', 0.0005, who, n) THEN left(line, length(line) // 2) ELSE line END;
CREATE MACRO dirty_csv(line, who, n) AS
    CASE WHEN NOT spoilt('line', 0.0005, who, n) THEN line
         WHEN chance('too few', who, n) < 0.5 THEN regexp_extract(line, '^[^,]*,[^,]*')
         ELSE line || ',7,' END;
"""
