"""Calling a transform by the name of its table."""

import pytest

from spark.transform import transform
from spark.transform_error import TransformError


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "spark"
    (folder / "care").mkdir(parents=True)
    return folder


def test_a_function_gets_its_inputs_by_name(spark, root):
    (root / "care/thing.py").write_text("def thing(b, a):\n    return a.exceptAll(b)\n")

    left = transform(spark, root, "care/thing", {"a": spark.range(3), "b": spark.range(2)})

    assert [row.id for row in left.collect()] == [2]


def test_a_select_reads_its_inputs_by_name_and_may_end_in_a_semicolon(spark, root):
    (root / "care/thing.sql").write_text("-- a ; b\nSELECT a.id FROM a JOIN b USING (id);\n")

    both = transform(spark, root, "care/thing", {"a": spark.range(3), "b": spark.range(1)})

    assert [row.id for row in both.collect()] == [0]


def test_a_job_is_read_anew_each_time(spark, root):
    for value in (1, 2):
        (root / "care/thing.py").write_text(
            f"def thing(a):\n    return a.selectExpr('{value} AS id')\n" + "#" * value
        )

        found = transform(spark, root, "care/thing", {"a": spark.range(1)})

        assert [row.id for row in found.collect()] == [value]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (None, r"^spark/care/thing.py \(or .sql\) is missing where the job runs$"),
        (
            "def thing():\n    pass\n",
            r"^spark/care/thing.py returned NoneType; return a DataFrame$",
        ),
    ],
)
def test_a_job_that_is_none_is_refused(spark, root, source, sentence):
    if source:
        (root / "care/thing.py").write_text(source)

    with pytest.raises(TransformError, match=sentence):
        transform(spark, root, "care/thing", {})
