CREATE SCHEMA IF NOT EXISTS "enrolment";
CREATE TABLE "enrolment"."caregivers" (
    "caregiver_id" bigint ENCODE raw NOT NULL,
    "full_name" varchar(200) ENCODE zstd NOT NULL,
    "birth_date" date ENCODE az64 NOT NULL,
    "phone" varchar(30) ENCODE zstd,
    "email" varchar(254) ENCODE zstd,
    "city" varchar(100) ENCODE zstd NOT NULL,
    "state" varchar(2) ENCODE zstd NOT NULL,
    "zip" varchar(10) ENCODE zstd NOT NULL,
    "updated_at" timestamp ENCODE az64 NOT NULL,
    PRIMARY KEY ("caregiver_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("caregiver_id");
COMMENT ON TABLE "enrolment"."caregivers" IS 'One row per caregiver: the latest version of the record.';
COMMENT ON COLUMN "enrolment"."caregivers"."caregiver_id" IS 'The caregiver. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."caregivers"."full_name" IS 'Given and family name as on the enrolment form. [phi: name]';
COMMENT ON COLUMN "enrolment"."caregivers"."birth_date" IS 'Day of birth. [phi: dob]';
COMMENT ON COLUMN "enrolment"."caregivers"."phone" IS 'Number to call. [phi: contact]';
COMMENT ON COLUMN "enrolment"."caregivers"."email" IS 'Address to write to. [phi: contact]';
COMMENT ON COLUMN "enrolment"."caregivers"."city" IS 'City of the home. [phi: geo]';
COMMENT ON COLUMN "enrolment"."caregivers"."state" IS 'State of the home, two letters.';
COMMENT ON COLUMN "enrolment"."caregivers"."zip" IS 'ZIP code of the home. [phi: geo]';
COMMENT ON COLUMN "enrolment"."caregivers"."updated_at" IS 'When this version was recorded, in UTC.';
