"""Who the company knows: caregivers, those they care for, their enrolments and care teams."""

import duckdb

from seniorlink_assets.sample.vocabulary import create_vocabulary


def create_people(db: duckdb.DuckDBPyConnection) -> None:
    """The people, and every version of them over the whole history."""
    create_vocabulary(db)
    db.execute(CAREGIVERS)
    db.execute(CAREGIVER_VERSIONS)
    db.execute(CONSUMERS)
    db.execute(CONSUMER_VERSIONS)
    db.execute(ENROLMENTS)
    db.execute(ENROLMENT_VERSIONS)
    db.execute(ASSIGNMENTS)


# `who` numbers the caregivers from 0; `second` is 1 for the second person one cares for.
CAREGIVERS = """
CREATE MACRO caregiver_id(who) AS 10001 + who;
CREATE MACRO consumer_id(who, second) AS 20001 + 2 * who + second;
CREATE MACRO enrolment_id(who, second) AS 50001 + 2 * who + second;
CREATE TABLE caregivers AS
WITH joined AS (
    SELECT n AS joined_n, unnest(range(known_before, known)) AS who, size FROM days
),
named AS (
    SELECT *,
           pick(words('first_names'), 'first name', who, 0) AS first_name,
           pick(words('last_names'), 'last name', who, 0) AS last_name,
           greatest(1, size // 50) AS teams,
           least(teams, 8) AS states
    FROM joined
)
SELECT who,
       joined_n,
       caregiver_id(who) AS caregiver_id,
       last_name,
       CASE below(50, 'title', who, 0)
           WHEN 0 THEN first_name || ' "Bill" ' || last_name
           WHEN 1 THEN first_name || ' ' || last_name || ', RN'
           ELSE first_name || ' ' || last_name
       END AS full_name,
       DATE '1946-01-01'
           + (below(11000, 'born', who, 0) + below(10000, 'born', who, 1))::INTEGER AS birth_date,
       regexp_replace(strip_accents(lower(first_name || last_name)), '[^a-z]', '', 'g')
           || who || '@example.org' AS email,
       floor(chance('state', who, 0) * chance('state', who, 0) * states)::BIGINT AS state_n,
       (teams - 1 - state_n) // states + 1 AS teams_of_state,
       states,
       chance('second', who, 0) < 0.1 AS has_second,
       2.3 + 2.0 * chance('spirits', who, 0) AS spirits,
       0.66 + 0.34 * chance('diligence', who, 0) AS diligence
FROM named
ORDER BY who
"""

# Some who move write down a second, better address later on the same day.
CAREGIVER_VERSIONS = """
CREATE TABLE caregiver_versions AS
WITH picked AS (
    SELECT n, unnest(range(about(0.01 * size, 'changes', n))) AS k, known_before, stride
    FROM days WHERE n > 0
),
changed AS (
    SELECT n,
           n * stride + k AS change,
           below(known_before, 'changed', k, n) AS who,
           chance('change', k, n) < 0.6 AS is_move,
           28800 + below(36000, 'changed at', k, n) AS seconds
    FROM picked
),
changes AS (
    SELECT n, change, who, is_move, seconds FROM changed
    UNION ALL
    SELECT n, change, who, is_move, seconds + 60 + below(10000, 'moved again', change, n)
    FROM changed WHERE is_move AND chance('moves again', change, n) < 0.06
    UNION ALL
    SELECT joined_n,
           -1,
           who,
           NULL,
           CASE WHEN joined_n = 0 THEN -1 - below(86400 * 400, 'last change', who, 0)
                ELSE 28800 + below(36000, 'joined at', who, 0) END
    FROM caregivers
)
SELECT n, who, is_move, seconds,
       count(*) FILTER (is_move) OVER versions AS moves,
       count(*) FILTER (NOT is_move) OVER versions AS phones
FROM changes
WINDOW versions AS (PARTITION BY who ORDER BY n, seconds, change ROWS UNBOUNDED PRECEDING)
ORDER BY n, who, seconds
"""

CONSUMERS = """
CREATE TABLE consumers AS
SELECT who,
       second,
       joined_n,
       consumer_id(who, second) AS consumer_id,
       caregiver_id,
       pick(words('first_names'), 'consumer', consumer_id, 0) || ' '
           || CASE WHEN chance('family', consumer_id, 0) < 0.7 THEN last_name
                   ELSE pick(words('last_names'), 'consumer family', consumer_id, 0) END
           AS full_name,
       CASE WHEN chance('child', consumer_id, 0) < 0.08 THEN DATE '1995-01-01'
            ELSE DATE '1928-01-01' END
           + (below(6000, 'born', consumer_id, 2) + below(5000, 'born', consumer_id, 3))::INTEGER
           AS birth_date,
       CASE WHEN chance('sex', consumer_id, 0) < 0.60 THEN 'F'
            WHEN chance('sex', consumer_id, 0) < 0.97 THEN 'M'
            WHEN chance('sex', consumer_id, 0) < 0.98 THEN 'X'
            ELSE '' END AS sex
FROM caregivers, (VALUES (0), (1)) AS cared_for(second)
WHERE second = 0 OR has_second
ORDER BY consumer_id
"""

# A consumer has a new version when the caregiver moves, and when the diagnosis is revised.
CONSUMER_VERSIONS = """
CREATE TABLE consumer_versions AS
WITH picked AS (
    SELECT n, unnest(range(about(0.001 * size, 'diagnoses', n))) AS k, known_before
    FROM days WHERE n > 0
),
changes AS (
    SELECT n, below(known_before, 'diagnosed', k, n) AS who,
           28800 + below(36000, 'diagnosed at', k, n) AS seconds, 0 AS moves, 1 AS diagnoses
    FROM picked
    UNION ALL
    SELECT n, who, seconds, (is_move IS NOT NULL)::INTEGER, 0
    FROM caregiver_versions WHERE coalesce(is_move, true)
)
SELECT n, consumers.who, second, seconds,
       sum(moves) OVER versions AS moves,
       sum(diagnoses) OVER versions AS diagnoses
FROM changes JOIN consumers USING (who)
WINDOW versions AS (
    PARTITION BY consumer_id ORDER BY n, seconds, diagnoses ROWS UNBOUNDED PRECEDING
)
ORDER BY n, consumers.who, second, seconds
"""

# One enrolment per consumer; `ended_n` is -1 when it ended before the history begins.
ENROLMENTS = """
CREATE TABLE enrolment_changes AS
WITH picked AS (
    SELECT n, unnest(range(about(0.003 * size, 'enrolments', n))) AS k, known_before
    FROM days WHERE n > 0
)
SELECT n,
       below(known_before, 'enrolment', k, n) AS who,
       below(2, 'which enrolment', k, n) AS drawn_second,
       chance('enrolment change', k, n) < 0.66 AS is_end,
       28800 + below(36000, 'enrolment at', k, n) AS seconds
FROM picked;

CREATE TABLE enrolments AS
WITH changed AS (
    SELECT who, if(has_second, drawn_second, 0) AS second, min(n) FILTER (is_end) AS ended_n
    FROM enrolment_changes JOIN caregivers USING (who) GROUP BY ALL
)
SELECT who,
       second,
       joined_n,
       enrolment_id(who, second) AS enrolment_id,
       consumer_id,
       consumers.caregiver_id,
       pick(words('programme_shares'), 'programme', consumer_id, 0) AS programme_code,
       day - CASE WHEN joined_n = 0 THEN 2 + below(900, 'started', consumer_id, 0) ELSE 0 END
           ::INTEGER AS started_on,
       1 + (chance('level', consumer_id, 0) < 0.35)::INTEGER AS first_level,
       CASE WHEN joined_n = 0 AND chance('ended', consumer_id, 0) < 0.04 THEN -1
            ELSE coalesce(ended_n, 1000000) END AS ended_n
FROM consumers
JOIN days ON days.n = joined_n
LEFT JOIN changed USING (who, second)
ORDER BY enrolment_id
"""

ENROLMENT_VERSIONS = """
CREATE TABLE enrolment_versions AS
WITH changes AS (
    SELECT n, who, if(has_second, drawn_second, 0) AS second, seconds, is_end
    FROM enrolment_changes JOIN caregivers USING (who)
    UNION ALL
    SELECT versions.n, who, second, versions.seconds, NULL
    FROM caregiver_versions AS versions JOIN consumers USING (who)
    WHERE is_move IS NULL
)
SELECT n, who, second, seconds,
       count(*) FILTER (NOT is_end) OVER versions AS level_changes,
       coalesce(bool_or(is_end) OVER versions, false) OR ended_n < n AS is_ended
FROM changes JOIN enrolments USING (who, second)
WHERE is_end IS NULL OR n < ended_n OR (n = ended_n AND is_end)
WINDOW versions AS (
    PARTITION BY who, second ORDER BY n, seconds, is_end NULLS FIRST ROWS UNBOUNDED PRECEDING
)
ORDER BY n, who, second, seconds
"""

# Caregivers are assigned to teams of their state; `until_n` is the day of the next assignment.
ASSIGNMENTS = """
CREATE MACRO team_id(who, turn, state_n, states, teams_of_state) AS
    101 + state_n + states * below(teams_of_state, 'team', who, turn);
CREATE TABLE assignments AS
WITH picked AS (
    SELECT n, unnest(range(about(0.005 * size, 'reassignments', n))) AS k, known_before
    FROM days WHERE n > 0
),
changes AS (
    SELECT n, below(known_before, 'reassigned', k, n) AS who,
           28800 + below(36000, 'reassigned at', k, n) AS seconds, k
    FROM picked
    UNION ALL
    SELECT n, who, seconds, -1 FROM caregiver_versions WHERE is_move IS NULL
),
turns AS (
    SELECT n, who, seconds,
           row_number() OVER turn AS turn,
           lead(n, 1, 1000000) OVER turn AS until_n
    FROM changes
    WINDOW turn AS (PARTITION BY who ORDER BY n, seconds, k)
)
SELECT n, who, seconds, until_n, caregiver_id, state_n,
       team_id(who, turn, state_n, states, teams_of_state) AS care_team_id
FROM turns JOIN caregivers USING (who)
ORDER BY n, who, seconds
"""
