CREATE SCHEMA IF NOT EXISTS "care";
CREATE TABLE "care"."messages" (
    "message_id" bigint ENCODE az64 NOT NULL,
    "thread_id" bigint ENCODE az64 NOT NULL,
    "sender_role" varchar(20) ENCODE zstd NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "care_team_id" bigint ENCODE az64 NOT NULL,
    "sent_at" timestamp ENCODE az64 NOT NULL,
    "sent_on" date ENCODE raw NOT NULL,
    "body_characters" integer ENCODE az64 NOT NULL,
    "channel" varchar(10) ENCODE zstd NOT NULL,
    PRIMARY KEY ("sent_on", "message_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("sent_on", "sent_at");
COMMENT ON TABLE "care"."messages" IS 'One row per message between a caregiver and a care team.';
COMMENT ON COLUMN "care"."messages"."message_id" IS 'The message.';
COMMENT ON COLUMN "care"."messages"."thread_id" IS 'The conversation it belongs to.';
COMMENT ON COLUMN "care"."messages"."sender_role" IS 'Who wrote it: caregiver or care_team.';
COMMENT ON COLUMN "care"."messages"."caregiver_id" IS 'The caregiver in the conversation. [phi: identifier]';
COMMENT ON COLUMN "care"."messages"."care_team_id" IS 'The care team in the conversation.';
COMMENT ON COLUMN "care"."messages"."sent_at" IS 'When it was sent, in UTC. [phi: date]';
COMMENT ON COLUMN "care"."messages"."sent_on" IS 'The day it was sent, where the company works. [phi: date]';
COMMENT ON COLUMN "care"."messages"."body_characters" IS 'Its length.';
COMMENT ON COLUMN "care"."messages"."channel" IS 'How it was sent: app, sms or phone.';
