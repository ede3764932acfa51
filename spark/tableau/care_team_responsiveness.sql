-- A team has a row per caregiver in care_teams; its name is that of its newest assignment.
WITH teams AS (
    SELECT
        care_team_id,
        max_by(care_team_name, struct(assigned_at, caregiver_id)) AS care_team_name,
        max_by(state, struct(assigned_at, caregiver_id)) AS state,
        count(*) AS caregivers
    FROM care_teams
    GROUP BY care_team_id
)

SELECT
    r.care_team_id,
    t.care_team_name,
    t.state,
    coalesce(t.caregivers, 0) AS caregivers,
    r.week_starting_on,
    r.threads,
    r.questions,
    r.answered,
    r.answered / nullif(r.questions, 0) AS answered_share,
    r.median_minutes,
    r.p90_minutes
FROM response_times AS r
LEFT JOIN teams AS t
    ON t.care_team_id = r.care_team_id
