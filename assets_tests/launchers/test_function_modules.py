"""A Python function that Spark calls finds the modules of its job's checkout."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets_tests.launchers.jobs import Jobs
from assets_tests.launchers.places import LOCAL
from seniorlink_assets.launchers.local import LocalLauncher

MODULE = """
FACTOR = {factor}

def times(number):
    return FACTOR * number
"""
CALLS_IT = """
from pyspark.sql.functions import udf
from spark.trial.product import times

rows = spark.range(3).select(udf(times, "bigint")("id").alias("product")).collect()
found["products"] = [row.product for row in rows]
"""


@pytest.fixture(scope="module", params=LOCAL)
def launcher(request, tmp_path_factory) -> Iterator[LocalLauncher]:
    with LOCAL[request.param].opened(tmp_path_factory.mktemp("place")) as launcher:
        yield launcher


def jobs(folder: Path, launcher: LocalLauncher, factor: int) -> Jobs:
    folder.mkdir()
    made = Jobs(folder, launcher)
    made.checkout.write_job("trial/product", MODULE.format(factor=factor))
    return made


def test_a_function_is_found_in_the_checkout_of_its_job(launcher, tmp_path):
    doubles = jobs(tmp_path / "doubles", launcher, 2).run(CALLS_IT)
    trebles = jobs(tmp_path / "trebles", launcher, 3).run(CALLS_IT)

    assert doubles.found["products"] == [0, 2, 4]
    assert trebles.found["products"] == [0, 3, 6]
