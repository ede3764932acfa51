"""Chance without randomness: every draw is a hash of the seed, what is drawn, for whom and when."""

from pathlib import Path

import duckdb


def company_database(seed: int, *, spill: Path) -> duckdb.DuckDBPyConnection:
    """An empty database with the macros that every generator draws with."""
    db = duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(spill)})
    db.execute("SET enable_progress_bar = false")
    db.execute(MACROS.format(seed=int(seed)))
    return db


# The outer hash is needed: the inner one combines its arguments by xor, so that
# two streams drawn for the same person would differ by a constant only.
MACROS = """
CREATE MACRO dice(stream, who, n) AS
    hash(hash({seed}::BIGINT, stream, who::BIGINT, n::BIGINT));
CREATE MACRO chance(stream, who, n) AS
    (dice(stream, who, n) >> 11) / 9007199254740992.0::DOUBLE;
CREATE MACRO below(top, stream, who, n) AS
    floor(chance(stream, who, n) * top)::BIGINT;
CREATE MACRO pick(choices, stream, who, n) AS
    choices[1 + below(len(choices), stream, who, n)];
CREATE MACRO about(number, stream, n) AS
    floor(number + chance(stream, 0, n))::BIGINT;
CREATE MACRO utc(opens_at, seconds) AS
    strftime(opens_at + to_seconds(seconds), '%Y-%m-%dT%H:%M:%SZ');
CREATE MACRO field(words) AS
    CASE WHEN contains(words, ',') OR contains(words, '"')
         THEN '"' || replace(words, '"', '""') || '"' ELSE words END;
"""
