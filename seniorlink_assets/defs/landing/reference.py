"""What is bought: reference data, sent whole every thirty days."""

from seniorlink_assets.landing import landing_set
from spark.contract import LandingColumn

zip_codes = landing_set(
    "reference/zip_codes",
    description="One line per zip code and county it lies in; on other days only a header.",
    format="csv",
    columns=[
        LandingColumn("zip", "The zip code, five digits."),
        LandingColumn("county_fips", "The county, five digits."),
        LandingColumn("county_name", "What the county is called."),
        LandingColumn("state", "State of the county, two letters."),
        LandingColumn("residents_share", "Share of the zip code's residents who live there."),
    ],
    owners=["team:reference-data"],
)
