CREATE SCHEMA IF NOT EXISTS "engagement";
CREATE TABLE "engagement"."silent_caregivers" (
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "state" varchar(2) ENCODE zstd NOT NULL,
    "care_team_id" bigint ENCODE az64,
    "care_team_name" varchar(100) ENCODE zstd,
    "last_active_on" date ENCODE raw,
    "silent_days" integer ENCODE az64,
    PRIMARY KEY ("caregiver_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("last_active_on");
COMMENT ON TABLE "engagement"."silent_caregivers" IS 'Who has gone quiet: one row per caregiver of whom nothing came for 7 days or more.';
COMMENT ON COLUMN "engagement"."silent_caregivers"."caregiver_id" IS 'Who is silent. [phi: identifier]';
COMMENT ON COLUMN "engagement"."silent_caregivers"."state" IS 'Where the caregiver lives, two letters.';
COMMENT ON COLUMN "engagement"."silent_caregivers"."care_team_id" IS 'The care team that should call; NULL if there is none.';
COMMENT ON COLUMN "engagement"."silent_caregivers"."care_team_name" IS 'The care team''s name.';
COMMENT ON COLUMN "engagement"."silent_caregivers"."last_active_on" IS 'The last day the caregiver was active; NULL if there never was one. [phi: date]';
COMMENT ON COLUMN "engagement"."silent_caregivers"."silent_days" IS 'Days from then to the newest day of the data; NULL if never active nor assigned.';
