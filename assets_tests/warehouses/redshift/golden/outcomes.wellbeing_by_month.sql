CREATE SCHEMA IF NOT EXISTS "outcomes";
CREATE TABLE "outcomes"."wellbeing_by_month" (
    "programme_code" varchar(8) ENCODE zstd NOT NULL,
    "month" date ENCODE raw NOT NULL,
    "caregivers" integer ENCODE az64 NOT NULL,
    "notes" integer ENCODE az64 NOT NULL,
    "mean_mood" decimal(3,2) ENCODE az64,
    "hard_share" decimal(5,4) ENCODE az64,
    PRIMARY KEY ("programme_code", "month")
)
DISTSTYLE AUTO
COMPOUND SORTKEY ("month");
COMMENT ON TABLE "outcomes"."wellbeing_by_month" IS 'How caregivers'' days went: one row per programme and month with notes.';
COMMENT ON COLUMN "outcomes"."wellbeing_by_month"."programme_code" IS 'The programme.';
COMMENT ON COLUMN "outcomes"."wellbeing_by_month"."month" IS 'The first day of the month.';
COMMENT ON COLUMN "outcomes"."wellbeing_by_month"."caregivers" IS 'Caregivers who wrote a note.';
COMMENT ON COLUMN "outcomes"."wellbeing_by_month"."notes" IS 'Notes they wrote, each in its last revision.';
COMMENT ON COLUMN "outcomes"."wellbeing_by_month"."mean_mood" IS 'Mean mood, 1 (hard) to 5 (good); NULL if no note says one.';
COMMENT ON COLUMN "outcomes"."wellbeing_by_month"."hard_share" IS 'Share (0 to 1) of the notes that say a mood whose mood is 1 or 2.';
