SELECT
    w.programme_code,
    p.name AS programme_name,
    p.payer,
    w.month,
    w.caregivers,
    w.notes,
    w.mean_mood,
    w.hard_share
FROM wellbeing_by_month AS w
LEFT JOIN programmes AS p
    ON p.programme_code = w.programme_code
