"""A failed job explains itself by its papers, and tells no value of the data."""

import json

import pytest
from pyspark.sql import functions as F

from assets_tests.launchers.papers_in import papers_in
from seniorlink_assets.launchers.explanation import Explanation, explain, metadata
from spark.failure import describe, record

SAID = {"error": "X", "sentence": "It broke.", "kind": "data", "transient": False, "trace": ["X"]}
PRIVATE = ("Mary", "Fakename", "1950-01-02", "555-12-3456", "MRN0042")


def as_text(explanation):
    shown = [value.value for value in metadata(explanation).values()]
    return json.dumps([str(explanation), *map(str, shown)])


def test_what_the_job_said_is_what_is_told(tmp_path):
    (tmp_path / "failure.json").write_text(json.dumps(SAID))
    (tmp_path / "stderr.log").write_text("Killed\nMary Fakename\n")

    explanation = explain(papers_in(tmp_path), 1)

    assert (explanation.sentence, explanation.kind, explanation.transient) == (
        "It broke.",
        "data",
        False,
    )
    assert explanation.trace == ("X",)
    assert explanation.log == (
        "Killed",
        f"… 1 line not shown, see {tmp_path / 'stderr.log'}",
    )
    assert "try_cast" in explanation.remedy


def test_the_run_page_shows_what_to_do_and_where_the_papers_are(tmp_path):
    (tmp_path / "failure.json").write_text(json.dumps(SAID))
    (tmp_path / "stderr.log").write_text("Killed\n")

    shown = metadata(explain(papers_in(tmp_path), 1))

    assert {name: value.value for name, value in shown.items() if name != "what to do"} == {
        "what happened": "It broke.",
        "last Spark exception": "```text\nX\n```",
        "log's tail": "```text\nKilled\n```",
        "attempt's folder": str(tmp_path),
    }
    assert str(shown["what to do"].value).startswith("Let the job reject what does not fit")


def test_what_is_not_known_is_not_on_the_run_page(tmp_path):
    assert [*metadata(explain(papers_in(tmp_path), 137))] == ["what happened", "attempt's folder"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        json.dumps(SAID)[:-5],
        json.dumps({"sentence": "Mary"}),
        json.dumps({**SAID, "sentence": None}),
        json.dumps({**SAID, "trace": None}),
        json.dumps({**SAID, "trace": [1]}),
        json.dumps({**SAID, "transient": "no"}),
        "\udcff",
    ],
)
def test_a_failure_that_was_not_written_to_its_end_is_as_none(tmp_path, content):
    (tmp_path / "failure.json").write_bytes(content.encode("utf-8", "surrogateescape"))

    assert explain(papers_in(tmp_path), 137) == Explanation(
        sentence=(
            "The job was killed (signal 9) before it could say why; materialize again, and with a "
            "smaller SENIORLINK_JOBS if the machine ran out of memory."
        ),
        kind="killed",
        transient=True,
        trace=(),
        log=(),
        where=str(tmp_path),
        remedy="",
    )


@pytest.mark.parametrize(
    ("code", "start", "kind", "transient"),
    [
        (None, "The job was killed (signal 9) before it could say why", "killed", True),
        (137, "The job was killed (signal 9) before it could say why", "killed", True),
        (143, "The job was ended by SIGTERM (signal 15), as `kill` or a", "killed", True),
        (139, "The job was ended by SIGSEGV (signal 11) before it could", "killed", True),
        (74, "The job could not write to ", "disk", True),
        (0, "The job ended with 0 and no word; see ", "spark", False),
        (70, "The job ended with 70 and no word; see ", "spark", False),
        (255, "The job ended with 255 and no word; see ", "spark", False),
    ],
)
def test_a_job_that_said_nothing_is_judged_by_its_exit_code(tmp_path, code, start, kind, transient):
    explanation = explain(papers_in(tmp_path), code)

    assert explanation.sentence.startswith(start)
    assert (explanation.kind, explanation.transient) == (kind, transient)


def test_an_exit_code_that_could_not_be_written_means_a_full_disk(tmp_path):
    (tmp_path / "exit").touch()

    assert explain(papers_in(tmp_path), None).kind == "disk"


def worker_raises(frame):
    def mood(note):
        raise ValueError(f"{note}\nFakename: 1950-01-02")

    frame.select(F.udf(mood, "int", useArrow=False)("note")).collect()


def worker_finds_no_key(frame):
    frame.select(F.udf(lambda note: {}[note], "int", useArrow=False)("note")).collect()


def java_parses(frame):
    frame.sparkSession._jvm.java.lang.Integer.parseInt(frame.first().note)


def one_error_causes_another(frame):
    try:
        frame.select(F.col("note").cast("int")).collect()
    except Exception as error:
        raise RuntimeError(frame.first().note) from error


def writing_casts(frame):
    frame.select(F.col("note").cast("int")).write.format("noop").mode("append").save()


LEAKS = {
    "a cast": lambda frame: frame.select(F.col("note").cast("date")).collect(),
    "a cast while writing": writing_casts,
    "an error that the job raises": lambda frame: frame.select(F.raise_error("note")).collect(),
    "a function in a worker": worker_raises,
    "a key in a worker": worker_finds_no_key,
    "Java": java_parses,
    "a chain": one_error_causes_another,
    "a key": lambda frame: {}[frame.first().note],
    "a text of the job's": lambda frame: pytest.fail(frame.first().note),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
def test_no_value_of_the_data_reaches_an_explanation(spark, tmp_path, leak):
    private = " ".join(PRIVATE)
    frame = spark.createDataFrame([(private,)], "note string")
    (tmp_path / "stderr.log").write_text(
        f"{private}\n12:00:00 WARN Executor: {private}\nCaused by: java.io.IOException: {private}\n"
        f"ValueError: {private}\n  {private}\n\tat {private}(x.java:1)\nFakename: {private}\n"
    )
    with pytest.raises(BaseException) as caught:  # noqa: PT011  # each has its own
        leak(frame)
    sentence = describe(caught.value, tmp_path / "spark", None)
    record(tmp_path, caught.value, sentence, None)

    explanation = explain(papers_in(tmp_path), 1)

    assert private in (tmp_path / "stderr.log").read_text()
    assert explanation.sentence == sentence
    assert explanation.trace
    assert len(explanation.log) == 5
    for part in PRIVATE:
        assert part not in as_text(explanation)
