CREATE SCHEMA IF NOT EXISTS "outcomes";
CREATE TABLE "outcomes"."assessment_changes" (
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "form" varchar(10) ENCODE zstd NOT NULL,
    "assessments" integer ENCODE az64 NOT NULL,
    "first_assessed_at" timestamp ENCODE az64 NOT NULL,
    "first_score" integer ENCODE az64 NOT NULL,
    "last_assessed_at" timestamp ENCODE raw NOT NULL,
    "last_score" integer ENCODE az64 NOT NULL,
    "score_change" integer ENCODE az64 NOT NULL,
    PRIMARY KEY ("consumer_id", "form")
)
DISTSTYLE KEY DISTKEY ("consumer_id")
COMPOUND SORTKEY ("last_assessed_at");
COMMENT ON TABLE "outcomes"."assessment_changes" IS 'How a consumer''s scores changed: one row per consumer and form, the first score and the last.';
COMMENT ON COLUMN "outcomes"."assessment_changes"."consumer_id" IS 'Who was assessed. [phi: identifier]';
COMMENT ON COLUMN "outcomes"."assessment_changes"."form" IS 'adl, phq2 or zarit.';
COMMENT ON COLUMN "outcomes"."assessment_changes"."assessments" IS 'Assessments made with the form.';
COMMENT ON COLUMN "outcomes"."assessment_changes"."first_assessed_at" IS 'When the first one was made. [phi: date]';
COMMENT ON COLUMN "outcomes"."assessment_changes"."first_score" IS 'Its total score. [phi: clinical]';
COMMENT ON COLUMN "outcomes"."assessment_changes"."last_assessed_at" IS 'When the last one was made. [phi: date]';
COMMENT ON COLUMN "outcomes"."assessment_changes"."last_score" IS 'Its total score. [phi: clinical]';
COMMENT ON COLUMN "outcomes"."assessment_changes"."score_change" IS 'Last score less the first: above 0 is worse, 0 after a single assessment. [phi: clinical]';
