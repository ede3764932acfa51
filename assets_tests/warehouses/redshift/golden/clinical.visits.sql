CREATE SCHEMA IF NOT EXISTS "clinical";
CREATE TABLE "clinical"."visits" (
    "visit_id" bigint ENCODE az64 NOT NULL,
    "consumer_id" bigint ENCODE az64 NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "nurse_id" bigint ENCODE az64 NOT NULL,
    "visited_at" timestamp ENCODE az64 NOT NULL,
    "visited_on" date ENCODE raw NOT NULL,
    "minutes" integer ENCODE az64 NOT NULL,
    "kind" varchar(10) ENCODE zstd NOT NULL,
    "outcome" varchar(10) ENCODE zstd NOT NULL,
    PRIMARY KEY ("visited_on", "visit_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("visited_on");
COMMENT ON TABLE "clinical"."visits" IS 'One row per visit of a nurse to a consumer, held or not.';
COMMENT ON COLUMN "clinical"."visits"."visit_id" IS 'The visit.';
COMMENT ON COLUMN "clinical"."visits"."consumer_id" IS 'Who was to be visited. [phi: identifier]';
COMMENT ON COLUMN "clinical"."visits"."caregiver_id" IS 'Who cares for the consumer. [phi: identifier]';
COMMENT ON COLUMN "clinical"."visits"."nurse_id" IS 'The nurse. [phi: identifier]';
COMMENT ON COLUMN "clinical"."visits"."visited_at" IS 'When it began or should have begun, in UTC. [phi: date]';
COMMENT ON COLUMN "clinical"."visits"."visited_on" IS 'The day of the visit, where the company works. [phi: date]';
COMMENT ON COLUMN "clinical"."visits"."minutes" IS 'How long it took; 0 if it was not held.';
COMMENT ON COLUMN "clinical"."visits"."kind" IS 'Where it took place: home, video or phone.';
COMMENT ON COLUMN "clinical"."visits"."outcome" IS 'What became of it: done, cancelled or no_show.';
