"""The jobs that a JVM is trained with run to their end, as real ones do."""

from spark.aot_training import train
from spark.contract.manifest import FILE_NAME, Manifest


def test_the_training_commits_what_real_jobs_would(spark, tmp_path):
    train(spark, tmp_path)

    manifests = [Manifest.read(path) for path in (tmp_path / "lake").rglob(FILE_NAME)]
    assert sorted(manifest.key for manifest in manifests) == [
        *["training/events"] * 3,
        *["training/totals"] * 2,
    ]
    assert all(manifest.rows for manifest in manifests)
