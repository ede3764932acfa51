"""A small table with every type, dirt and reason, for a satellite and for Spark to compute."""

from pathlib import Path

from spark.contract import (
    Column,
    Contract,
    LandingColumn,
    LandingSet,
    accepted_values,
    in_range,
    keeps_rows_of,
    mostly_present,
)
from spark.contract.code import code_version
from spark.contract.job import Job, LandingInput, SnapshotInput

DAYS = ["2025-01-01", "2025-01-02", "2025-01-03"]
FIELDS = ("thing_id", "seen_on", "kind", "amount_usd", "weight", "is_new", "seen_at", "extra")
LINES = LandingSet(
    "landing/app/lines", "csv", tuple(LandingColumn(name, "As it is.") for name in FIELDS)
)
KINDS = Contract(
    key="care/kinds",
    kind="table",
    grain="One row per kind.",
    columns=(Column("kind", "varchar(5)", "Which."), Column("at", "timestamp", "When.")),
    primary_key=("kind",),
)
DAILY = Contract(
    key="care/thing",
    kind="table",
    grain="One row per thing.",
    columns=(
        Column("thing_id", "bigint", "Which thing."),
        Column("seen_on", "date", "When."),
        Column("kind", "varchar(5)", "Of which kind.", nullable=True),
        Column("amount_usd", "decimal(6,2)", "What it costs.", nullable=True),
        Column("weight", "double precision", "How heavy.", nullable=True),
        Column("is_new", "boolean", "Whether it is new.", nullable=True),
        Column("seen_at", "timestamp", "The moment.", nullable=True),
        Column("extra", "super", "The rest.", nullable=True),
    ),
    primary_key=("thing_id",),
    partition_by="seen_on",
    sort_by=("seen_on", "kind"),
    checks=(
        keeps_rows_of("lines", drops=["older", "never"]),
        accepted_values("kind", ["new", "old"]),
        in_range("amount_usd", 0, 10),
        in_range("seen_on", "2025-01-01", "2025-01-02"),
        mostly_present("weight", 0.5),
    ),
)
FILES = {
    "2025-01-01": (
        "1,2025-01-01,new,1.50,1e-3,t,2025-01-01T10:00:00.5Z,{}\n"
        '2,2025-01-01,old,-0.25,,no,2025-01-01 10:00:00-05:00,"{""a"": [1]}"\n'
        "1,2025-01-01,,10.01,NaN,,,null\n"
        "9,2025-01-01,elder,,,,,\n"
    ),
    "2025-01-02": (
        "x,2025-01-02,new,1,1,1,,\n"
        "1,2025-01-01,new,1,1,1,,\n"
        "3,2025-01-02\n"
        "\n"
        "0,2025-01-02,,,,,,\n"
        "4,2025-01-02,new,1.005,1,1,,\n"
        "5,2025-01-02,longer,1,1,1,,\n"
        "6,2025-01-02,new,1,heavy,1,,\n"
        "7,2025-01-02,new,1,1,maybe,,\n"
        "8,2025-01-02,new,1,1,1,today,\n"
        "9,2025-01-02,new,1,1,1,,{\n"
        '10,2025-01-02,"a ""b""",,,,,\n'
        "11,2025-01-02,bad,,,,,\n"
        "12,,new,,,,,\n"
    ),
    "2025-01-03": "",
}


def landed(home: Path) -> dict[str, tuple[str, ...]]:
    """The landing files by day, once they are written."""
    written = {}
    for day, lines in FILES.items():
        file = home / "landing" / "app" / "lines" / day / "lines.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{','.join(FIELDS)}\n{lines}" if lines else "", encoding="utf-8")
        written[day] = (str(file),)
    return written


def job_of(
    home: Path,
    attempt: str,
    source: str,
    contract: Contract = DAILY,
    partitions: list[str] | None = None,
    kinds: tuple[str, ...] = (),
) -> tuple[Job, Path]:
    """A job whose function is `source`, and the folder that holds it."""
    root = home / attempt / "spark"
    file = root / f"{contract.key}.py"
    file.parent.mkdir(parents=True)
    file.write_text(source, encoding="utf-8")
    parts = partitions or DAYS
    days = landed(home)
    given = {"kinds": SnapshotInput(KINDS, {"all": kinds})} if kinds else {}
    job = Job(
        attempt=attempt,
        contract=contract,
        code_version=code_version(root, file),
        lake=str(home / "lake"),
        data=f"data/{attempt}",
        fingerprints={part: f"f-{part}" for part in parts},
        manifests={part: f"{part}/{attempt}" for part in parts},
        inputs={
            "lines": LandingInput(LINES, {part: days[part] for part in parts if part in days}),
            **given,
        },
    )
    return job, root
