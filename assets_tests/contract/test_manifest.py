"""A manifest becomes visible at once, and once only."""

from pathlib import Path

import pytest

from spark.contract.manifest import FILE_NAME, DataFile, Manifest, ManifestError
from spark.files import LocalFiles

CREATE = LocalFiles().create

MANIFEST = Manifest(
    key="care/things",
    partition="2025-01-01",
    fingerprint="f1",
    attempt="a1",
    code_version="c0de",
    spark_version="4",
    files=(DataFile("snapshots/a.parquet", 7), DataFile("snapshots/b.parquet", 5)),
    rows=3,
    rejects=1,
    reject_files=(DataFile("snapshots/r.parquet", 2),),
    reject_reasons={"é": 1},
    sums={"amount_usd": "1.50"},
)


def test_a_manifest_is_read_as_it_was_committed(tmp_path):
    path = Path(MANIFEST.commit(CREATE, str(tmp_path / "new" / "folder")))

    assert path == tmp_path / "new" / "folder" / FILE_NAME
    assert Manifest.read(path) == MANIFEST
    assert MANIFEST.bytes == 12


def test_the_second_commit_loses_and_leaves_nothing_behind(tmp_path):
    MANIFEST.commit(CREATE, str(tmp_path))
    other = Manifest(**{**MANIFEST.__dict__, "rows": 99})

    with pytest.raises(FileExistsError):
        other.commit(CREATE, str(tmp_path))

    assert Manifest.read(tmp_path / FILE_NAME).rows == 3
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_manifest_that_is_not_there_says_so(tmp_path):
    with pytest.raises(ManifestError, match="is missing; the job did not commit"):
        Manifest.read(tmp_path / FILE_NAME)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"{}", b'{"files": 1}', b"\xff"])
def test_what_is_no_manifest_is_refused(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)

    with pytest.raises(ManifestError, match=r"is not a manifest \(\w+\); delete its folder"):
        Manifest.read(tmp_path / FILE_NAME)
