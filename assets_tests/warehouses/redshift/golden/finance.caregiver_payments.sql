CREATE SCHEMA IF NOT EXISTS "finance";
CREATE TABLE "finance"."caregiver_payments" (
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "month" date ENCODE raw NOT NULL,
    "stipend_usd" decimal(12,2) ENCODE az64 NOT NULL,
    "claims" integer ENCODE az64 NOT NULL,
    "claims_usd" decimal(12,2) ENCODE az64 NOT NULL,
    PRIMARY KEY ("caregiver_id", "month")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("month");
COMMENT ON TABLE "finance"."caregiver_payments" IS 'What a caregiver got and what their care billed: one row per caregiver and month with either.';
COMMENT ON COLUMN "finance"."caregiver_payments"."caregiver_id" IS 'The caregiver. [phi: identifier]';
COMMENT ON COLUMN "finance"."caregiver_payments"."month" IS 'The first day of the month of the stipend and of the services. [phi: date]';
COMMENT ON COLUMN "finance"."caregiver_payments"."stipend_usd" IS 'Stipends for the month, as last corrected. [phi: financial]';
COMMENT ON COLUMN "finance"."caregiver_payments"."claims" IS 'Claims for the month''s services that were not denied.';
COMMENT ON COLUMN "finance"."caregiver_payments"."claims_usd" IS 'What those claims bill. [phi: financial]';
