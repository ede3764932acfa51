"""Landing sets of the clinical system: visits by nurses, and assessments with nested answers."""

from seniorlink_assets.sample.landing_set import LandingSet

VISITS = LandingSet(
    path="clinical/visits",
    file="visits.csv",
    columns="visit_id,consumer_id,caregiver_id,nurse_id,visited_at,minutes,kind,outcome",
    lines_per_caregiver=0.15,
    lines="""
        WITH planned AS (
            SELECT *, n * stride + k + 1 AS id,
                   below(known, 'visited', k, n) AS who
            FROM (
                SELECT *, unnest(range(about(
                    0.15 * size * if(bustle < 1, 0.3, 1.28), 'visits', n
                ))) AS k
                FROM chunk
            )
        )
        SELECT n,
               28800 + 900 * below(40, 'visited at', id, 0) + below(600, 'delay', id, 0)
                   AS seconds,
               id,
               concat_ws(
                   ',',
                   id,
                   consumer_id(
                       who, (has_second AND chance('second visit', id, 0) < 0.5)::INTEGER
                   ),
                   caregiver_id,
                   701 + (who + below(2, 'nurse', id, 0)) % greatest(2, size // 40),
                   utc(opens_at, seconds),
                   CASE WHEN outcome <> 'done' THEN 0
                        WHEN kind = 'home' THEN 30 + below(50, 'minutes', id, 0)
                        ELSE 10 + below(30, 'minutes', id, 0) END,
                   kind,
                   outcome
               ) AS line
        FROM (
            SELECT *,
                   pick(['home', 'home', 'home', 'video', 'phone'], 'kind', id, 0) AS kind,
                   CASE WHEN chance('outcome', id, 0) < 0.86 THEN 'done'
                        WHEN chance('outcome', id, 0) < 0.95 THEN 'cancelled'
                        ELSE 'no_show' END AS outcome
            FROM planned
        )
        JOIN caregivers USING (who)
    """,
)

ASSESSMENTS = LandingSet(
    path="clinical/assessments",
    file="assessments.jsonl",
    lines_per_caregiver=0.06,
    lines="""
        WITH held AS (
            SELECT *, n * stride + k + 1 AS id,
                   consumer_id(below(known, 'assessed', id, 0), 0) AS consumer_id,
                   pick(['adl', 'adl', 'phq2', 'zarit'], 'form', id, 0) AS form,
                   CASE form WHEN 'adl' THEN 6 WHEN 'phq2' THEN 2 ELSE 12 END AS questions,
                   CASE form WHEN 'adl' THEN 3 WHEN 'phq2' THEN 4 ELSE 5 END AS scores,
                   chance('frailty', consumer_id, 0) AS frailty
            FROM (
                SELECT *, unnest(range(about(0.05 * size * 7 / 6, 'assessments', n))) AS k
                FROM chunk WHERE isodow(day) < 7
            )
        ),
        asked AS (
            SELECT *, unnest(range(1, questions + 1)) AS question FROM held
        ),
        answered AS (
            SELECT n, opens_at, id, consumer_id, form,
                   string_agg(
                       '{"question":' || question
                       || ',"score":'
                       || floor((frailty + chance('score', id, question)) / 2 * scores)::INTEGER
                       || CASE WHEN chance('comment', id, question) < 0.1
                               THEN ',"comment":'
                                   || to_json(pick(words('comments'), 'words', id, question))
                               ELSE '' END
                       || '}',
                       ',' ORDER BY question
                   ) AS answers
            FROM asked
            GROUP BY ALL
        )
        SELECT n, 28800 + below(36000, 'assessed at', id, 0) AS seconds, id,
               '{"assessment_id":' || id
               || ',"consumer_id":' || consumer_id
               || ',"assessed_at":"' || utc(opens_at, seconds)
               || '","form":"' || form
               || '","answers":[' || answers || ']}' AS line
        FROM answered
    """,
)

SETS = (VISITS, ASSESSMENTS)
