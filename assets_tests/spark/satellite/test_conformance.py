"""The same table computed by Spark and without it: the same figures, the same rejects."""

import duckdb
import pytest

from assets_tests.spark.satellite.given import DAILY, DAYS, job_of
from seniorlink_assets.parquet import check_types
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.warehouses.redshift.footers import footers
from seniorlink_assets.warehouses.redshift.preflight import preflight
from spark.compute import compute as compute_on_spark
from spark.contract.manifest import DataFile
from spark.landing import READ_CONF
from spark.satellite.compute import compute

ON_SPARK = """
from pyspark.sql import functions as F


def thing(lines):
    dropped = F.when(F.col("thing_id") == "0", "older")
    return lines.withColumn("_dropped", dropped).withColumn(
        "_rejected", F.when(F.col("kind") == "bad", "kind is bad")
    )
"""
WITHOUT_SPARK = """
def thing(lines):
    for line in lines:
        dropped = "older" if line["thing_id"] == "0" else None
        rejected = "kind is bad" if line["kind"] == "bad" else None
        yield {**line, "_dropped": dropped, "_rejected": rejected}
"""
ITS_OWN = ("attempt", "code_version", "spark_version", "content", "seconds", "files")


@pytest.fixture(scope="module")
def computed(spark, tmp_path_factory):
    """Manifests by day of both, and the home that both have written to."""
    home = tmp_path_factory.mktemp("home")
    before = {key: spark.conf.get(key) for key in READ_CONF}
    for key, value in READ_CONF.items():
        spark.conf.set(key, value)
    job, root = job_of(home, "spark", ON_SPARK)
    on_spark = compute_on_spark(spark, job, root, lambda _: None)
    for key, value in before.items():
        spark.conf.set(key, value)
    job, root = job_of(home, "satellite", WITHOUT_SPARK)
    without = compute(job, root, home / "scratch", lambda _: None)
    return home, on_spark, without


def figures(manifest):
    fields = vars(manifest)
    return {name: fields[name] for name in fields if name not in (*ITS_OWN, "reject_files")}


def rows(home, files):
    paths = [str(home / "lake" / file.path) for file in files]
    columns = ", ".join(f'"{name}"::VARCHAR' for name in DAILY.column_names)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        found = connection.execute(f"SELECT {columns} FROM read_parquet(?)", [paths])
        return sorted(found.fetchall(), key=str)


def written(frame, folder):
    """The footers of what Spark writes."""
    frame.coalesce(1).write.parquet(f"{folder}/lake/x")
    files = (folder / "lake").rglob("*.parquet")
    given = [DataFile(str(f.relative_to(folder / "lake")), f.stat().st_size) for f in files]
    return footers(DiskStorage(folder / "lake"), given)


def test_both_commit_the_same_figures(computed):
    _, on_spark, without = computed

    assert [figures(manifest) for manifest in without] == [
        figures(manifest) for manifest in on_spark
    ]
    assert [manifest.rows for manifest in without] == [4, 1, 0]
    assert [bool(manifest.files) for manifest in without] == [
        bool(manifest.files) for manifest in on_spark
    ]


def test_both_write_the_same_rows_and_reject_the_same(computed):
    home, on_spark, without = computed

    for ours, theirs in zip(without, on_spark, strict=True):
        if ours.files:
            assert rows(home, ours.files) == rows(home, theirs.files)
        with duckdb.connect() as connection:
            kept = [
                connection.execute(
                    "SELECT partition, source_file, source_line, reason, row FROM read_parquet(?) "
                    "ORDER BY ALL",
                    [[str(home / "lake" / file.path) for file in manifest.reject_files]],
                ).fetchall()
                for manifest in (ours, theirs)
                if manifest.reject_files
            ]
        assert len(kept) in (0, 2)
        assert not kept or kept[0] == kept[1]


def test_a_destination_takes_what_a_satellite_writes_for_what_spark_writes(computed):
    home, on_spark, without = computed

    for manifest in (on_spark[0], without[0]):
        with duckdb.connect() as connection:
            check_types(
                connection, DAILY, [str(home / "lake" / file.path) for file in manifest.files]
            )


def test_copy_takes_rows_and_rejects_as_both_write_them(computed):
    home, *both = computed

    for manifests in both:
        lake = DiskStorage(home / "lake")
        snapshots = [Snapshot(lake.url, "its/place", manifest) for manifest in manifests]
        assert preflight(DAILY, snapshots, lake).files == 3


def test_copy_finds_the_type_that_spark_was_asked_for(spark, tmp_path):
    kinds = {
        "smallint": "smallint",
        "int": "integer",
        "bigint": "bigint",
        "decimal(9,2)": "decimal(9,2)",
        "decimal(18,2)": "decimal(18,2)",
        "decimal(38,8)": "decimal(38,8)",
        "string": "varchar",
    }
    casts = ", ".join(f"CAST(1 AS {kind}) AS c{place}" for place, kind in enumerate(kinds))

    (footer,) = written(spark.sql(f"SELECT {casts}"), tmp_path)

    assert [column.kind for column in footer.columns] == [*kinds.values()]


def test_copy_is_not_given_timestamps_of_the_old_kind(spark, tmp_path):
    spark.conf.set("spark.sql.parquet.outputTimestampType", "INT96")
    (footer,) = written(spark.sql("SELECT TIMESTAMP '2025-01-01 00:00:00' AS c"), tmp_path)
    spark.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")

    assert "(INT96)" in footer.columns[0].kind


def test_spark_reads_what_a_satellite_writes_as_its_own(spark, computed):
    from spark.inputs import schema_of

    home, on_spark, without = computed

    read = [
        spark.read.schema(schema_of(DAILY))
        .parquet(*(str(home / "lake" / file.path) for file in manifest.files))
        .collect()
        for manifest in (on_spark[0], without[0])
    ]

    assert sorted(map(str, read[0])) == sorted(map(str, read[1]))
    assert len(read[0]) == 4
    assert DAYS[0] == on_spark[0].partition
