-- A programme that is sent again replaces what was said before.
SELECT
    programme_code,
    name,
    payer,
    daily_rate_usd,
    valid_from,
    _source,
    CASE
        WHEN row_number() OVER (
            PARTITION BY programme_code
            ORDER BY
                try_cast(valid_from AS DATE) DESC NULLS LAST,
                _source.day DESC, _source.file DESC, _source.line DESC
        ) > 1 THEN 'older version'
    END AS _dropped
FROM programmes
