CREATE SCHEMA IF NOT EXISTS "finance";
GRANT USAGE ON SCHEMA "finance" TO ROLE "bi";
CREATE TABLE "finance"."programme_costs" (
    "programme_code" varchar(8) ENCODE zstd NOT NULL,
    "month" date ENCODE raw NOT NULL,
    "claims" integer ENCODE az64 NOT NULL,
    "units" bigint ENCODE az64 NOT NULL,
    "amount_usd" decimal(14,2) ENCODE az64 NOT NULL,
    "denied_usd" decimal(14,2) ENCODE az64 NOT NULL,
    PRIMARY KEY ("programme_code", "month")
)
DISTSTYLE AUTO
COMPOUND SORTKEY ("month");
COMMENT ON TABLE "finance"."programme_costs" IS 'What programmes bill: one row per programme and month of service.';
COMMENT ON COLUMN "finance"."programme_costs"."programme_code" IS 'The programme.';
COMMENT ON COLUMN "finance"."programme_costs"."month" IS 'The first day of the month of service.';
COMMENT ON COLUMN "finance"."programme_costs"."claims" IS 'Claims for services of the month, whenever billed.';
COMMENT ON COLUMN "finance"."programme_costs"."units" IS 'Units they bill.';
COMMENT ON COLUMN "finance"."programme_costs"."amount_usd" IS 'What they bill, whatever became of it.';
COMMENT ON COLUMN "finance"."programme_costs"."denied_usd" IS 'The part of it that was denied.';
GRANT SELECT ON "finance"."programme_costs" TO ROLE "bi";
