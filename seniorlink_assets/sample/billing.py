"""Landing sets of the billing system: claims for days of service, and caregivers' stipends."""

from seniorlink_assets.sample.landing_set import LandingSet

CLAIMS = LandingSet(
    path="billing/claims",
    file="claims.csv",
    columns=(
        "claim_id,enrolment_id,consumer_id,programme_code,service_on,billed_on,"
        "units,amount_usd,status"
    ),
    lines_per_caregiver=1.0,
    duplicated=True,
    lines="""
        WITH billed AS (
            SELECT chunk.*, enrolments.*, daily_rate_usd,
                   n * stride + 2 * who + second + 1 AS id,
                   day - (1 + floor(chance('lag', id, 0) * chance('lag', id, 1) * 10))::INTEGER
                       AS service_on,
                   if(chance('units', id, 0) < 0.88, 1, 2 + below(6, 'units', id, 1)) AS units,
                   if(chance('adjusted', id, 0) < 0.03, 0.80, 1.00)::DECIMAL(3, 2) AS adjustment,
                   chance('status', id, 0) AS fate
            FROM chunk, enrolments JOIN programmes USING (programme_code)
            WHERE joined_n <= n
              AND chance('claim', enrolment_id, n) < 0.96
              AND started_on <= service_on
              AND n <= ended_n
        )
        SELECT n, 0 AS seconds, id,
               dirty_csv(
                   concat_ws(
                       ',',
                       id,
                       enrolment_id,
                       consumer_id,
                       dirty_code(programme_code, id, 0),
                       dirty_date(service_on, id, 0),
                       day,
                       if(spoilt('type', 0.0005, id, 0), 'two', units::VARCHAR),
                       if(
                           spoilt('type', 0.0005, id, 1),
                           '"12,50"',
                           round(units * daily_rate_usd * adjustment, 2)::DECIMAL(10, 2)::VARCHAR
                       ),
                       CASE WHEN fate < 0.60 THEN 'submitted'
                            WHEN fate < 0.93 THEN 'paid' ELSE 'denied' END
                   ),
                   id, 0
               ) AS line
        FROM billed
    """,
)

# Paid on the first of the month for the month before; on the fifteenth some are corrected.
STIPENDS = LandingSet(
    path="billing/stipends",
    file="stipends.csv",
    columns="stipend_id,caregiver_id,month,amount_usd,paid_at,revision",
    lines_per_caregiver=1.0,
    empty_when_quiet=True,
    lines="""
        WITH paid AS (
            SELECT *, n AS paid_n, 1 AS revision FROM chunk WHERE day(day) = 1
            UNION ALL
            SELECT *, n - 14, 2 FROM chunk WHERE day(day) = 15 AND n >= 14
        )
        SELECT n, 32400 + below(7200, 'paid at', who, n) AS seconds,
               paid_n * stride + who + 1 AS id,
               concat_ws(
                   ',',
                   id,
                   caregiver_id,
                   strftime(day - INTERVAL 20 DAY, '%Y-%m'),
                   round(
                       daily_rate_usd * (10 + 3 * first_level)
                       * if(revision = 2, pick([0.85, 0.95, 1.05, 1.10], 'by', who, n), 1.00)
                           ::DECIMAL(3, 2),
                       2
                   )::DECIMAL(10, 2),
                   utc(opens_at, seconds),
                   revision
               ) AS line
        FROM paid, enrolments JOIN programmes USING (programme_code)
        WHERE second = 0
          AND joined_n <= paid_n
          AND paid_n <= ended_n
          AND (revision = 1 OR chance('corrected', who, n) < 0.02)
    """,
)

SETS = (CLAIMS, STIPENDS)
