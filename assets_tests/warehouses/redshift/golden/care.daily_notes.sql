CREATE SCHEMA IF NOT EXISTS "care";
CREATE TABLE "care"."daily_notes" (
    "note_id" bigint ENCODE az64 NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "noted_on" date ENCODE raw NOT NULL,
    "mood" smallint ENCODE az64,
    "sleep_hours" decimal(3,1) ENCODE az64,
    "body" varchar(2000) ENCODE zstd,
    "revised_at" timestamp ENCODE az64 NOT NULL,
    PRIMARY KEY ("noted_on", "note_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("noted_on");
COMMENT ON TABLE "care"."daily_notes" IS 'One row per note, its last revision: how a caregiver said the day went.';
COMMENT ON COLUMN "care"."daily_notes"."note_id" IS 'The note, through all its revisions.';
COMMENT ON COLUMN "care"."daily_notes"."caregiver_id" IS 'Who wrote it. [phi: identifier]';
COMMENT ON COLUMN "care"."daily_notes"."noted_on" IS 'The day it is about, where the company works. [phi: date]';
COMMENT ON COLUMN "care"."daily_notes"."mood" IS '1 (hard day) to 5 (good day). [phi: clinical]';
COMMENT ON COLUMN "care"."daily_notes"."sleep_hours" IS 'Hours slept the night before; older apps did not ask. [phi: clinical]';
COMMENT ON COLUMN "care"."daily_notes"."body" IS 'What the caregiver wrote. [phi: free_text]';
COMMENT ON COLUMN "care"."daily_notes"."revised_at" IS 'When the kept revision was filed, in UTC. [phi: date]';
