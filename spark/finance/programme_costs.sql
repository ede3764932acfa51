-- Every programme gets every month between the first and the last service, with or without claims.
WITH months AS (
    SELECT explode(sequence(first_month, last_month, INTERVAL 1 MONTH)) AS month
    FROM (
        SELECT
            CAST(date_trunc('MONTH', min(service_on)) AS DATE) AS first_month,
            CAST(date_trunc('MONTH', max(service_on)) AS DATE) AS last_month
        FROM claims
    )
),

billed AS (
    SELECT
        programme_code,
        CAST(date_trunc('MONTH', service_on) AS DATE) AS month,
        count(*) AS claims,
        sum(units) AS units,
        sum(amount_usd) AS amount_usd,
        sum(amount_usd) FILTER (WHERE status = 'denied') AS denied_usd
    FROM claims
    GROUP BY programme_code, CAST(date_trunc('MONTH', service_on) AS DATE)
)

SELECT
    p.programme_code,
    m.month,
    coalesce(b.claims, 0) AS claims,
    coalesce(b.units, 0) AS units,
    coalesce(b.amount_usd, 0) AS amount_usd,
    coalesce(b.denied_usd, 0) AS denied_usd
FROM programmes AS p
CROSS JOIN months AS m
LEFT JOIN billed AS b
    ON b.programme_code = p.programme_code
    AND b.month = m.month
