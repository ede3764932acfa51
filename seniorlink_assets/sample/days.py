"""The calendar of the company: when each New York day opens in UTC, and how busy it is."""

from datetime import date

import duckdb


def create_days(
    db: duckdb.DuckDBPyConnection, *, caregivers: int, days: int, first_day: date
) -> None:
    db.execute(DAYS, {"caregivers": caregivers, "days": days, "first_day": first_day})


# `known` counts the caregivers who ever joined; `stride` exceeds every number of records that
# one day gives out, so that n * stride + k is an id. A conversation has 5.5 messages.
DAYS = """
CREATE TABLE days AS
WITH calendar AS (
    SELECT n,
           $first_day::DATE + n::INTEGER AS day,
           $caregivers::BIGINT AS size,
           size + size * n // 500 AS known,
           2 * (size + size * $days // 500) AS stride,
           CASE WHEN isodow(day) < 6 THEN 1.08 ELSE 0.80 END AS bustle,
           floor(size * 6 / 5.5 * bustle)::BIGINT AS threads,
           n >= $days // 2 AS asks_about_sleep
    FROM range($days) AS numbers(n)
)
SELECT *,
       timezone('UTC', timezone('America/New_York', day::TIMESTAMP)) AS opens_at,
       date_diff(
           'second',
           opens_at,
           timezone('UTC', timezone('America/New_York', (day + 1)::TIMESTAMP))
       ) AS day_seconds,
       lag(known, 1, 0) OVER (ORDER BY n) AS known_before,
       sum(threads) OVER (ORDER BY n) - threads AS threads_before,
       false AS is_late
FROM calendar
ORDER BY n
"""
