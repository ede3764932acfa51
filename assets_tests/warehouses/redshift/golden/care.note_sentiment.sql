CREATE SCHEMA IF NOT EXISTS "care";
CREATE TABLE "care"."note_sentiment" (
    "note_id" bigint ENCODE az64 NOT NULL,
    "caregiver_id" bigint ENCODE az64 NOT NULL,
    "noted_on" date ENCODE raw NOT NULL,
    "sentiment" decimal(4,3) ENCODE az64 NOT NULL,
    "good_words" smallint ENCODE az64 NOT NULL,
    "hard_words" smallint ENCODE az64 NOT NULL,
    "words" smallint ENCODE az64 NOT NULL,
    PRIMARY KEY ("noted_on", "note_id")
)
DISTSTYLE KEY DISTKEY ("caregiver_id")
COMPOUND SORTKEY ("noted_on");
COMMENT ON TABLE "care"."note_sentiment" IS 'One row per note with a text: how it sounds, without a word of it.';
COMMENT ON COLUMN "care"."note_sentiment"."note_id" IS 'The note.';
COMMENT ON COLUMN "care"."note_sentiment"."caregiver_id" IS 'Who wrote it. [phi: identifier]';
COMMENT ON COLUMN "care"."note_sentiment"."noted_on" IS 'The day it is about, where the company works. [phi: date]';
COMMENT ON COLUMN "care"."note_sentiment"."sentiment" IS 'From -1 (every word of feeling is a hard one) to 1; 0 if there is none. [phi: clinical]';
COMMENT ON COLUMN "care"."note_sentiment"."good_words" IS 'Words of good feeling. [phi: clinical]';
COMMENT ON COLUMN "care"."note_sentiment"."hard_words" IS 'Words of hard feeling. [phi: clinical]';
COMMENT ON COLUMN "care"."note_sentiment"."words" IS 'Words in all.';
