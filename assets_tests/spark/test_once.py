"""Computing a frame once for several actions."""

from pyspark.sql import functions as F

from spark.once import Once


def test_a_second_action_finds_what_the_first_has_shuffled(spark):
    chances = spark.range(0, 8, 1, 2).select(F.expr("uuid()").alias("chance"))

    frame = Once(chances.hint("rebalance")).frame

    assert sorted(frame.collect()) == sorted(frame.collect())


def test_columns_keep_their_names_and_types(spark):
    frame = spark.createDataFrame(
        [(1, ("a", [2.5]))], "id bigint, place struct<file: string, numbers: array<double>>"
    )

    once = Once(frame).frame

    assert once.schema.simpleString() == frame.schema.simpleString()
    assert once.collect() == frame.collect()


def test_the_sessions_settings_hold_in_every_task(spark):
    weekday = F.date_format(F.timestamp_seconds("id"), "u").alias("weekday")
    frame = spark.range(0, 2, 1, 2).select(weekday).hint("rebalance")
    spark.conf.set("spark.sql.legacy.timeParserPolicy", "LEGACY")

    try:
        rows = Once(frame).frame.collect()
    finally:
        spark.conf.unset("spark.sql.legacy.timeParserPolicy")

    assert [row.weekday for row in rows] == ["4", "4"]


def test_metrics_are_known_once_an_action_has_run(spark):
    once = Once(spark.range(5).observe("seen", F.count("*").alias("rows")))

    once.frame.collect()

    assert once.observed("seen") == {"rows": 5}
    assert once.observed("unseen") is None
