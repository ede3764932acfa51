CREATE SCHEMA IF NOT EXISTS "engagement";
CREATE TABLE "engagement"."caregiver_days" (
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "day" date ENCODE raw NOT NULL,
    "notes" integer ENCODE az64 NOT NULL,
    "messages_sent" integer ENCODE az64 NOT NULL,
    "messages_received" integer ENCODE az64 NOT NULL,
    "visits" integer ENCODE az64 NOT NULL,
    "mood" smallint ENCODE az64,
    PRIMARY KEY ("caregiver_id", "day")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("day");
COMMENT ON TABLE "engagement"."caregiver_days" IS 'What a caregiver did: one row per caregiver and day on which anything happened.';
COMMENT ON COLUMN "engagement"."caregiver_days"."caregiver_id" IS 'Whose day it is. [phi: identifier]';
COMMENT ON COLUMN "engagement"."caregiver_days"."day" IS 'The day, in New York. [phi: date]';
COMMENT ON COLUMN "engagement"."caregiver_days"."notes" IS 'Notes the caregiver wrote about the day.';
COMMENT ON COLUMN "engagement"."caregiver_days"."messages_sent" IS 'Messages from the caregiver to the care team.';
COMMENT ON COLUMN "engagement"."caregiver_days"."messages_received" IS 'Messages from the care team to the caregiver.';
COMMENT ON COLUMN "engagement"."caregiver_days"."visits" IS 'Visits of a nurse that took place.';
COMMENT ON COLUMN "engagement"."caregiver_days"."mood" IS '1 (hard day) to 5 (good day), from the day''s last note that says it. [phi: clinical]';
