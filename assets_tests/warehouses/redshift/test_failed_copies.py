"""COPYs that really fail on a double of Redshift, and what a person is told of them."""

from dataclasses import replace

import pytest

from assets_tests.doubles.aws.running import BUCKET
from assets_tests.storages import in_bucket
from assets_tests.warehouses.redshift.amazon import CLUSTER, WORKGROUP, amazon  # noqa: F401
from assets_tests.warehouses.redshift.parquet import FOLDER, contract, parquet, snapshot
from assets_tests.warehouses.redshift.signed import SignedLogins
from seniorlink_assets.destination import DestinationError
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.warehouses.redshift.data_api import DataApi
from seniorlink_assets.warehouses.redshift.driver import RedshiftDriver
from seniorlink_assets.warehouses.redshift.loading import Loading
from seniorlink_assets.warehouses.redshift.names import Names
from seniorlink_assets.warehouses.redshift.preparing import prepare
from seniorlink_assets.warehouses.redshift.transport import Tag
from spark.contract import Column

NOTES = contract(
    Column("note_id", "bigint", "Which."),
    Column("mood", "integer", "How.", nullable=True),
    Column("cost", "decimal(12,2)", "How much.", nullable=True),
    Column("noted_at", "timestamp", "When.", nullable=True),
    Column("said", "varchar(256)", "What.", nullable=True, phi="free_text"),
)
FINE = {
    "note_id": "1::BIGINT",
    "mood": "2::INTEGER",
    "cost": "3::DECIMAL(12, 2)",
    "noted_at": "TIMESTAMP '2024-01-01'",
    "said": "'secret'",
}
TAG = Tag("0a0a0a0a", NOTES.key)
ROLE = "arn:aws:iam::123456789012:role/redshift-copy"


@pytest.fixture
def lake(aws, redshift):
    redshift.read_from(aws.url)
    return in_bucket(aws)


@pytest.fixture
def session(redshift, redshift_database):
    transport = RedshiftDriver(SignedLogins(redshift), redshift_database)
    with transport.session(TAG) as session:
        prepare(session, NOTES)
        yield session


def select(**columns):
    chosen = {**FINE, **columns}
    return parquet("SELECT " + ", ".join(f"{value} AS {name}" for name, value in chosen.items()))


def load(session, given, lake, tag=TAG):
    Loading(session, tag, Names(NOTES, tag.run_id), [given], lake, ROLE).load()


def refusal(session, given, lake, tag=TAG):
    with pytest.raises(DestinationError) as told:
        load(session, given, lake, tag)
    return told.value


def test_files_that_fit_are_loaded(session, lake):
    load(session, snapshot(lake, select()), lake)


@pytest.mark.parametrize(
    ("wrong", "column", "told"),
    [
        ({"mood": "2::BIGINT"}, "mood", "mood is int64 in the file but INTEGER in the table"),
        (
            {"cost": "3::DECIMAL(14, 2)"},
            "cost",
            "cost is decimal(14,2) in the file but NUMERIC(12,2) in the table",
        ),
        (
            {"noted_at": "TIME '10:00'"},
            "noted_at",
            "noted_at is int64 (TIME_MICROS) in the file but TIMESTAMP in the table",
        ),
        (
            {"said": "repeat('é', 150)"},
            "said",
            "said has a text of 300 bytes but is varchar(256) in the table",
        ),
        ({"note_id": "NULL::BIGINT"}, "note_id", "note_id is NULL in a row but NOT NULL"),
    ],
    ids=["int64", "precision", "time", "bytes", "NULL"],
)
def test_a_file_that_does_not_fit_is_named_with_its_column(session, lake, wrong, column, told):
    error = refusal(session, snapshot(lake, select(), select(**wrong)), lake)

    assert str(error).startswith(f"care/daily_notes was not loaded: {told}")
    assert error.details["file"] == f"{FOLDER}/part-1.parquet"
    assert error.details["column"] == column
    assert "secret" not in f"{error}{error.details}"
    assert not error.transient


def test_another_number_of_columns_is_told(session, lake):
    error = refusal(session, snapshot(lake, parquet("SELECT 1::BIGINT AS note_id")), lake)

    assert "the file has 1 columns but the table 5" in str(error)
    assert error.details["file"] == f"{FOLDER}/part-0.parquet"


def test_a_file_that_is_gone_is_told(session, lake):
    given = snapshot(lake, select(), select())
    lake.remove([f"{FOLDER}/part-1.parquet"])

    error = refusal(session, given, lake)

    assert "a file that its manifest for COPY names is not in the lake" in str(error)
    assert error.details["file"] == f"{FOLDER}/part-1.parquet"


def test_a_file_of_another_size_is_told(session, lake):
    given = snapshot(lake, select())
    (file,) = given.manifest.files
    wrong = replace(given.manifest, files=(replace(file, bytes=file.bytes + 1),))

    error = refusal(session, replace(given, manifest=wrong), lake)

    assert "a file has another size than its manifest for COPY says" in str(error)
    assert error.details["file"] == f"{FOLDER}/part-0.parquet"


def test_a_lake_that_redshift_may_not_read_is_told_with_the_rights(aws, session, lake):
    given = snapshot(lake, select())
    aws.faults.order("deny", service="s3", operation="GetObject")

    error = refusal(session, given, lake)

    assert f"the role {ROLE} may not read {lake.url}; allow it s3:GetObject there" in str(error)
    assert f"the bucket {BUCKET}" in error.details["remedy"]


def test_a_failure_of_before_is_not_taken_for_one_of_now(redshift, redshift_database, lake):
    transport = RedshiftDriver(SignedLogins(redshift), redshift_database)
    wrong = snapshot(lake, select(mood="2::BIGINT"))
    with transport.session(TAG) as session:
        prepare(session, NOTES)
        before = refusal(session, wrong, lake)
    lake.remove([f"{FOLDER}/part-0.parquet"])

    later = replace(TAG, run_id="0b0b0b0b")
    with transport.session(later) as session:
        now = refusal(session, wrong, lake, tag=later)

    assert "mood is int64" in str(before)
    assert "is not in the lake" in str(now)


def test_the_data_api_tells_the_same(amazon, redshift, redshift_database, lake):  # noqa: F811
    amazon.redshift(redshift, cluster=CLUSTER, workgroup=WORKGROUP)
    with DataApi(Aws(), redshift_database, workgroup=WORKGROUP).session(TAG) as session:
        prepare(session, NOTES)
        error = refusal(session, snapshot(lake, select(said="repeat('x', 300)")), lake)

    assert "said has a text of 300 bytes but is varchar(256) in the table" in str(error)
    assert error.details["file"] == f"{FOLDER}/part-0.parquet"
