"""The version of a job's code follows what it imports, and nothing else."""

import pytest

from spark.contract.code import code_version, job_file


@pytest.fixture
def root(tmp_path):
    """A folder `spark` with a job, what it imports, and what it does not."""
    files = {
        "__init__.py": "",
        "care/thing.py": "from pyspark.sql import functions\nfrom spark.shared import names\n",
        "care/other.sql": "SELECT 1",
        "shared/__init__.py": "",
        "shared/names.py": "import spark.words\n",
        "words.py": "from spark import words  # itself\n",
        "unused.py": "",
    }
    root = tmp_path / "spark"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    "changed", ["care/thing.py", "shared/__init__.py", "shared/names.py", "words.py"]
)
def test_the_version_changes_with_the_job_and_all_it_imports(root, changed):
    before = code_version(root, root / "care/thing.py")

    (root / changed).write_text((root / changed).read_text() + "# changed\n")

    assert code_version(root, root / "care/thing.py") != before


@pytest.mark.parametrize("changed", ["unused.py", "__init__.py", "care/other.sql"])
def test_the_version_does_not_change_with_anything_else(root, changed):
    before = code_version(root, root / "care/thing.py")

    (root / changed).write_text("# changed\n")

    assert code_version(root, root / "care/thing.py") == before


def test_the_version_is_the_same_in_another_checkout(root, tmp_path):
    before = code_version(root, root / "care/thing.py")

    moved = (tmp_path / "elsewhere").resolve()
    moved.mkdir()
    root.rename(moved / "spark")

    assert code_version(moved / "spark", moved / "spark/care/thing.py") == before


def test_a_relative_import_is_refused_for_it_would_not_be_followed(root):
    (root / "care/thing.py").write_text("from . import words\n")

    with pytest.raises(SyntaxError, match=r"spark/care/thing.py, line 1: import from spark by its"):
        code_version(root, root / "care/thing.py")


def test_a_job_is_python_or_sql(root):
    assert job_file(root, "care/thing") == root / "care/thing.py"
    assert job_file(root, "care/other") == root / "care/other.sql"
    assert job_file(root, "care/nothing") is None
