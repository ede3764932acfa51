CREATE SCHEMA IF NOT EXISTS "clinical";
CREATE TABLE "clinical"."assessments" (
    "assessment_id" bigint ENCODE az64 NOT NULL,
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "assessed_at" timestamp ENCODE raw NOT NULL,
    "form" varchar(10) ENCODE zstd NOT NULL,
    "total_score" integer ENCODE az64 NOT NULL,
    "questions" integer ENCODE az64 NOT NULL,
    "answers" super ENCODE zstd NOT NULL,
    PRIMARY KEY ("assessment_id")
)
DISTSTYLE KEY DISTKEY ("consumer_id")
COMPOUND SORTKEY ("assessed_at");
COMMENT ON TABLE "clinical"."assessments" IS 'One row per assessment of a consumer, with its total score and all its answers.';
COMMENT ON COLUMN "clinical"."assessments"."assessment_id" IS 'The assessment.';
COMMENT ON COLUMN "clinical"."assessments"."consumer_id" IS 'Who was assessed. [phi: identifier]';
COMMENT ON COLUMN "clinical"."assessments"."assessed_at" IS 'When it was taken, in UTC. [phi: date]';
COMMENT ON COLUMN "clinical"."assessments"."form" IS 'The questionnaire: adl, phq2 or zarit.';
COMMENT ON COLUMN "clinical"."assessments"."total_score" IS 'Sum of the scores; more is worse. [phi: clinical]';
COMMENT ON COLUMN "clinical"."assessments"."questions" IS 'Number of questions answered.';
COMMENT ON COLUMN "clinical"."assessments"."answers" IS 'A list of question, score and sometimes a comment in free text. [phi: free_text]';
