"""Counts by partition, observed while a frame is computed."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import functions as F

from spark import computed_again
from spark.contract import WHOLE
from spark.counting import Counts
from spark.lines import OLDER
from spark.once import Once

FIRST = date(2025, 1, 1)


def days(count):
    return [(FIRST + timedelta(days=number)).isoformat() for number in range(count)]


def dated(frame, number):
    return frame.withColumn("day", F.date_add(F.lit(FIRST), number.cast("int")).cast("string"))


def run(frame):
    once = Once(frame)
    once.frame.collect()
    return once


def test_a_row_is_counted_for_every_condition_it_meets(spark):
    frame = dated(spark.range(10), F.col("id") % 2)
    counts = Counts(days(2), F.col("day"), all=F.lit(True), small=F.col("id") < 3)

    computed = run(counts.observe(frame))

    assert counts.get(computed) == {
        "all": {"2025-01-01": 5, "2025-01-02": 5},
        "small": {"2025-01-01": 2, "2025-01-02": 1},
    }


@pytest.mark.parametrize("tasks", [1, 3, 16])
def test_counts_of_400_days_are_exact_however_many_tasks_add_to_them(spark, tasks):
    number = F.when(F.col("id") % 7 == 0, 3).otherwise(F.col("id") * 7919 % 400)
    frame = dated(spark.range(0, 8000, 1, tasks), number)
    counts = Counts(days(400), F.col("day"), rows=F.lit(True))

    computed = run(counts.observe(frame))

    expected = {row["day"]: row["count"] for row in frame.groupBy("day").count().collect()}
    assert counts.get(computed)["rows"] == expected


def test_days_that_were_not_asked_for_do_not_disturb_the_counts(spark):
    frame = dated(spark.range(300), F.col("id") - 150)
    counts = Counts(days(2), F.col("day"), rows=F.lit(True))

    computed = run(counts.observe(frame))

    assert counts.get(computed)["rows"] == {"2025-01-01": 1, "2025-01-02": 1}


def test_a_table_without_days_is_counted_whole(spark):
    counts = Counts([WHOLE], F.lit("anything"), rows=F.lit(True), odd=F.col("id") % 2 == 1)

    computed = run(counts.observe(spark.range(0, 7, 1, 3)))

    assert counts.get(computed) == {"rows": {WHOLE: 7}, "odd": {WHOLE: 3}}


def test_nothing_is_counted_as_nothing(spark):
    counts = Counts([WHOLE], F.lit(WHOLE), rows=F.lit(True))

    computed = run(counts.observe(spark.range(0)))

    assert counts.get(computed) == {"rows": {}}


def test_a_frame_that_the_optimizer_removes_is_counted_all_the_same(spark):
    counts = Counts([WHOLE], F.lit(WHOLE), rows=F.lit(True))

    computed = run(counts.observe(spark.range(5)).join(spark.range(0), "id"))

    assert counts.get(computed) == {"rows": {WHOLE: 5}}


def test_a_frame_that_turns_out_to_be_needless_while_it_runs_is_counted(spark):
    counts = Counts([WHOLE], F.lit(WHOLE), rows=F.lit(True))
    nothing = spark.range(10).where("id > 100").repartition(2).hint("merge")

    computed = run(counts.observe(spark.range(5)).repartition(2).join(nothing, "id"))

    assert counts.get(computed) == {"rows": {WHOLE: 5}}


def test_a_frame_that_nobody_used_is_counted_instead_of_waited_for(spark):
    counts = Counts([WHOLE], F.lit(WHOLE), rows=F.lit(True))
    counts.observe(spark.range(5))

    computed = run(spark.range(1))

    assert counts.get(computed) == {"rows": {WHOLE: 5}}


def test_a_frame_that_is_used_twice_is_counted_once(spark):
    counts = Counts([WHOLE], F.lit(WHOLE), rows=F.lit(True))
    frame = counts.observe(spark.range(5))

    computed = run(frame.join(frame.select((F.col("id") + 1).alias("id")), "id"))

    assert counts.get(computed) == {"rows": {WHOLE: 5}}


def lose_files(spark):
    """What was shuffled is not where it was, as on a machine that is lost."""
    files = [*Path(spark.conf.get("spark.local.dir")).rglob("shuffle_*.data")]
    assert files
    for file in files:
        file.unlink()


def forget_places(spark):
    """It is known that what was shuffled is lost."""
    tracker = spark.sparkContext._jvm.org.apache.spark.SparkEnv.get().mapOutputTracker()
    for shuffle in tracker.shuffleStatuses().keySet().mkString(" ").split():
        tracker.unregisterAllMapAndMergeOutput(int(shuffle))


of_older = pytest.mark.skipif(not OLDER, reason="a newer Spark observes every row once")


@of_older
@pytest.mark.parametrize("lose", [lose_files, forget_places])
def test_rows_that_are_computed_again_are_counted_once(spark, lose):
    counts = Counts([WHOLE], F.lit(WHOLE), rows=F.lit(True), odd=F.col("id") % 2 == 1)
    computed = Once(counts.observe(spark.range(0, 100, 1, 3)).repartition(2))

    lose(spark)
    rows = computed.frame.count()

    assert rows == 100
    assert counts.get(computed) == {"rows": {WHOLE: 100}, "odd": {WHOLE: 50}}


@of_older
@pytest.mark.parametrize(("lose", "is_again"), [(lambda _: None, False), (lose_files, True)])
def test_what_is_computed_again_is_told_from_what_is_read_again(spark, lose, is_again):
    since = computed_again.newest_rdd(spark)
    computed = Once(spark.range(0, 100, 1, 3).repartition(2))

    computed.frame.collect()
    lose(spark)
    computed.frame.collect()

    assert computed_again.may_be_observed_twice(spark, since) == is_again
