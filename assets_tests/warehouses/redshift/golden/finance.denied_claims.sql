CREATE SCHEMA IF NOT EXISTS "finance";
CREATE TABLE "finance"."denied_claims" (
    "claim_id" bigint ENCODE az64 NOT NULL,
    "enrolment_id" bigint ENCODE az64 NOT NULL,
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "caregiver_id" bigint ENCODE az64,
    "programme_code" varchar(8) ENCODE zstd NOT NULL,
    "level" smallint ENCODE az64,
    "service_on" date ENCODE az64 NOT NULL,
    "billed_on" date ENCODE raw NOT NULL,
    "units" integer ENCODE az64 NOT NULL,
    "amount_usd" decimal(12,2) ENCODE az64 NOT NULL,
    PRIMARY KEY ("claim_id")
)
DISTSTYLE KEY DISTKEY ("consumer_id")
COMPOUND SORTKEY ("billed_on");
COMMENT ON TABLE "finance"."denied_claims" IS 'What payers refused: one row per denied claim, with the caregiver and level of its enrolment.';
COMMENT ON COLUMN "finance"."denied_claims"."claim_id" IS 'The claim. [phi: identifier]';
COMMENT ON COLUMN "finance"."denied_claims"."enrolment_id" IS 'The enrolment it bills. [phi: identifier]';
COMMENT ON COLUMN "finance"."denied_claims"."consumer_id" IS 'Who was cared for. [phi: identifier]';
COMMENT ON COLUMN "finance"."denied_claims"."caregiver_id" IS 'Who gave the care; NULL if the enrolment is unknown. [phi: identifier]';
COMMENT ON COLUMN "finance"."denied_claims"."programme_code" IS 'The programme the claim names.';
COMMENT ON COLUMN "finance"."denied_claims"."level" IS 'The enrolment''s level of care, 1 or 2; NULL if the enrolment is unknown.';
COMMENT ON COLUMN "finance"."denied_claims"."service_on" IS 'The day of the service. [phi: date]';
COMMENT ON COLUMN "finance"."denied_claims"."billed_on" IS 'The day it was billed. [phi: date]';
COMMENT ON COLUMN "finance"."denied_claims"."units" IS 'Units billed.';
COMMENT ON COLUMN "finance"."denied_claims"."amount_usd" IS 'What was billed and refused. [phi: financial]';
