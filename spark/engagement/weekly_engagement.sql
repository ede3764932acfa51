-- Add up the days of each ISO week, which begins on Monday and may span two years.
SELECT
    caregiver_id,
    CAST(date_trunc('WEEK', day) AS DATE) AS week_starting_on,
    count_if(notes + messages_sent + visits > 0) AS active_days,
    sum(notes) AS notes,
    sum(messages_sent) AS messages_sent,
    sum(messages_received) AS messages_received,
    sum(visits) AS visits,
    avg(mood) AS mean_mood
FROM caregiver_days
GROUP BY caregiver_id, CAST(date_trunc('WEEK', day) AS DATE)
