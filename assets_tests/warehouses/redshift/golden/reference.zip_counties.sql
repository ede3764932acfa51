CREATE SCHEMA IF NOT EXISTS "reference";
CREATE TABLE "reference"."zip_counties" (
    "zip" varchar(5) ENCODE raw NOT NULL,
    "county_fips" varchar(5) ENCODE zstd NOT NULL,
    "county_name" varchar(60) ENCODE zstd NOT NULL,
    "state" varchar(2) ENCODE zstd NOT NULL,
    "residents_share" decimal(5,4) ENCODE az64 NOT NULL,
    "sent_on" date ENCODE az64 NOT NULL,
    PRIMARY KEY ("zip")
)
DISTSTYLE AUTO
COMPOUND SORTKEY ("zip");
COMMENT ON TABLE "reference"."zip_counties" IS 'One row per zip code: the county that most of its residents live in.';
COMMENT ON COLUMN "reference"."zip_counties"."zip" IS 'The zip code, five digits.';
COMMENT ON COLUMN "reference"."zip_counties"."county_fips" IS 'The county, five digits.';
COMMENT ON COLUMN "reference"."zip_counties"."county_name" IS 'What the county is called.';
COMMENT ON COLUMN "reference"."zip_counties"."state" IS 'State of the county, two letters.';
COMMENT ON COLUMN "reference"."zip_counties"."residents_share" IS 'Share of its residents who live there.';
COMMENT ON COLUMN "reference"."zip_counties"."sent_on" IS 'The day of the edition that says so.';
