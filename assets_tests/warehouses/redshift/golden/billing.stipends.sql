CREATE SCHEMA IF NOT EXISTS "billing";
CREATE TABLE "billing"."stipends" (
    "stipend_id" bigint ENCODE az64 NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "month" date ENCODE raw NOT NULL,
    "amount_usd" decimal(12,2) ENCODE az64 NOT NULL,
    "paid_at" timestamp ENCODE az64 NOT NULL,
    "revision" smallint ENCODE az64 NOT NULL,
    PRIMARY KEY ("stipend_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("month", "caregiver_id");
COMMENT ON TABLE "billing"."stipends" IS 'One row per stipend, a caregiver''s pay for one month: its last revision.';
COMMENT ON COLUMN "billing"."stipends"."stipend_id" IS 'The stipend, through all its revisions.';
COMMENT ON COLUMN "billing"."stipends"."caregiver_id" IS 'Who is paid. [phi: identifier]';
COMMENT ON COLUMN "billing"."stipends"."month" IS 'First day of the month it is for.';
COMMENT ON COLUMN "billing"."stipends"."amount_usd" IS 'What is paid. [phi: financial]';
COMMENT ON COLUMN "billing"."stipends"."paid_at" IS 'When it was paid, in UTC. [phi: date]';
COMMENT ON COLUMN "billing"."stipends"."revision" IS '1, or higher for a correction.';
