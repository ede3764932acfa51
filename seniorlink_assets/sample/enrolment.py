"""Landing sets of the enrolment system: everybody on the first day, afterwards what changed."""

from seniorlink_assets.sample.landing_set import LandingSet

CAREGIVERS = LandingSet(
    path="enrolment/caregivers",
    file="caregivers.csv",
    columns="caregiver_id,full_name,birth_date,phone,email,street,city,state,zip,updated_at",
    lines="""
        SELECT n, versions.seconds, who AS id,
               concat_ws(
                   ',',
                   caregiver_id,
                   field(full_name),
                   birth_date,
                   '555-' || lpad(below(10000000, 'phone', who, phones)::VARCHAR, 7, '0'),
                   email,
                   field(
                       1 + below(990, 'house', who, moves) || ' '
                       || pick(words('streets'), 'street', who, moves)
                       || CASE WHEN chance('flat', who, moves) < 0.2
                               THEN ', Apt ' || 1 + below(40, 'door', who, moves) ELSE '' END
                   ),
                   city,
                   state,
                   zip3 || lpad(below(100, 'zip', who, moves)::VARCHAR, 2, '0'),
                   utc(opens_at, versions.seconds)
               ) AS line
        FROM chunk
        JOIN caregiver_versions AS versions USING (n)
        JOIN caregivers USING (who)
        JOIN places USING (state_n)
        WHERE city_n = below(4, 'city', who, moves)
    """,
)

CONSUMERS = LandingSet(
    path="enrolment/consumers",
    file="consumers.csv",
    columns="consumer_id,caregiver_id,full_name,birth_date,sex,diagnosis_code,zip,updated_at",
    lines="""
        SELECT n, versions.seconds, consumer_id AS id,
               concat_ws(
                   ',',
                   consumer_id,
                   consumers.caregiver_id,
                   field(consumers.full_name),
                   consumers.birth_date,
                   sex,
                   pick(words('diagnoses'), 'diagnosis', consumer_id, diagnoses),
                   zip3 || lpad(below(100, 'zip', who, moves)::VARCHAR, 2, '0'),
                   utc(opens_at, versions.seconds)
               ) AS line
        FROM chunk
        JOIN consumer_versions AS versions USING (n)
        JOIN consumers USING (who, second)
        JOIN caregivers USING (who)
        JOIN places USING (state_n)
        WHERE city_n = below(4, 'city', who, moves)
    """,
)

ENROLMENTS = LandingSet(
    path="enrolment/enrolments",
    file="enrolments.csv",
    columns=(
        "enrolment_id,consumer_id,caregiver_id,programme_code,started_on,ended_on,level,updated_at"
    ),
    lines="""
        SELECT n, versions.seconds, enrolment_id AS id,
               concat_ws(
                   ',',
                   enrolment_id,
                   consumer_id,
                   caregiver_id,
                   dirty_code(programme_code, enrolment_id, n),
                   started_on,
                   CASE WHEN NOT is_ended THEN ''
                        WHEN ended_n >= 0 THEN day::VARCHAR
                        ELSE (
                            started_on
                            + below(day - started_on, 'ended on', enrolment_id, 0)::INTEGER
                        )::VARCHAR END,
                   1 + (first_level + level_changes) % 2,
                   utc(opens_at, versions.seconds)
               ) AS line
        FROM chunk
        JOIN enrolment_versions AS versions USING (n)
        JOIN enrolments USING (who, second)
    """,
)

CARE_TEAMS = LandingSet(
    path="enrolment/care_teams",
    file="care_teams.csv",
    columns="care_team_id,name,state,caregiver_id,assigned_at",
    lines="""
        SELECT n, assignments.seconds, who AS id,
               concat_ws(
                   ',',
                   care_team_id,
                   pick(words('team_names'), 'team name', care_team_id, 0) || ' ' || care_team_id,
                   state,
                   caregiver_id,
                   utc(opens_at, assignments.seconds)
               ) AS line
        FROM chunk
        JOIN assignments USING (n)
        JOIN places USING (state_n)
        WHERE city_n = 0
    """,
)

PROGRAMMES = LandingSet(
    path="enrolment/programmes",
    file="programmes.csv",
    columns="programme_code,name,payer,daily_rate_usd,valid_from",
    lines="""
        SELECT n, 0 AS seconds, programme_n AS id,
               concat_ws(
                   ',',
                   programme_code,
                   field(name),
                   field(payer),
                   daily_rate_usd,
                   date_trunc('year', day - 31)::DATE
               ) AS line
        FROM chunk, programmes
        WHERE n = 0
    """,
)

SETS = (CAREGIVERS, CONSUMERS, ENROLMENTS, CARE_TEAMS, PROGRAMMES)
