CREATE SCHEMA IF NOT EXISTS "enrolment";
CREATE TABLE "enrolment"."care_teams" (
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "care_team_id" bigint ENCODE raw NOT NULL,
    "care_team_name" varchar(100) ENCODE zstd NOT NULL,
    "state" varchar(2) ENCODE zstd NOT NULL,
    "assigned_at" timestamp ENCODE az64 NOT NULL,
    PRIMARY KEY ("caregiver_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("care_team_id");
COMMENT ON TABLE "enrolment"."care_teams" IS 'One row per caregiver: the care team that looks after the caregiver now.';
COMMENT ON COLUMN "enrolment"."care_teams"."caregiver_id" IS 'Who is looked after. [phi: identifier]';
COMMENT ON COLUMN "enrolment"."care_teams"."care_team_id" IS 'The care team.';
COMMENT ON COLUMN "enrolment"."care_teams"."care_team_name" IS 'What the care team is called.';
COMMENT ON COLUMN "enrolment"."care_teams"."state" IS 'State the care team works in, two letters.';
COMMENT ON COLUMN "enrolment"."care_teams"."assigned_at" IS 'When the assignment began, in UTC. [phi: date]';
