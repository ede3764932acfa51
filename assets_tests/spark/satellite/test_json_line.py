"""Fields of a line of JSON; every expectation is what Spark makes of the line."""

import pytest

from spark.satellite.json_line import NotJson, json_fields


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("null", None),
        ('"x"', "x"),
        ("'it\\'s'", "it's"),
        ('"\\u00e9\\ud83d\\ude00\\n"', "é😀\n"),
        ('"\\ud83d"', "?"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("-0", "0"),
        ("-0.0", "-0.0"),
        ("1.50", "1.5"),
        ("1e3", "1000.0"),
        ("1e7", "1.0E7"),
        ("1e-4", "1.0E-4"),
        ("123456789.125", "1.23456789125E8"),
        ("1e400", '"Infinity"'),
        ("NaN", '"NaN"'),
        ("-INF", '"-Infinity"'),
        ("true", "true"),
        ("[ ]", "[]"),
        ('{"x": [1, 2 ,{"y":"z"}]}', '{"x":[1,2,{"y":"z"}]}'),
        ('{"x":"\\u001f/é"}', '{"x":"\\u001F/é"}'),
    ],
)
def test_a_value_becomes_the_text_that_spark_makes_of_it(value, text):
    assert json_fields(f' {{"a" : {value} , "b":1}} ') == [("a", text), ("b", "1")]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "null",
        "1",
        "[]",
        '{"a":1',
        '{"a":1}x',
        '{"a":1},{"a":2}',
        '{"a":1,}',
        '{"a":[1,]}',
        "{a:1}",
        '{"a":01}',
        '{"a":+1}',
        '{"a":.5}',
        '{"a":1.}',
        '{"a":INF}',
        '{"a":tru}',
        '{"a":"x\ty"}',
        '{"a":"\\x"}',
        '{"a":1\u00a0}',
    ],
)
def test_what_spark_does_not_take_for_an_object_is_none(line):
    with pytest.raises(NotJson):
        json_fields(line)


def test_a_field_that_comes_twice_is_there_twice():
    assert json_fields('{"a":1,"a":2}') == [("a", "1"), ("a", "2")]
