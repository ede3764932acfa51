"""One Spark session for all transforms, and rows as the runner hands them to a job."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from seniorlink_assets import catalogue


@pytest.fixture(autouse=True)
def catalogue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test declares is forgotten after it."""
    monkeypatch.setattr(catalogue, "_by_key", {**catalogue._by_key})


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from seniorlink_assets.launchers.aot import cache_options
    from seniorlink_assets.launchers.java import java
    from spark.contract.jvm import Jvm
    from spark.gateway import start_gateway
    from spark.session import start_session

    folder = tmp_path_factory.mktemp("spark")
    runtime = java()
    options = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *cache_options(runtime))
    settings = Jvm(str(runtime.executable), str(runtime.jars), "1g", options)
    jvm = start_gateway(settings, folder, runtime.environment)
    jvm.connect()
    session = start_session(
        "tests",
        {
            "spark.master": "local[2]",
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "1",
            "spark.local.dir": str(folder),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
        },
    )
    yield session
    session.stop()
    jvm.process.stdin.close()
    jvm.process.wait()


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
