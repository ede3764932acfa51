CREATE SCHEMA IF NOT EXISTS "enrolment";
CREATE TABLE "enrolment"."caregiver_addresses" (
    "caregiver_id" bigint ENCODE raw NOT NULL,
    "valid_from" timestamp ENCODE az64 NOT NULL,
    "valid_to" timestamp ENCODE az64,
    "street" varchar(200) ENCODE zstd NOT NULL,
    "city" varchar(100) ENCODE zstd NOT NULL,
    "state" varchar(2) ENCODE zstd NOT NULL,
    "zip" varchar(10) ENCODE zstd NOT NULL,
    PRIMARY KEY ("caregiver_id", "valid_from")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("caregiver_id", "valid_from");
COMMENT ON TABLE "enrolment"."caregiver_addresses" IS 'One row per address of a caregiver and the time it held: the history of moves.';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."caregiver_id" IS 'Who lived there. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."valid_from" IS 'When the address was first recorded, in UTC. [phi: date]';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."valid_to" IS 'When the next address was recorded, in UTC; NULL for the present one. [phi: date]';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."street" IS 'Street and number. [phi: contact]';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."city" IS 'City. [phi: geo]';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."state" IS 'State, two letters.';
COMMENT ON COLUMN "enrolment"."caregiver_addresses"."zip" IS 'ZIP code. [phi: geo]';
