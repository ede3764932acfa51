"""Landing sets of the caregiver app: daily notes, and conversations with the care team."""

from seniorlink_assets.sample.landing_set import LandingSet

# Spirits rise and fall over four weeks around what is normal for each caregiver.
NOTES = LandingSet(
    path="caregiver_app/notes",
    file="notes.jsonl",
    lines_per_caregiver=0.8,
    duplicated=True,
    lines="""
        WITH written AS (
            SELECT n, day, opens_at, asks_about_sleep,
                   who, revision, n * stride + who + 1 AS id,
                   caregivers.caregiver_id,
                   spirits
                       + (abs((n + below(28, 'wave', who, 0)) % 28 - 14) - 7) / 12.0
                       + (chance('mood', who, n) + chance('mood', who, -n - 1) - 1)
                       * 1.5 AS feeling,
                   greatest(1, least(5, round(feeling)))::INTEGER AS mood,
                   CASE WHEN mood < 3 THEN words('hard_notes')
                        WHEN mood = 3 THEN words('even_notes')
                        ELSE words('good_notes') END AS bodies,
                   pick(bodies, 'body', who, n)
                       || CASE WHEN chance('emoji', who, n) < 0.1
                               THEN ' ' || pick(words('emoji'), 'which emoji', who, n) ELSE '' END
                       || CASE WHEN revision = 1 THEN ' (edited)' ELSE '' END AS body,
                   25200 + below(28800, 'noted at', who, n)
                       + below(25200, 'noted at', who, -n - 1) AS first_seconds,
                   first_seconds + revision * (60 + below(3600, 'revised', who, n)) AS noted_seconds
            FROM chunk, caregivers, (VALUES (0), (1)) AS revisions(revision)
            WHERE joined_n <= n
              AND chance('note', who, n) < diligence
              AND (revision = 0 OR spoilt('revision', 0.05, who, n))
        ),
        open AS (
            SELECT written.* FROM written JOIN enrolments USING (who)
            WHERE second = 0 AND n <= ended_n
        )
        SELECT n, noted_seconds AS seconds, id,
               dirty_json(
                   '{"note_id":' || id
                   || ',"caregiver_id":'
                   || CASE WHEN spoilt('orphan', 0.002, who, n)
                           THEN 90000001 + below(1000, 'orphan', who, n) ELSE caregiver_id END
                   || ',"noted_on":"' || dirty_date(day - days_off(who, n)::INTEGER, who, n)
                   || '","mood":'
                   || CASE WHEN spoilt('type', 0.001, who, n) THEN '"good"'
                           WHEN chance('no mood', who, n) < 0.06 THEN 'null'
                           ELSE mood::VARCHAR END
                   || ',"body":' || to_json(body)
                   || ',"revised_at":"' || utc(opens_at, noted_seconds) || '"'
                   || CASE WHEN asks_about_sleep
                           THEN ',"sleep_hours":' || (
                               3.2 + feeling * 0.8 + chance('sleep', who, n) * 1.6
                           )::DECIMAL(4, 1) ELSE '' END
                   || '}',
                   id, revision
               ) AS line
        FROM open
    """,
)

# Teams answer from 8:00 to 21:00, each at its own pace and slower on weekends; what is asked
# after 20:00 is answered the next morning, in the next day's file.
MESSAGES = LandingSet(
    path="caregiver_app/messages",
    file="messages.csv",
    columns=(
        "message_id,thread_id,sender_role,caregiver_id,care_team_id,sent_at,body_characters,channel"
    ),
    lines_per_caregiver=6.0,
    duplicated=True,
    has_late_files=True,
    lines="""
        WITH opened AS (
            SELECT n, opens_at, day_seconds, known, bustle,
                   threads_before::BIGINT + unnest(range(threads)) + 1 AS thread_id
            FROM days
            WHERE n >= (SELECT min(n) - 1 FROM chunk) AND n <= (SELECT max(n) FROM chunk)
        ),
        drawn AS (
            SELECT *,
                   below(known, 'writer', thread_id, 0) AS one,
                   below(known, 'writer', thread_id, 1) AS other,
                   if(dice('talkative', one, 0) > dice('talkative', other, 0), one, other) AS who,
                   [1, 2, 2, 3, 3, 4, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 10, 10] AS lengths,
                   pick(lengths, 'length', thread_id, 0) AS length,
                   (chance('opener', thread_id, 0) < 0.12)::BIGINT AS team_opens,
                   chance('opened at', thread_id, 0) AS part_of_day,
                   CASE WHEN team_opens = 1 THEN 28800 + floor(part_of_day * 36000)
                        WHEN part_of_day < 0.03 THEN floor(part_of_day / 0.03 * 21600)
                        WHEN part_of_day < 0.82 THEN 21600 + floor((part_of_day - 0.03) * 56000)
                        ELSE 64800 + floor((part_of_day - 0.82) * 110000) END::BIGINT AS opening,
                   CASE WHEN opening < 28800 THEN 28800
                        WHEN opening < 72000 THEN opening ELSE 115200 END AS awake,
                   300 + below(4500, 'pace', thread_id, 0) AS pace,
                   pick([
                       'app', 'app', 'app', 'app', 'app', 'app', 'app', 'sms', 'sms', 'phone'
                   ], 'channel', thread_id, 0) AS channel
            FROM opened
        ),
        addressed AS (
            SELECT drawn.*, caregiver_id, care_team_id,
                   (0.4 + 2 * chance('slow team', care_team_id, 0))
                       * if(bustle < 1, 1.6, 1.0) AS slowness
            FROM drawn JOIN assignments USING (who)
            WHERE assignments.n <= drawn.n AND drawn.n < until_n
              AND (
                  drawn.n >= (SELECT min(n) FROM chunk)
                  OR awake + length // 2 * pace + 21600 >= 75600
              )
        ),
        asked AS (
            SELECT *,
                   unnest(range(length)) AS k,
                   thread_id * 10 + k AS message_id,
                   (k + team_opens) % 2 = 1 AS is_team,
                   CASE WHEN k < 2 THEN opening
                        WHEN awake < 72000 AND awake + k // 2 * pace >= 72000
                        THEN 115200 + k // 2 * pace
                        ELSE awake + k // 2 * pace END AS asked_at
            FROM addressed
        ),
        sent AS (
            SELECT *,
                   chance('answer', message_id, 0) AS luck,
                   CASE WHEN asked_at < 28800 THEN 28800
                        WHEN asked_at < 72000 THEN asked_at
                        ELSE greatest(asked_at, 115200) END
                       + least(21600, 90 + floor(slowness * 1300 * luck / (1.02 - luck)))::BIGINT
                       AS answered_at,
                   CASE WHEN k % 2 = 0 THEN asked_at
                        WHEN answered_at BETWEEN 75600 AND 115200 THEN answered_at + 39600
                        ELSE answered_at END AS sent_seconds
            FROM asked
        )
        SELECT chunk.n,
               chunk.is_late AND chance('late', message_id, 0) < 0.06 AS is_late,
               sent_seconds - if(sent.n < chunk.n, sent.day_seconds, 0) AS seconds,
               message_id AS id,
               dirty_csv(
                   concat_ws(
                       ',',
                       message_id,
                       thread_id,
                       if(is_team, 'care_team', 'caregiver'),
                       caregiver_id,
                       care_team_id,
                       dirty_date(
                           utc(sent.opens_at, sent_seconds - 86400 * days_off(message_id, 0)),
                           message_id, 0
                       ),
                       8 + floor(luck * chance('words', message_id, 0) * if(is_team, 700, 480))
                           ::BIGINT,
                       channel
                   ),
                   message_id, 0
               ) AS line
        FROM sent JOIN chunk ON chunk.n = sent.n + (sent_seconds >= sent.day_seconds)::INTEGER
    """,
)

SETS = (NOTES, MESSAGES)
