CREATE SCHEMA IF NOT EXISTS "engagement";
CREATE TABLE "engagement"."response_times" (
    "care_team_id" bigint ENCODE az64 NOT NULL,
    "week_starting_on" date ENCODE raw NOT NULL,
    "threads" integer ENCODE az64 NOT NULL,
    "questions" integer ENCODE az64 NOT NULL,
    "answered" integer ENCODE az64 NOT NULL,
    "median_minutes" decimal(10,1) ENCODE az64,
    "p90_minutes" decimal(10,1) ENCODE az64,
    PRIMARY KEY ("care_team_id", "week_starting_on")
)
DISTSTYLE KEY DISTKEY ("care_team_id")
COMPOUND SORTKEY ("week_starting_on");
COMMENT ON TABLE "engagement"."response_times" IS 'How long caregivers waited for an answer: one row per care team and ISO week of the question.';
COMMENT ON COLUMN "engagement"."response_times"."care_team_id" IS 'The care team that was asked.';
COMMENT ON COLUMN "engagement"."response_times"."week_starting_on" IS 'The Monday of the week in which it was asked.';
COMMENT ON COLUMN "engagement"."response_times"."threads" IS 'Threads in which caregivers asked.';
COMMENT ON COLUMN "engagement"."response_times"."questions" IS 'Times a caregiver began to wait for an answer.';
COMMENT ON COLUMN "engagement"."response_times"."answered" IS 'Questions that were answered, whenever that was.';
COMMENT ON COLUMN "engagement"."response_times"."median_minutes" IS 'Half of the answered questions waited no longer; NULL if none was answered.';
COMMENT ON COLUMN "engagement"."response_times"."p90_minutes" IS 'Nine of ten answered questions waited no longer; NULL if none was answered.';
