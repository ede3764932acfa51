CREATE SCHEMA IF NOT EXISTS "billing";
CREATE TABLE "billing"."claims" (
    "claim_id" bigint ENCODE az64 NOT NULL,
    "enrolment_id" bigint ENCODE az64 NOT NULL,
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "programme_code" varchar(8) ENCODE zstd NOT NULL,
    "service_on" date ENCODE az64 NOT NULL,
    "billed_on" date ENCODE raw NOT NULL,
    "units" integer ENCODE az64 NOT NULL,
    "amount_usd" decimal(12,2) ENCODE az64 NOT NULL,
    "status" varchar(10) ENCODE zstd NOT NULL,
    PRIMARY KEY ("billed_on", "claim_id")
)
DISTSTYLE KEY DISTKEY ("enrolment_id")
COMPOUND SORTKEY ("billed_on", "programme_code");
COMMENT ON TABLE "billing"."claims" IS 'One row per claim for service to a consumer, as it stood on the day it was billed.';
COMMENT ON COLUMN "billing"."claims"."claim_id" IS 'The claim. [phi: identifier]';
COMMENT ON COLUMN "billing"."claims"."enrolment_id" IS 'The enrolment it is billed under. [phi: identifier]';
COMMENT ON COLUMN "billing"."claims"."consumer_id" IS 'Who was cared for. [phi: identifier]';
COMMENT ON COLUMN "billing"."claims"."programme_code" IS 'The programme that is billed.';
COMMENT ON COLUMN "billing"."claims"."service_on" IS 'Day of the service. [phi: date]';
COMMENT ON COLUMN "billing"."claims"."billed_on" IS 'Day of the claim, where the company works. [phi: date]';
COMMENT ON COLUMN "billing"."claims"."units" IS 'Days of service.';
COMMENT ON COLUMN "billing"."claims"."amount_usd" IS 'What is claimed. [phi: financial]';
COMMENT ON COLUMN "billing"."claims"."status" IS 'Where it stands: submitted, paid or denied.';
