-- Both sides are summed before they meet, so that no amount is counted twice.
WITH paid AS (
    SELECT
        caregiver_id,
        month,
        sum(amount_usd) AS stipend_usd
    FROM stipends
    GROUP BY caregiver_id, month
),

billed AS (
    SELECT
        e.caregiver_id,
        CAST(date_trunc('MONTH', c.service_on) AS DATE) AS month,
        count(*) AS claims,
        sum(c.amount_usd) AS claims_usd
    FROM claims AS c
    JOIN enrolments AS e
        ON e.enrolment_id = c.enrolment_id
    WHERE c.status <> 'denied'
    GROUP BY e.caregiver_id, CAST(date_trunc('MONTH', c.service_on) AS DATE)
)

SELECT
    caregiver_id,
    month,
    coalesce(p.stipend_usd, 0) AS stipend_usd,
    coalesce(b.claims, 0) AS claims,
    coalesce(b.claims_usd, 0) AS claims_usd
FROM paid AS p
FULL JOIN billed AS b USING (caregiver_id, month)
