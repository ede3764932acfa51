"""What may leave the warehouse instead of a zip code or a birth date: HIPAA's Safe Harbor."""

from pyspark.sql import Column
from pyspark.sql import functions as F

# Areas of fewer than 20,000 people, in the census that the Safe Harbor guidance names.
SMALL_AREAS = (
    *("036", "059", "063", "102", "203", "556", "692", "790", "821"),
    *("823", "830", "831", "878", "879", "884", "890", "893"),
)


def zip3(zip_code: str) -> Column:
    """The first three digits of a zip code, 000 where fewer than 20,000 people live."""
    area = F.substring(zip_code, 1, 3)
    return F.when(area.isin(*SMALL_AREAS), "000").otherwise(area)


def age_band(birth_date: str, day: str) -> Column:
    """The decade of a person's age on a day: 'under 20', '20-29' to '80-89', '90 and over'."""
    age = F.floor(F.months_between(day, birth_date) / 12)
    decade = F.floor(age / 10) * 10
    return (
        F.when(age < 20, "under 20")
        .when(age >= 90, "90 and over")
        .otherwise(F.concat(decade, F.lit("-"), decade + 9))
    )
