"""Fields of a line of CSV; every expectation is what Spark makes of the line."""

import pytest

from spark.satellite.csv_line import csv_fields


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("1,2,3", ["1", "2", "3"]),
        (",,", [None, None, None]),
        ('"a","b"', ["a", "b"]),
        ('"",b', [None, "b"]),
        ('"a, b","she said ""hi"""', ["a, b", 'she said "hi"']),
        ("1, 2 ", ["1", " 2 "]),
        ('"ab" ,c', ["ab", "c"]),
        ('"ab"x,c', ['"ab"x', "c"]),
        ('"a"b"c",d', ['"a"b"c"', "d"]),
        ('"a""b" c,d', ['"a"b" c', "d"]),
        ('a"b"c,d', ['a"b"c', "d"]),
        ("'a,b'", ["'a", "b'"]),
        ("#a,b", ["#a", "b"]),
    ],
)
def test_fields_are_read_as_spark_reads_them(line, fields):
    assert csv_fields(line) == fields
