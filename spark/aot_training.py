"""Small jobs that use what real jobs use, so that a JVM can remember the classes for the next."""

import json
from pathlib import Path

from pyspark.sql import SparkSession

from spark.compute import compute
from spark.contract import (
    WHOLE,
    Column,
    Contract,
    LandingColumn,
    LandingSet,
    accepted_values,
    in_range,
    keeps_rows_of,
    newest_within,
)
from spark.contract.code import code_version, job_file
from spark.contract.job import Job, LandingInput, SnapshotInput
from spark.contract.manifest import Manifest

DAYS = ("2025-01-01", "2025-01-02")

_FIELDS = ("event_id", "person_id", "happened_on", "amount_usd", "revised_at")
_EVENTS = Contract(
    key="training/events",
    kind="table",
    grain="One row per event.",
    columns=(
        Column("event_id", "bigint", "The event."),
        Column("person_id", "integer", "Whose it is.", phi="identifier", subject=True),
        Column("happened_on", "date", "Its day."),
        Column("amount_usd", "decimal(9,2)", "What it costs.", nullable=True),
        Column("revised_at", "timestamp", "When it was written."),
        Column("body", "varchar(200)", "What it says.", nullable=True),
    ),
    primary_key=("event_id",),
    partition_by="happened_on",
    sort_by=("person_id", "revised_at"),
    checks=(
        keeps_rows_of("lines", drops=["older revision"]),
        accepted_values("person_id", range(10)),
        in_range("amount_usd", 0, 1000),
        newest_within(2),
    ),
)
_TOTALS = Contract(
    key="training/totals",
    kind="extract",
    grain="One row per person and week.",
    columns=(
        Column("person_id", "integer", "Who."),
        Column("week_starting_on", "date", "The week."),
        Column("events", "bigint", "How many.", nullable=True),
        Column("people", "bigint", "How many people.", nullable=True),
        Column("median_usd", "double precision", "The middle one.", nullable=True),
        Column("amount_usd", "decimal(18,2)", "All together.", nullable=True),
        Column("newest", "varchar(200)", "The newest.", nullable=True),
        Column("is_late", "boolean", "Whether it came late.", nullable=True),
    ),
    primary_key=("person_id", "week_starting_on"),
    sort_by=("week_starting_on",),
)
_TRANSFORMS = {
    "training/events.py": """
from pyspark.sql import Window
from pyspark.sql import functions as F


def events(lines, others):
    revisions = Window.partitionBy("event_id").orderBy(F.desc("revised_at"), F.desc("_source"))
    answers = F.explode_outer(F.from_json("answers", "array<struct<code: string, score: int>>"))
    asked = (
        others.withColumn("answer", answers)
        .groupBy("person_id")
        .agg(F.sum("answer.score").alias("score"), F.first("note", ignorenulls=True).alias("body"))
    )
    return (
        lines.withColumn("revision", F.row_number().over(revisions))
        .withColumn("_dropped", F.when(F.col("revision") > 1, "older revision"))
        .join(asked, "person_id", "left")
        .withColumn("_rejected", F.when(F.col("score") > 90, "score is too high"))
        .drop("revision", "score")
    )
""",
    "training/totals.sql": """
WITH ranked AS (
  SELECT *, lag(amount_usd) OVER (PARTITION BY person_id ORDER BY revised_at) AS previous_usd
  FROM events
), weeks AS (
  SELECT
    person_id,
    CAST(date_trunc('week', happened_on) AS date) AS week_starting_on,
    count(*) AS events,
    count(DISTINCT event_id) AS people,
    percentile(CAST(amount_usd AS double), 0.5) AS median_usd,
    sum(amount_usd - coalesce(previous_usd, 0)) AS amount_usd,
    max_by(upper(body), revised_at) AS newest
  FROM ranked
  GROUP BY ALL
)
SELECT weeks.*, regexp_like(newest, 'LATE') OR silent.person_id IS NOT NULL AS is_late
FROM weeks
LEFT JOIN (SELECT DISTINCT person_id FROM events WHERE amount_usd IS NULL) AS silent
  USING (person_id)
WHERE person_id NOT IN (SELECT person_id FROM events WHERE amount_usd > 900)
UNION ALL
SELECT 99, date '2025-01-06', 0, 0, NULL, NULL, CAST(current_date() AS string), false
ORDER BY week_starting_on
""",
}


def train(session: SparkSession, folder: Path) -> None:
    """Computes a table from landing files, for one day and for two, and an extract of the table."""
    root, lake = folder / "spark", folder / "lake"
    for name, source in _TRANSFORMS.items():
        _write(root / name, source)
    inputs = {
        "lines": LandingInput(_landing("lines", "csv", _FIELDS), _land(folder, "lines", _csv)),
        "others": LandingInput(
            _landing("others", "jsonl", ("person_id", "note", "answers")),
            _land(folder, "others", _jsonl),
        ),
    }
    for attempt, days in (("a", DAYS[:1]), ("b", DAYS)):
        given = {
            name: LandingInput(landed.landing, {day: landed.days[day] for day in days})
            for name, landed in inputs.items()
        }
        job = _job(attempt, _EVENTS, root, lake, days, given)
        written = compute(session, job, root, lambda _: None)
    for attempt in ("c", "d"):
        given = {"events": SnapshotInput(_EVENTS, _published(lake, written))}
        job = _job(attempt, _TOTALS, root, lake, (WHOLE,), given)
        compute(session, job, root, lambda _: None)


def _job(
    attempt: str, contract: Contract, root: Path, lake: Path, partitions: tuple[str, ...], inputs
) -> Job:
    file = job_file(root, contract.key)
    return Job(
        attempt=attempt,
        contract=contract,
        code_version=code_version(root, file) if file else "",
        lake=str(lake),
        data=f"data/{attempt}",
        fingerprints=dict.fromkeys(partitions, "training"),
        manifests={partition: f"manifests/{attempt}/{partition}" for partition in partitions},
        inputs=inputs,
    )


def _published(lake: Path, manifests: list[Manifest]) -> dict[str, tuple[str, ...]]:
    return {
        manifest.partition: tuple(str(lake / file.path) for file in manifest.files)
        for manifest in manifests
    }


def _landing(name: str, form, fields: tuple[str, ...]) -> LandingSet:
    return LandingSet(
        f"landing/training/{name}", form, tuple(LandingColumn(field, "Text.") for field in fields)
    )


def _land(folder: Path, name: str, text) -> dict[str, tuple[str, ...]]:
    paths = {}
    for day in DAYS:
        path = folder / "landing" / "training" / name / day / f"{name}.txt"
        _write(path, text(day))
        paths[day] = (str(path),)
    return paths


def _csv(day: str) -> str:
    lines = [",".join(_FIELDS)]
    for number in range(300):
        stamp = f"{day} 10:{number % 60:02}:00"
        lines.append(f'{day[-2:]}{number // 2},{number % 9},{day},"{number % 700}.5",{stamp}')
    return "\n".join([*lines, "x,1,never,1,", "too,short", ""])


def _jsonl(day: str) -> str:
    answers = json.dumps([{"code": "mood", "score": 3}, {"code": "sleep", "score": 5}])
    lines = [
        json.dumps({"person_id": str(person), "note": f"late {day}", "answers": answers})
        for person in range(8)
    ]
    return "\n".join([*lines, "{broken", ""])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
