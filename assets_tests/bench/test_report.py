"""The file of all samples: rows are measured by themselves, and kept."""

import json

from assets_tests.bench.comparison import Comparison
from assets_tests.bench.report import save
from assets_tests.bench.sizes import sizes


def test_a_row_that_is_measured_by_itself_leaves_the_other_rows_as_they_were(tmp_path):
    path = tmp_path / "results.json"
    slow, fast = [Comparison("a load", [2.0], [1.0])], [Comparison("a load", [1.0], [1.0])]
    save(path, {"load": slow, "rerun": slow}, sizes(), {"cores": 2}, {"commit": "a"})

    save(path, {"load": fast}, sizes(), {"cores": 2}, {"commit": "b"})

    found = json.loads(path.read_text())
    assert found["load"]["versions"] == {"commit": "b"}
    assert found["load"]["comparisons"][0]["ratio"] == 1.0
    assert found["rerun"]["versions"] == {"commit": "a"}
    assert found["rerun"]["comparisons"][0]["ratio"] == 2.0
