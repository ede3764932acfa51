"""Reading landing files without Spark: every line is a record or a reject, with its place."""

import io
from pathlib import Path

import pytest

from assets_tests.spark.test_landing import CSV, DAY, JSON
from spark.layout import LandingError
from spark.satellite.landing import read_lines

FILE = f"landing/app/notes/{DAY}/notes.csv"


def read(landing, content, name=FILE):
    data = content if isinstance(content, bytes) else content.encode()
    return [*read_lines(landing, f"/home/{name}", io.BytesIO(data))]


def values(lines):
    return [tuple(line.row.values())[:3] for line in lines if line.row]


def faults(lines):
    return {line.source["line"]: line.malformed for line in lines if line.malformed}


def test_csv_fields_may_hold_commas_and_doubled_quotes():
    lines = read(CSV, 'note_id,mood,body\n1,"a, b","she said ""hi"""\n2,,""\n')

    assert values(lines) == [("1", "a, b", 'she said "hi"'), ("2", None, None)]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_are_no_data(ending, mark):
    csv = read(CSV, mark + ending.join(["note_id,mood,body", "1,5,x", "2,4,y"]))
    json = read(JSON, mark + '{"note_id":3,"mood":1,"body":"z"}' + ending)

    assert values(csv) == [("1", "5", "x"), ("2", "4", "y")]
    assert values(json) == [("3", "1", "z")]


def test_a_line_knows_its_file_its_number_and_its_day():
    (line,) = read(CSV, "note_id,mood\n1,5\n")

    assert line.row["_source"] == {"file": FILE, "line": 2, "day": DAY}


def test_lines_of_csv_that_are_no_records_say_why():
    content = b'note_id,mood\n1,5\n\n 2,5\n3\n4,5,6\n5,"x\n6,\xe9\n'.replace(b"\n ", b"\n")

    lines = read(CSV, content)

    assert faults(lines) == {
        3: "is an empty line",
        5: "is not a line of 2 fields",
        6: "is not a line of 2 fields",
        7: "is a line with an unbalanced quote",
        8: "is not UTF-8",
    }
    assert lines[-1].text == "6,\ufffd"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "is not a JSON object"),
        ("[1]", "is not a JSON object"),
        ('{"note_id":1', "is not a JSON object"),
        ('{"note_id":1,"mood":2}x', "is not a JSON object"),
        ('{"note_id":01,"mood":2}', "is not a JSON object"),
        ('{"note_id":1,"mood":2,"colour":3}', "is an object with an undeclared field"),
        ('{"note_id":1}', "is an object without a required field"),
        ('{"note_id":1,"note_id":1,"mood":2}', "is an object with a field twice"),
    ],
)
def test_lines_of_json_that_are_no_records_say_why(line, reason):
    lines = read(JSON, f'{{"note_id":1,"mood":2}}\n{line}\n')

    assert faults(lines) == {2: reason}


def test_json_values_become_the_text_that_spark_makes_of_them():
    (line,) = read(JSON, '{"note_id": 1.50, "mood": {"a": [1e3, \'b\' ]}, "body": "\\u00e9\\n"}')

    assert values([line]) == [("1.5", '{"a":[1000.0,"b"]}', "é\n")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("note_id,body\n", "lacks the column mood"),
        ("note_id,mood,colour\n", "has the column colour"),
        (b"\x1f\x8b123", "is a gzip archive"),
    ],
)
def test_a_file_that_is_not_what_its_set_declares_fails(content, sentence):
    with pytest.raises(LandingError, match=sentence):
        read(CSV, content)


def test_an_empty_file_has_no_lines():
    assert read(CSV, b"\n\n") == []


def test_no_reader_of_lines_needs_spark():
    sources = (Path(__file__).parents[3] / "spark" / "satellite").glob("*.py")

    assert [path.name for path in sources if "pyspark" in path.read_text()] == []
