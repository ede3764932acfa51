"""Reading landing files: every line is a record or a reject, with its place."""

import gzip
from pathlib import Path

import pytest

from spark.contract import LandingColumn, LandingSet
from spark.contract.job import LandingInput
from spark.files import files_at
from spark.landing import READ_CONF, read_landing
from spark.layout import LandingError

DAY = "2025-01-02"
CSV = LandingSet(
    "landing/app/notes",
    "csv",
    (
        LandingColumn("note_id", "Which note."),
        LandingColumn("mood", "How it was."),
        LandingColumn("body", "What was written.", optional=True),
    ),
)
JSON = LandingSet(CSV.key, "jsonl", CSV.columns)


@pytest.fixture
def land(tmp_path):
    """Writes a landing file and returns its path."""

    def write(content, name="notes.csv", day=DAY):
        file = tmp_path / "landing" / "app" / "notes" / day / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    return write


@pytest.fixture
def read(spark):
    """The rows of landing files, a file to a task."""
    before = {key: spark.conf.get(key) for key in READ_CONF}
    for key, value in READ_CONF.items():
        spark.conf.set(key, value)

    def rows(landing, *files, **days):
        given = LandingInput(landing, days.get("days") or {DAY: files})
        return read_landing(spark, given).collect()

    yield rows
    for key, value in before.items():
        spark.conf.set(key, value)


def values(rows):
    return [(row.note_id, row.mood, row.body) for row in rows if row._malformed is None]


def faults(rows):
    return {row._source.line: row._malformed for row in rows if row._malformed is not None}


def test_csv_fields_may_hold_commas_and_doubled_quotes(read, land):
    file = land('note_id,mood,body\n1,"a, b","she said ""hi"""\n2,,""\n')

    rows = read(CSV, file)

    assert values(rows) == [("1", "a, b", 'she said "hi"'), ("2", None, None)]


def test_csv_columns_are_found_by_the_header_not_by_their_place(read, land):
    file = land("body,note_id,mood\ngood,1,5\n")

    assert values(read(CSV, file)) == [("1", "5", "good")]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_of_windows_are_no_data(read, land, ending, mark):
    csv = land(mark + ending.join(["note_id,mood,body", "1,5,x", "2,4,y"]))
    json = land(mark + '{"note_id":3,"mood":1,"body":"z"}' + ending, "notes.jsonl")

    assert values(read(CSV, csv)) == [("1", "5", "x"), ("2", "4", "y")]
    assert values(read(JSON, json)) == [("3", "1", "z")]


def test_spaces_in_a_field_are_kept(read, land):
    assert values(read(CSV, land("note_id,mood,body\n 1,5 ,  x\n"))) == [(" 1", "5 ", "  x")]


@pytest.mark.parametrize("content", ["", "\n", " \n\n"])
@pytest.mark.parametrize("landing", [CSV, JSON], ids=["csv", "jsonl"])
def test_a_file_without_text_holds_no_rows(read, land, content, landing):
    assert read(landing, land(content)) == []


def test_a_header_alone_holds_no_rows(read, land):
    assert read(CSV, land("note_id,mood,body")) == []


def test_a_day_without_files_holds_no_rows(read):
    assert read(CSV) == []


def test_csv_lines_that_are_no_records_say_why(read, land):
    lines = ["note_id,mood,body", "1,2,x", "1,2", "1,2,3,4", '1,2,"goes on', 'here"', "", '1,5"x,y']
    rows = read(CSV, land("\n".join([*lines, "9,9,last"])))

    assert faults(rows) == {
        3: "is not a line of 3 fields",
        4: "is not a line of 3 fields",
        5: "is a line with an unbalanced quote",
        6: "is a line with an unbalanced quote",
        7: "is an empty line",
        8: "is a line with an unbalanced quote",
    }
    assert values(rows) == [("1", "2", "x"), ("9", "9", "last")]


def test_json_lines_that_are_no_records_say_why(read, land):
    lines = [
        '{"note_id":1,"mood":2}',
        '{"note_id":1,"mood":2}{"note_id":2,"mood":2}',
        '{"note_id":1,"mood":2} and more',
        '[{"note_id":1,"mood":2}]',
        "5",
        "null",
        "",
        '{"note_id":1,"mood":2,"zip":"02139"}',
        '{"note_id":1}',
        '{"note_id":1,"mood":2,"mood":3}',
        '{"note_id":1,"mood":2},{"note_id":2,"mood":2}',
        '{"note_id":9,"mood":"tr',
    ]

    rows = read(JSON, land("\n".join(lines)))

    no_object = "is not a JSON object"
    assert faults(rows) == {
        **dict.fromkeys([2, 3, 4, 5, 6, 7, 11, 12], no_object),
        8: "is an object with an undeclared field",
        9: "is an object without a required field",
        10: "is an object with a field twice",
    }
    assert values(rows) == [("1", "2", None)]


def test_json_values_arrive_as_text(read, land):
    lines = [
        '{"note_id":12345678901234567890,"mood":2.5,"body":{"b": [1, {"c": null}]}}',
        '{"note_id":true,"mood":null,"body":"a \\"b\\" \\u00e9"}',
    ]

    rows = read(JSON, land("\n".join(lines), "notes.jsonl"))

    assert values(rows) == [
        ("12345678901234567890", "2.5", '{"b":[1,{"c":null}]}'),
        ("true", None, 'a "b" é'),
    ]


@pytest.mark.parametrize("landing", [CSV, JSON], ids=["csv", "jsonl"])
def test_a_byte_that_is_not_utf8_spoils_its_line_only(read, land, landing):
    lines = {
        CSV: [b"note_id,mood,body", b"1,2,caf\xe9", b"2,2,x"],
        JSON: [
            b'{"note_id":0,"mood":2}',
            b'{"note_id":1,"mood":"\xe9"}',
            b'{"note_id":2,"mood":2}',
        ],
    }[landing]

    rows = read(landing, land(b"\n".join(lines)))

    assert faults(rows) == {2: "is not UTF-8"}
    assert values(rows)[-1][:2] == ("2", "2")


def test_every_row_knows_its_line_however_many_files_and_days_are_read(read, land):
    days = {
        f"2025-01-0{day}": tuple(
            land(
                "note_id,mood,body\n"
                + "".join(f"{day}-{file}-{line},5,x\n" for line in range(2, 5 + file)),
                f"part-{file}.csv",
                f"2025-01-0{day}",
            )
            for file in range(4)
        )
        for day in range(1, 4)
    }

    rows = read(CSV, days=days)

    assert len(rows) == 3 * (3 + 4 + 5 + 6)
    for row in rows:
        day, file, line = row.note_id.split("-")
        assert row._source.file == f"landing/app/notes/2025-01-0{day}/part-{file}.csv"
        assert (row._source.line, row._source.day) == (int(line), f"2025-01-0{day}")


def test_files_of_several_layouts_are_read_at_once(read, land):
    old = land("note_id,mood\n1,5\n2,5,x\n", "old.csv")
    new = land("body,mood,note_id\nx,4,3\n", "new.csv")

    rows = read(CSV, old, new)

    assert sorted(values(rows)) == [("1", "5", None), ("3", "4", "x")]
    assert faults(rows) == {3: "is not a line of 2 fields"}


@pytest.mark.parametrize("name", ["a b.csv", "a%20b.csv", "a+b.csv", "a[1]{2}*?.csv", "é,ü.csv"])
def test_a_file_may_have_any_name(read, land, name):
    land("note_id,mood\n8,8\n", "a1b.csv")

    (row,) = read(CSV, land("note_id,mood\n1,5\n", name))

    assert row._source.file == f"landing/app/notes/{DAY}/{name}"
    assert row.note_id == "1"


@pytest.mark.parametrize("name", ["_notes.csv", "notes.csv._COPYING_", "notes.csv.gz", "10:30.csv"])
def test_a_name_that_spark_does_not_read_is_refused(read, land, name):
    with pytest.raises(LandingError, match=r"has a name that Spark does not read as text; rename"):
        read(CSV, land("note_id,mood\n1,5\n", name))


def test_files_in_a_store_are_read_as_those_on_a_disk(read, bucket, land, tmp_path):
    contents = {
        "a b%20c+d[1]{2}*?é.csv": "\ufeffnote_id,mood\r\n1,5\r\n2\r\n",
        "empty.csv": "",
        "json.csv": "mood,note_id,body\n4,3,x\n",
    }
    paths = [land(content, name) for name, content in contents.items()]
    store = files_at(bucket)
    for path in paths:
        store.put(f"{bucket}/in{path.removeprefix(str(tmp_path))}", Path(path).read_bytes())

    rows, expected = (
        read(CSV, *(f"{root}{path.removeprefix(str(tmp_path))}" for path in paths))
        for root in (f"{bucket}/in", tmp_path)
    )

    assert len(expected) == 3
    assert rows == expected


def test_a_file_in_a_store_that_is_wrong_is_told_as_one_on_a_disk(read, bucket, land, tmp_path):
    path = land("note_id\n")
    files_at(bucket).put(f"{bucket}/{Path(path).relative_to(tmp_path)}", b"note_id\n")
    told = []

    for root in (bucket, tmp_path):
        with pytest.raises(LandingError) as caught:
            read(CSV, f"{root}/{Path(path).relative_to(tmp_path)}")
        told.append(str(caught.value))

    assert told[0] == told[1]
    assert "lacks the column mood" in told[0]


def test_a_very_long_line_is_read_whole(read, land):
    body = "x" * 3_000_000
    csv = land(f"note_id,mood,body\n1,5,{body}\n")
    json = land(f'{{"note_id":1,"mood":5,"body":"{body}"}}\n', "notes.jsonl")

    assert [len(body) for _, _, body in values(read(CSV, csv) + read(JSON, json))] == [
        3_000_000
    ] * 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("note_id,body\n1,x\n", "notes.csv lacks the column mood; have it sent again, or declare"),
        ("note_id,mood,zip\n", "notes.csv has the column zip, which landing/app/notes does not"),
        ("note_id,mood,mood\n", "notes.csv names the column mood twice"),
        ("\nnote_id,mood\n1,2\n", "notes.csv begins with an empty line, not a header"),
        ("note_id,mood\r1,2\r", "notes.csv has a header that is no line of CSV"),
        (b"note_id,m\xf6\xf6d\n", "notes.csv is not UTF-8 text"),
        (gzip.compress(b"note_id,mood\n", mtime=0), "notes.csv is a gzip archive, not csv"),
        (b"PAR1\x15\x04", "notes.csv is a Parquet file, not csv"),
        (b"PK\x03\x04xx", "notes.csv is a zip archive, not csv"),
        ("note_id,mood\n".encode("utf-16"), "notes.csv is binary, not csv"),
    ],
)
def test_a_csv_file_that_is_not_what_its_set_declares_is_refused(read, land, content, sentence):
    with pytest.raises(LandingError, match=f"^landing/app/notes/{DAY}/{sentence}"):
        read(CSV, land(content))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("note_id,mood\n1,2\n", "does not begin with a JSON object"),
        ('{"note_id":1}', "lacks the column mood"),
        ('{"note_id":1,"mood":2,"zip":3}', "has the column zip"),
        ('{"note_id":1,"mood":2,"mood":2}', "names the column mood twice"),
    ],
)
def test_a_json_file_that_is_not_what_its_set_declares_is_refused(read, land, content, sentence):
    with pytest.raises(LandingError, match=f"^landing/app/notes/{DAY}/notes.csv {sentence}"):
        read(JSON, land(content))


def test_a_blank_first_line_of_json_is_rejected_by_itself(read, land):
    rows = read(JSON, land('\n{"note_id":1,"mood":2}\n'))

    assert faults(rows) == {1: "is not a JSON object"}
    assert values(rows) == [("1", "2", None)]
