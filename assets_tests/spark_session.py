"""One Spark session for all transforms, and rows as the runner hands them to a job."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from spark.contract.jvm import Jvm

_BUCKETS = count(1)


@pytest.fixture(scope="session")
def spark(
    jvm_settings: tuple[Jvm, Mapping[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    from spark.gateway import start_gateway
    from spark.session import start_session

    folder = tmp_path_factory.mktemp("spark")
    settings, environment = jvm_settings
    jvm = start_gateway(settings, folder, environment)
    jvm.connect()
    session = start_session(
        "tests",
        {
            "spark.master": "local[2]",
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "1",
            "spark.executorEnv.PYTHONPATH": str(Path(__file__).parents[1]),
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
        },
    )
    yield session
    session.stop()
    jvm.process.stdin.close()
    jvm.process.wait()


@pytest.fixture
def bucket(spark: Any, tmp_path: Path) -> str:
    """The URL of a store, which lies in the folder `bucket` of `tmp_path`."""
    name = f"bucket-{next(_BUCKETS)}"
    folder = tmp_path / "bucket"
    folder.mkdir()
    settings = spark.sparkContext._jsc.hadoopConfiguration()
    for setting, value in store_conf(name, folder).items():
        settings.set(setting, value)
    return f"s3://{name}"


@pytest.fixture(params=["folder", "store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a job's files lie: a folder, or a store that only Spark knows."""
    if request.param == "folder":
        return str(tmp_path)
    return f"{request.getfixturevalue('bucket')}/some prefix"


def store_conf(bucket: str, folder: Path) -> dict[str, str]:
    """What lets Hadoop take a folder for a bucket of S3."""
    return {
        "fs.s3.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        f"fs.viewfs.mounttable.{bucket}.linkFallback": f"file://{folder}",
    }


@pytest.fixture
def landing(spark: Any) -> Callable[..., Any]:
    """A landing input: `landing("note_id, mood", [("1", "4"), ...], day="2025-01-02")`.

    Every column is text; row n stands in line n + 1 of one file of that day.
    """

    def rows(columns: str, values: Sequence[tuple], day: str = "2025-01-02") -> Any:
        names = [name.strip() for name in columns.split(",")]
        schema = ", ".join(f"{name} string" for name in names)
        source = "_source struct<file: string, line: bigint, day: string>"
        return spark.createDataFrame(
            [
                (*row, (f"landing/test/{day}/rows.csv", line, day))
                for line, row in enumerate(values, 1)
            ],
            f"{schema}, {source}",
        )

    return rows


@pytest.fixture
def run_sql(spark: Any) -> Callable[..., Any]:
    """What a SQL job makes of DataFrames by input name: `run_sql("finance/costs", claims=df)`."""

    def run(key: str, **inputs: Any) -> Any:
        for name, frame in inputs.items():
            frame.createOrReplaceTempView(name)
        job = Path(__file__).parents[1] / "spark" / f"{key}.sql"
        return spark.sql(job.read_text(encoding="utf-8"))

    return run
