"""Whether a snapshot may be published, decided by its manifest alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from seniorlink_assets.audit import Verdict, judge, refusal
from seniorlink_assets.calendar import ZONE
from seniorlink_assets.lake import Published
from spark.contract import (
    Check,
    Column,
    Contract,
    accepted_values,
    in_range,
    keeps_rows_of,
    mostly_present,
    newest_within,
    rejects_at_most,
    row_count_change_at_most,
)
from spark.contract.manifest import Manifest

DAY = "2025-01-02"
GOOD = Manifest(
    key="care/moods",
    partition=DAY,
    fingerprint="f",
    attempt="1",
    code_version="c",
    spark_version="4.3.0",
    files=(),
    rows=100,
)
BEFORE = Published(
    partition=DAY, content="c", fingerprint="f", place="p", files=(), rows=100, rejects=0,
    run_id="r", published_at="2025-01-03T00:00:00+00:00",
)  # fmt: skip


def contract(checks: Sequence[Check]) -> Contract:
    return Contract(
        key="care/moods",
        kind="table",
        grain="One row per note.",
        columns=(
            Column("id", "bigint", "The note."),
            Column("noted_on", "date", "Its day."),
            Column("mood", "smallint", "1 to 5.", nullable=True),
        ),
        primary_key=("id",),
        partition_by="noted_on",
        checks=tuple(checks),
    )


def verdict(
    check: Check, *, before: Published | None = None, newest: str | None = None, **numbers: Any
) -> Verdict:
    verdicts = judge(contract([check]), replace(GOOD, **numbers), before, newest)
    return next(given for given in verdicts if given.check == check)


def days_ago(days: int) -> str:
    return (datetime.now(ZoneInfo(ZONE)).date() - timedelta(days=days)).isoformat()


def test_a_good_snapshot_is_not_refused():
    verdicts = judge(contract([]), GOOD, None, DAY)

    assert [(given.check.name, given.passed) for given in verdicts] == [
        ("primary_key_is_unique", True),
        ("rejects_are_few", True),
    ]
    assert refusal("care/moods", DAY, verdicts) is None


def test_a_repeated_key_refuses_the_partition():
    verdicts = judge(
        contract([]), replace(GOOD, violations={"primary_key_is_unique": 2}), None, DAY
    )

    assert refusal("care/moods", DAY, verdicts) == (
        f"care/moods {DAY} is not published, for primary_key_is_unique: 2 of 100 rows repeat a key"
    )


def test_every_reason_to_refuse_is_told():
    numbers = {"primary_key_is_unique": 2, "mood_is_in_range": 3}
    verdicts = judge(
        contract([in_range("mood", 1, 5)]), replace(GOOD, violations=numbers), None, DAY
    )

    sentence = refusal("care/moods", DAY, verdicts) or ""

    assert "primary_key_is_unique: 2 of 100 rows repeat a key; " in sentence
    assert sentence.endswith("mood_is_in_range: 3 of 100 rows break it")


def test_a_check_that_does_not_block_only_fails():
    failed = verdict(in_range("mood", 1, 5, blocking=False), violations={"mood_is_in_range": 3})

    assert (failed.passed, failed.blocks) == (False, False)
    assert refusal("care/moods", DAY, [failed]) is None


@pytest.mark.parametrize("check", [accepted_values("mood", [1, 2]), in_range("mood", 1, 5)])
@pytest.mark.parametrize(("rows", "passed"), [(0, True), (1, False)])
def test_one_row_that_breaks_a_check_fails_it(check, rows, passed):
    assert verdict(check, violations={check.name: rows}).passed is passed


@pytest.mark.parametrize(
    ("present", "rows", "passed"), [(75, 100, True), (74, 100, False), (0, 0, True), (0, 1, False)]
)
def test_enough_values_are_present(present, rows, passed):
    given = verdict(mostly_present("mood", 0.75), present={"mood": present}, rows=rows)

    assert given.passed is passed


@pytest.mark.parametrize(
    ("numbers", "passed"),
    [
        ({"inputs": {"notes": 100}}, True),
        ({"inputs": {"notes": 101}}, False),
        ({"inputs": {"notes": 99}}, False),
        ({"inputs": {"notes": 110}, "rejects": 10}, True),
        ({"inputs": {"notes": 110}, "drops": {"older": 10}}, True),
        ({"inputs": {"notes": 110}, "rejects": 13, "malformed": 3}, True),
        ({"inputs": {"notes": 110}, "rejects": 10, "malformed": 3}, False),
        ({}, False),
    ],
)
def test_every_row_of_an_input_is_kept_rejected_or_dropped(numbers, passed):
    assert verdict(keeps_rows_of("notes", drops=["older"]), **numbers).passed is passed


def test_the_reconciliation_of_rows_shows_its_sum():
    given = verdict(
        keeps_rows_of("notes", drops=["older"]),
        inputs={"notes": 115},
        rejects=10,
        drops={"older": 5},
    )

    assert given.sentence == "115 rows of notes = 100 rows + 10 rejects + 5 dropped"
    assert given.numbers == {"input": 115, "rows": 100, "rejects": 10, "older": 5}


@pytest.mark.parametrize(
    ("rows", "rejects", "passed"), [(90, 10, True), (89, 11, False), (0, 0, True), (0, 1, False)]
)
def test_rejects_are_few(rows, rejects, passed):
    assert verdict(rejects_at_most(0.1), rows=rows, rejects=rejects).passed is passed


def test_too_many_rejects_name_the_commonest_reason():
    reasons = {"is not UTF-8": 2, "mood does not fit smallint": 48}

    given = verdict(rejects_at_most(0.1), rows=50, rejects=50, reject_reasons=reasons)

    assert given.sentence == (
        "50 of 100 rows (50.0%) are rejected, 10.0% may be, most: mood does not fit smallint"
    )


@pytest.mark.parametrize(
    ("rows", "passed"), [(50, True), (49, False), (150, True), (151, False), (100, True)]
)
def test_the_row_count_is_compared_with_the_published_one(rows, passed):
    assert verdict(row_count_change_at_most(0.5), before=BEFORE, rows=rows).passed is passed


@pytest.mark.parametrize("before", [None, replace(BEFORE, rows=0)])
def test_a_first_version_has_nothing_to_be_compared_with(before):
    assert verdict(row_count_change_at_most(0.5), before=before).passed


@pytest.mark.parametrize(("days", "passed"), [(0, True), (2, True), (3, False)])
def test_the_newest_day_is_recent(days, passed):
    assert verdict(newest_within(2), newest=days_ago(days)).passed is passed
    assert verdict(newest_within(2), newest=f"{days_ago(days)} 23:59:59").passed is passed


def test_a_table_without_rows_is_not_fresh():
    given = verdict(newest_within(2), newest=None)

    assert (given.passed, given.sentence) == (False, "there is no row")
