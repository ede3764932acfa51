CREATE SCHEMA IF NOT EXISTS "enrolment";
CREATE TABLE "enrolment"."enrolments" (
    "enrolment_id" bigint ENCODE az64 NOT NULL,
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "programme_code" varchar(8) ENCODE raw NOT NULL,
    "started_on" date ENCODE az64 NOT NULL,
    "ended_on" date ENCODE az64,
    "level" smallint ENCODE az64 NOT NULL,
    "updated_at" timestamp ENCODE az64 NOT NULL,
    PRIMARY KEY ("enrolment_id")
)
DISTSTYLE KEY DISTKEY ("enrolment_id")
COMPOUND SORTKEY ("programme_code", "started_on");
COMMENT ON TABLE "enrolment"."enrolments" IS 'One row per enrolment of a consumer in a programme: the latest version of the record.';
COMMENT ON COLUMN "enrolment"."enrolments"."enrolment_id" IS 'The enrolment. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."enrolments"."consumer_id" IS 'Who is enrolled. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."enrolments"."caregiver_id" IS 'Who cares for the consumer. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."enrolments"."programme_code" IS 'The programme.';
COMMENT ON COLUMN "enrolment"."enrolments"."started_on" IS 'First day of the enrolment. [phi: date]';
COMMENT ON COLUMN "enrolment"."enrolments"."ended_on" IS 'Last day of the enrolment; NULL while it is open. [phi: date]';
COMMENT ON COLUMN "enrolment"."enrolments"."level" IS 'Level of care: 1, or 2 for more care.';
COMMENT ON COLUMN "enrolment"."enrolments"."updated_at" IS 'When this version was recorded, in UTC.';
