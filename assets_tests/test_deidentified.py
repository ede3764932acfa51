"""Areas and ages that name nobody."""

from datetime import date

import pytest

from spark.deidentified import age_band, zip3


@pytest.mark.parametrize(
    ("zip_code", "area"), [("02134", "021"), ("03601", "000"), ("10234-1234", "000"), (None, None)]
)
def test_a_zip_code_becomes_an_area_of_at_least_20000_people(spark, zip_code, area):
    frame = spark.createDataFrame([(zip_code,)], "zip string")

    assert frame.select(zip3("zip")).first()[0] == area


@pytest.mark.parametrize(
    ("birth_date", "band"),
    [
        (date(2005, 6, 16), "under 20"),
        (date(2005, 6, 15), "20-29"),
        (date(1945, 6, 16), "70-79"),
        (date(1945, 6, 15), "80-89"),
        (date(1935, 6, 16), "80-89"),
        (date(1935, 6, 15), "90 and over"),
        (date(1916, 2, 29), "90 and over"),
        (None, None),
    ],
)
def test_an_age_becomes_its_decade_on_the_birthday(spark, birth_date, band):
    frame = spark.createDataFrame([(birth_date, date(2025, 6, 15))], "birth_date date, day date")

    assert frame.select(age_band("birth_date", "day")).first()[0] == band
