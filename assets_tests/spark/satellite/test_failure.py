"""Why a job without Spark failed: a sentence, a kind, and no value of the data."""

import errno
import json

import pytest

from spark.files import LocalFiles
from spark.layout import LandingError
from spark.satellite.failure import describe, record
from spark.satellite.files import StoreError


def recorded(tmp_path, error):
    record(LocalFiles(), str(tmp_path), error, "It failed.")
    return json.loads((tmp_path / "failure.json").read_text())


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        (ValueError("Mildred"), "code", False),
        (MemoryError(), "memory", False),
        (OSError(errno.ENOSPC, "full"), "disk", True),
        (KeyboardInterrupt(), "killed", True),
        (FileNotFoundError("gone"), "input", False),
        (LandingError("is a gzip archive"), "input", False),
        (StoreError("S3 is busy", transient=True), "store", True),
        (StoreError("S3 refuses", transient=False), "store", False),
    ],
)
def test_a_failure_is_of_a_kind_and_may_be_tried_again_or_not(tmp_path, error, kind, transient):
    said = recorded(tmp_path, error)

    assert (said["kind"], said["transient"]) == (kind, transient)
    assert "Mildred" not in json.dumps(said)


def test_the_trace_has_classes_and_frames_and_the_causes(tmp_path):
    try:
        try:
            int("Mildred")
        except ValueError as cause:
            raise LookupError("Mildred") from cause
    except LookupError as error:
        said = recorded(tmp_path, error)

    assert [line for line in said["trace"] if not line.startswith(" ")] == [
        "LookupError",
        "Caused by",
        "ValueError",
    ]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "The job's Python ran out of memory; have it keep fewer rows"),
        (OSError(errno.ENOSPC, "full"), "The disk is full (No space left on device); free some"),
        (KeyboardInterrupt(), "The job was interrupted (signal 2); materialize again."),
    ],
)
def test_a_failure_is_told_in_one_sentence(tmp_path, error, sentence):
    assert describe(error, tmp_path).startswith(sentence)
