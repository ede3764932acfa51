"""The county of a zip code: the newest edition, and where most of its residents live."""

from spark.reference.zip_counties import zip_counties

FIELDS = ("zip", "county_fips", "county_name", "state", "residents_share")
BOSTON = ("02108", "25025", "Suffolk", "MA", "0.8000")
BESIDE = ("02108", "25017", "Middlesex", "MA", "0.2000")


def landed(*lines, day="2025-01-01"):
    file = f"landing/reference/zip_codes/{day}/zip_codes.csv"
    return [
        {
            **dict(zip(FIELDS, line, strict=True)),
            "_source": {"file": file, "line": number, "day": day},
        }
        for number, line in enumerate(lines, 2)
    ]


def became(lines):
    return [
        row["_rejected"] or row["_dropped"] or row["county_name"] for row in zip_counties(lines)
    ]


def test_the_county_with_most_residents_is_kept():
    assert became(landed(BESIDE, BOSTON)) == ["fewer residents live there", "Suffolk"]


def test_the_newest_edition_of_a_zip_code_counts():
    moved = landed(("02108", "25017", "Middlesex", "MA", "1.0000"), day="2025-01-31")

    assert became([*landed(BOSTON, BESIDE), *moved]) == [
        "older edition",
        "older edition",
        "Middlesex",
    ]


def test_a_row_says_of_which_edition_it_is():
    (row,) = zip_counties(landed(BOSTON, day="2025-01-31"))

    assert row["sent_on"] == "2025-01-31"


def test_a_line_that_comes_twice_is_kept_once():
    assert became(landed(BOSTON, BOSTON)) == ["Suffolk", "same line again"]


def test_a_zip_code_that_lost_its_zero_is_rejected():
    assert became(landed(("2108", *BOSTON[1:]))) == ["zip is not five digits"]


def test_a_line_without_a_share_decides_nothing_and_is_left_to_the_contract():
    unknown = (*BESIDE[:4], "n/a")

    assert became(landed(unknown, BOSTON)) == ["Middlesex", "Suffolk"]


def test_of_two_equal_shares_the_same_county_is_always_kept():
    halves = [(*BOSTON[:4], "0.5000"), (*BESIDE[:4], "0.5000")]

    assert became(landed(*halves)) == ["Suffolk", "fewer residents live there"]
    assert became(landed(*halves[::-1])) == ["fewer residents live there", "Suffolk"]
