"""The landing set of reference data that is bought: which counties a zip code lies in."""

from seniorlink_assets.sample.landing_set import LandingSet

# Sent whole every thirty days. Two cities of the vocabulary may share the start of their zip codes,
# and every sixth zip code reaches into the county of the next city of its state.
ZIP_CODES = LandingSet(
    path="reference/zip_codes",
    file="zip_codes.csv",
    columns="zip,county_fips,county_name,state,residents_share",
    duplicated=True,
    lines="""
        WITH own AS (
            SELECT DISTINCT ON (zip3) state_n, city_n, zip3
            FROM places
            ORDER BY zip3, state_n, city_n
        ),
        editions AS (
            SELECT n, state_n, city_n, zip3 || lpad(k::VARCHAR, 2, '0') AS zip,
                   zip::BIGINT AS id,
                   chance('neighbour', zip::BIGINT, 0) < 0.17 AS has_neighbour,
                   round(0.05 + 0.4 * chance('share', zip::BIGINT, n), 4) AS others
            FROM chunk, own, range(100) AS numbers(k)
            WHERE n % 30 = 0
        ),
        shares AS (
            SELECT n, id, zip, state_n, city_n, if(has_neighbour, 1 - others, 1) AS share
            FROM editions
            UNION ALL
            SELECT n, id, zip, state_n, (city_n + 1) % 4, others FROM editions WHERE has_neighbour
        )
        SELECT n, 0 AS seconds, id,
               dirty_csv(
                   concat_ws(
                       ',',
                       if(spoilt('zip', 0.004, id, n), ltrim(zip, '0')[1:4], zip),
                       county_fips,
                       field(county),
                       state,
                       if(
                           spoilt('share', 0.002, id, n),
                           'n/a',
                           share::DECIMAL(5, 4)::VARCHAR
                       )
                   ),
                   id, n
               ) AS line
        FROM shares
        JOIN places USING (state_n, city_n)
        JOIN counties USING (state, city)
    """,
)

SETS = (ZIP_CODES,)
