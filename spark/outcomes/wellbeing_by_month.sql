-- Give each note to one enrolment that was open on its day: the one that started last.
WITH notes_of_programmes AS (
    SELECT
        n.note_id,
        n.caregiver_id,
        n.mood,
        CAST(date_trunc('MONTH', n.noted_on) AS DATE) AS month,
        max_by(e.programme_code, struct(e.started_on, e.enrolment_id)) AS programme_code
    FROM daily_notes AS n
    JOIN enrolments AS e
        ON e.caregiver_id = n.caregiver_id
        AND n.noted_on BETWEEN e.started_on AND coalesce(e.ended_on, n.noted_on)
    GROUP BY n.note_id, n.caregiver_id, n.mood, n.noted_on
)

SELECT
    programme_code,
    month,
    count(DISTINCT caregiver_id) AS caregivers,
    count(*) AS notes,
    avg(mood) AS mean_mood,
    count_if(mood <= 2) / nullif(count(mood), 0) AS hard_share
FROM notes_of_programmes
GROUP BY programme_code, month
