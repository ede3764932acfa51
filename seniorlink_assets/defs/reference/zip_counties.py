"""One row per zip code: the county that most of its residents live in."""

from seniorlink_assets.defs.landing import reference as landed
from seniorlink_assets.satellite import satellite_on_lambda
from spark.contract import Column, in_range, keeps_rows_of, row_count_change_at_most

zip_counties = satellite_on_lambda(
    "reference/zip_counties",
    description=__doc__,
    columns=[
        Column("zip", "varchar(5)", "The zip code, five digits."),
        Column("county_fips", "varchar(5)", "The county, five digits."),
        Column("county_name", "varchar(60)", "What the county is called."),
        Column("state", "varchar(2)", "State of the county, two letters."),
        Column("residents_share", "decimal(5,4)", "Share of its residents who live there."),
        Column("sent_on", "date", "The day of the edition that says so."),
    ],
    primary_key=["zip"],
    sort_by=["zip"],
    checks=[
        keeps_rows_of(
            "zip_codes", drops=["same line again", "older edition", "fewer residents live there"]
        ),
        in_range("residents_share", 0, 1),
        row_count_change_at_most(0.05),
    ],
    inputs=[landed.zip_codes],
    owners=["team:reference-data"],
    retries=2,
)
