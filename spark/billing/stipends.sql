-- Only revisions that can be paid compete, so that a spoilt correction leaves the stipend as it was.
WITH lines AS (
    SELECT
        *,
        try_cast(revision AS SMALLINT) IS NOT NULL
        AND try_cast(amount_usd AS DECIMAL(12, 2)) IS NOT NULL
        AND try_cast(paid_at AS TIMESTAMP) IS NOT NULL AS fits
    FROM stipends
)

SELECT
    stipend_id,
    caregiver_id,
    concat(month, '-01') AS month,
    amount_usd,
    paid_at,
    revision,
    _source,
    CASE
        WHEN fits AND row_number() OVER (
            PARTITION BY stipend_id, fits
            ORDER BY
                try_cast(revision AS SMALLINT) DESC,
                _source.day DESC, _source.file DESC, _source.line DESC
        ) > 1 THEN 'older revision'
    END AS _dropped
FROM lines
