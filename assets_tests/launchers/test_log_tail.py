"""What of a log can be shown, and that nothing else of it is."""

import pytest

from assets_tests.launchers.papers_in import papers_in
from seniorlink_assets.launchers.log_tail import log_tail

HARMLESS = [
    "Traceback (most recent call last):",
    "\tat java.base/java.lang.Thread.run(Unknown Source)",
    "\tat org.apache.spark.scheduler.Task.run(Task.scala:147)",
    "\tat org.apache.spark.sql.Dataset.$anonfun$collect$1(Dataset.scala:1)",
    "\tat org.apache.spark.SparkContext.<init>(SparkContext.scala:1)",
    "\t... 12 more",
    "Caused by: java.io.IOException",
    "12:01:02 ERROR Executor: Exception in task 1.0 in stage 0.0 (TID 1)",
    "12:01:02 ERROR TaskSetManager: Task 1 in stage 0.0 failed 1 times; aborting job",
    "Terminating due to java.lang.OutOfMemoryError: Java heap space",
    "#  SIGSEGV (0xb) at pc=0x00007f, pid=12, tid=13",
    "KeyboardInterrupt",
]
HALF = {
    "12:01:02 WARN Executor: Mary Fakename": "12:01:02 WARN Executor: …",
    "12:01:02 WARN Fakename: Mary": "12:01:02 WARN …: …",
    "12:01:02 ERROR Utils: Aborting task of Mary": "12:01:02 ERROR Utils: Aborting task …",
    "12:01:02 WARN TaskSetManager: Lost task 1.0 in stage 0.0 (TID 1) (localhost executor driver): "
    "org.apache.spark.SparkRuntimeException: Mary": "12:01:02 WARN TaskSetManager: Lost task 1.0 "
    "in stage 0.0 (TID 1) (localhost executor driver): org.apache.spark.SparkRuntimeException …",
    "Caused by: java.io.IOException: Mary Fakename": "Caused by: java.io.IOException: …",
    "org.apache.spark.SparkException: [X] 1950-01-02": "org.apache.spark.SparkException: …",
    "ValueError: Mary Fakename": "ValueError: …",
    '  File "/home/mary/.venv/lib/python3.11/site-packages/pyspark/x.py", line 7, in f': (
        '  File "…/python3.11/site-packages/pyspark/x.py", line 7, in f'
    ),
    '  File "/home/mary/checkout/spark/care/notes.py", line 7, in <lambda>': (
        '  File "…/spark/care/notes.py", line 7, in <lambda>'
    ),
    "mv: Mary: No space left on device": "… No space left on device",
}
HARMFUL = [
    "Mary Fakename",
    "Fakename: 1950-01-02",
    "    raise ValueError('Mary')",
    "\tat Mary.Fakename(Mary.java:12)",
    "\tat java.lang.Mary Fakename(Mary.java:12)",
    "Caused by: Mary.FakenameException: x",
    '  File "/home/mary/Fakename.py", line 1950, in f',
    '  File "/x/spark/Mary Fakename.py", line 1, in f',
    "12:01:02 WARN Executor Mary",
    "555-12-3456",
    "{'name': 'Mary'}",
    "",
]


@pytest.fixture
def tail(tmp_path):
    def of(*lines):
        log = tmp_path / "stderr.log"
        log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return [line.replace(str(log), "LOG") for line in log_tail(papers_in(log.parent))]

    return of


@pytest.mark.parametrize("line", HARMLESS)
def test_a_line_without_values_is_shown(tail, line):
    assert tail(line) == [line]


@pytest.mark.parametrize(("line", "shown"), HALF.items())
def test_of_a_line_with_a_value_the_rest_is_shown(tail, line, shown):
    assert tail(line) == [shown]


@pytest.mark.parametrize("line", HARMFUL)
def test_a_line_that_may_be_a_value_is_counted_and_not_shown(tail, line):
    assert tail(line) == ["… 1 line not shown, see LOG"]


def test_what_is_not_shown_is_counted_once_for_every_gap(tail):
    assert tail("Mary", "Fakename", "Killed", "1950-01-02") == [
        "… 2 lines not shown, see LOG",
        "Killed",
        "… 1 line not shown, see LOG",
    ]


def test_of_many_lines_the_last_thirty_are_shown(tail):
    shown = tail(*["Mary"] * 100, *["Killed"] * 70, "KeyboardInterrupt")

    assert len(shown) == 30
    assert shown[0] == "… 142 lines not shown, see LOG"
    assert shown[1:] == ["Killed"] * 28 + ["KeyboardInterrupt"]


def test_of_a_huge_log_only_the_end_is_read(tail):
    shown = tail("Mary" * 100_000, "Killed")

    assert shown == ["… 1 line not shown, see LOG", "Killed"]


def test_bytes_that_are_no_text_are_not_shown(tmp_path):
    log = tmp_path / "stderr.log"
    log.write_bytes(b"\xff\xfe\x00Mary\nKilled\n")

    assert log_tail(papers_in(log.parent))[1:] == ("Killed",)


def test_no_log_has_no_tail(tmp_path):
    assert log_tail(papers_in(tmp_path)) == ()
