SELECT
    c.programme_code,
    p.name AS programme_name,
    p.payer,
    c.month,
    c.claims,
    c.units,
    c.amount_usd,
    c.denied_usd,
    c.amount_usd - c.denied_usd AS payable_usd,
    c.denied_usd / nullif(c.amount_usd, 0) AS denied_share
FROM programme_costs AS c
LEFT JOIN programmes AS p
    ON p.programme_code = c.programme_code
