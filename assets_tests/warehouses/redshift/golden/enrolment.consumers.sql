CREATE SCHEMA IF NOT EXISTS "enrolment";
CREATE TABLE "enrolment"."consumers" (
    "consumer_id" bigint ENCODE raw NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "full_name" varchar(200) ENCODE zstd NOT NULL,
    "birth_date" date ENCODE az64 NOT NULL,
    "sex" varchar(1) ENCODE zstd,
    "diagnosis_code" varchar(10) ENCODE zstd NOT NULL,
    "zip" varchar(10) ENCODE zstd NOT NULL,
    "updated_at" timestamp ENCODE az64 NOT NULL,
    PRIMARY KEY ("consumer_id")
)
DISTSTYLE KEY DISTKEY ("consumer_id")
COMPOUND SORTKEY ("consumer_id");
COMMENT ON TABLE "enrolment"."consumers" IS 'One row per consumer, the person who is cared for: the latest version of the record.';
COMMENT ON COLUMN "enrolment"."consumers"."consumer_id" IS 'The consumer. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."consumers"."caregiver_id" IS 'Who cares for the consumer. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."consumers"."full_name" IS 'Given and family name as on the enrolment form. [phi: name]';
COMMENT ON COLUMN "enrolment"."consumers"."birth_date" IS 'Day of birth. [phi: dob]';
COMMENT ON COLUMN "enrolment"."consumers"."sex" IS 'F, M or X; NULL if not stated.';
COMMENT ON COLUMN "enrolment"."consumers"."diagnosis_code" IS 'Main diagnosis in ICD-10. [phi: clinical]';
COMMENT ON COLUMN "enrolment"."consumers"."zip" IS 'ZIP code of the home. [phi: geo]';
COMMENT ON COLUMN "enrolment"."consumers"."updated_at" IS 'When this version was recorded, in UTC.';
