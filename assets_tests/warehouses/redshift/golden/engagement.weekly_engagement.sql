CREATE SCHEMA IF NOT EXISTS "engagement";
CREATE SCHEMA IF NOT EXISTS "reporting";
GRANT USAGE ON SCHEMA "reporting" TO ROLE "bi";
GRANT SELECT FOR TABLES IN SCHEMA "reporting" TO ROLE "bi";
CREATE TABLE "engagement"."weekly_engagement" (
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "week_starting_on" date ENCODE raw NOT NULL,
    "active_days" integer ENCODE az64 NOT NULL,
    "notes" integer ENCODE az64 NOT NULL,
    "messages_sent" integer ENCODE az64 NOT NULL,
    "messages_received" integer ENCODE az64 NOT NULL,
    "visits" integer ENCODE az64 NOT NULL,
    "mean_mood" decimal(3,2) ENCODE az64,
    PRIMARY KEY ("caregiver_id", "week_starting_on")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("week_starting_on");
COMMENT ON TABLE "engagement"."weekly_engagement" IS 'How engaged a caregiver was: one row per caregiver and ISO week in which anything happened.';
COMMENT ON COLUMN "engagement"."weekly_engagement"."caregiver_id" IS 'Whose week it is. [phi: identifier]';
COMMENT ON COLUMN "engagement"."weekly_engagement"."week_starting_on" IS 'The week''s Monday. [phi: date]';
COMMENT ON COLUMN "engagement"."weekly_engagement"."active_days" IS 'Days with a note, a message from the caregiver or a visit; 0 to 7.';
COMMENT ON COLUMN "engagement"."weekly_engagement"."notes" IS 'Notes the caregiver wrote.';
COMMENT ON COLUMN "engagement"."weekly_engagement"."messages_sent" IS 'Messages from the caregiver to the care team.';
COMMENT ON COLUMN "engagement"."weekly_engagement"."messages_received" IS 'Messages from the care team to the caregiver.';
COMMENT ON COLUMN "engagement"."weekly_engagement"."visits" IS 'Visits of a nurse that took place.';
COMMENT ON COLUMN "engagement"."weekly_engagement"."mean_mood" IS 'Mean of the days'' moods, 1 (hard) to 5 (good); NULL if no day has one. [phi: clinical]';
CREATE OR REPLACE VIEW "reporting"."engagement_by_week" AS
SELECT
    week_starting_on,
    count(*) AS caregivers,
    sum(notes) AS notes,
    sum(messages_sent + messages_received) AS messages,
    sum(visits) AS visits
FROM engagement.weekly_engagement
GROUP BY week_starting_on
WITH NO SCHEMA BINDING;
