CREATE SCHEMA IF NOT EXISTS "enrolment";
CREATE TABLE "enrolment"."programmes" (
    "programme_code" varchar(8) ENCODE raw NOT NULL,
    "name" varchar(100) ENCODE zstd NOT NULL,
    "payer" varchar(100) ENCODE zstd NOT NULL,
    "daily_rate_usd" decimal(10,2) ENCODE az64 NOT NULL,
    "valid_from" date ENCODE az64 NOT NULL,
    PRIMARY KEY ("programme_code")
)
DISTSTYLE AUTO
COMPOUND SORTKEY ("programme_code");
COMMENT ON TABLE "enrolment"."programmes" IS 'One row per programme: who pays for it, and how much a day.';
COMMENT ON COLUMN "enrolment"."programmes"."programme_code" IS 'The programme, three capitals.';
COMMENT ON COLUMN "enrolment"."programmes"."name" IS 'What the programme is called.';
COMMENT ON COLUMN "enrolment"."programmes"."payer" IS 'Who pays for it.';
COMMENT ON COLUMN "enrolment"."programmes"."daily_rate_usd" IS 'What the payer pays per day of service.';
COMMENT ON COLUMN "enrolment"."programmes"."valid_from" IS 'First day on which this holds.';
