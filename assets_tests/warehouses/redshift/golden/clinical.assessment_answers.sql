CREATE SCHEMA IF NOT EXISTS "clinical";
CREATE TABLE "clinical"."assessment_answers" (
    "assessment_id" bigint ENCODE raw NOT NULL,
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "question" smallint ENCODE az64 NOT NULL,
    "score" smallint ENCODE az64 NOT NULL,
    "comment" varchar(1000) ENCODE zstd,
    PRIMARY KEY ("assessment_id", "question")
)
DISTSTYLE KEY DISTKEY ("assessment_id")
COMPOUND SORTKEY ("assessment_id", "question");
COMMENT ON TABLE "clinical"."assessment_answers" IS 'One row per answer given in an assessment.';
COMMENT ON COLUMN "clinical"."assessment_answers"."assessment_id" IS 'The assessment.';
COMMENT ON COLUMN "clinical"."assessment_answers"."consumer_id" IS 'Who was assessed. [phi: identifier]';
COMMENT ON COLUMN "clinical"."assessment_answers"."question" IS 'Number of the question on the form, from 1.';
COMMENT ON COLUMN "clinical"."assessment_answers"."score" IS 'Points for the answer; more is worse. [phi: clinical]';
COMMENT ON COLUMN "clinical"."assessment_answers"."comment" IS 'What the nurse added. [phi: free_text]';
