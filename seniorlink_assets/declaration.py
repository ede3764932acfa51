"""From a declaration to an asset: what all ways to declare one share."""

import ast
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from seniorlink_assets.automation_condition import when_inputs_change
from seniorlink_assets.calendar import DAYS
from seniorlink_assets.catalogue import Declared, Satellite, known, remember
from seniorlink_assets.fingerprint import table_version
from seniorlink_assets.key import KeyRefused, check_key
from seniorlink_assets.materialize import materialize
from seniorlink_assets.sentence import SentenceError
from spark.contract import Contract, ContractError, LandingSet
from spark.contract.code import code_version, job_file, modules
from spark.contract.objects import tables_read

Input = dg.AssetsDefinition | dg.AssetSpec

EXTRACTS = "tableau"
"""The folder of all extracts: a .hyper file is called by the second half of its key alone."""

_MOST_RETRIES = 10
_FIRST_PAUSE_SECONDS = 10

_LONGEST_ON_LAMBDA = timedelta(minutes=15)

_PLATFORM = Path(__file__).parent
_SQL_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class DeclarationError(SentenceError):
    """A declaration that is wrong: names its file, the field and the remedy."""


def declare(
    contract: Mapping[str, Any],
    *,
    inputs: Sequence[Input],
    spark_conf: Mapping[str, str],
    freshness: timedelta | None,
    timeout: timedelta | None,
    retries: int,
    automation: dg.AutomationCondition | None,
    kinds: set[str],
    description: str,
    owners: Sequence[str],
    tags: Mapping[str, str],
    satellite: Satellite | None = None,
) -> dg.AssetsDefinition:
    """The asset that keeps this contract; DeclarationError if it cannot be kept."""
    file, line = _caller()
    try:
        table = _declared(file, contract, inputs, spark_conf, timeout, satellite)
        retry_policy = _retry_policy(retries)
    except ContractError as error:
        raise DeclarationError(f"{_shown(file)}: {error}") from error
    except SyntaxError as error:
        raise DeclarationError(
            f"{_shown(file)}: job: {error.filename}, line {error.lineno}: {error.msg}; correct it"
        ) from error
    remember(table)

    @dg.asset(
        key=table.asset_key,
        description=description.strip(),
        deps=list(inputs),
        kinds={*kinds, satellite or "spark", "sql" if table.job.suffix == ".sql" else "python"},
        group_name=table.contract.schema,
        owners=owners,
        tags=tags,
        code_version=table_version(table),
        partitions_def=DAYS if table.contract.partition_by else None,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool="spark",
        required_resource_keys={"environment"},
        automation_condition=automation or when_inputs_change(table),
        retry_policy=retry_policy,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=freshness)
        if freshness
        else None,
        check_specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=table.asset_key,
                description=check.meaning,
                blocking=check.blocking,
            )
            for check in table.contract.all_checks
        ],
        metadata=_metadata(table, file, line),
    )
    def asset(context: dg.AssetExecutionContext):
        yield from materialize(context, table, context.resources.environment)

    return asset


def _caller() -> tuple[Path, int]:
    frame = sys._getframe(1)  # noqa: SLF001
    while frame.f_back is not None and Path(frame.f_code.co_filename).parent == _PLATFORM:
        frame = frame.f_back
    return Path(frame.f_code.co_filename).resolve(), frame.f_lineno


def _retry_policy(retries: int) -> dg.RetryPolicy | None:
    """Only what may succeed when it is tried again is; each time after a longer, uneven pause."""
    if retries not in range(_MOST_RETRIES + 1):
        raise ContractError(f"retries: {retries} is not from 0 to {_MOST_RETRIES}; choose one")
    if not retries:
        return None
    return dg.RetryPolicy(
        max_retries=retries,
        delay=_FIRST_PAUSE_SECONDS,
        backoff=dg.Backoff.EXPONENTIAL,
        jitter=dg.Jitter.PLUS_MINUS,
    )


def _declared(
    file: Path,
    contract: Mapping[str, Any],
    inputs: Sequence[Input],
    conf: Mapping[str, str],
    timeout: timedelta | None,
    satellite: Satellite | None,
) -> Declared:
    if timeout is not None and timeout <= timedelta(0):
        raise ContractError(f"timeout: {timeout} is no time; write how long one job may take")
    if satellite == "lambda" and timeout is not None and timeout > _LONGEST_ON_LAMBDA:
        raise ContractError(
            f"timeout: {timeout} is longer than Lambda lets anything take (15 minutes); give it "
            "less, or declare it with satellite_on_ecs()"
        )
    key = contract["key"]
    root = _checkout(file, key)
    promised = Contract(**contract)
    if promised.kind == "extract" and promised.schema != EXTRACTS:
        raise ContractError(f"key: {key!r} is an extract; call it {EXTRACTS}/{promised.name}")
    named = _named(inputs)
    for check in promised.checks:
        counted = (check.parameters or {}).get("input")
        if check.kind == "keeps_rows_of" and counted not in named:
            raise ContractError(
                f"checks: keeps_rows_of({counted!r}) is about no input; use one of "
                + ", ".join(named)
            )
    _check_views(promised, named)
    job = job_file(root / "spark", key)
    if job is None:
        raise ContractError(f"job: spark/{key}.py (or .sql) is missing; write the transform there")
    _check_job(job, promised.name, [*named], root)
    version = code_version(root / "spark", job)
    if satellite is not None:
        _check_satellite(job, root, conf)
    return Declared(promised, named, root, job, version, conf, timeout, satellite)


def _checkout(file: Path, key: str) -> Path:
    try:
        check_key(key)
    except KeyRefused as error:
        raise ContractError(f"key: {error}") from error
    place = Path("seniorlink_assets", "defs", f"{key}.py")
    if file.parts[-len(place.parts) :] != place.parts:
        raise ContractError(f"key: {key!r} belongs in {place}; move the file or change the key")
    return file.parents[len(place.parts) - 1]


def _named(inputs: Sequence[Input]) -> dict[str, Declared | LandingSet]:
    if not inputs:
        raise ContractError("inputs: there is none; import what the job reads and list it")
    named: dict[str, Declared | LandingSet] = {}
    for given in inputs:
        key = given.key.to_user_string() if isinstance(given, Input) else None
        found = known(key) if key else None
        if found is None:
            raise ContractError(
                f"inputs: {key or given!r} is no known asset; "
                "pass what landing_set() or redshift_table() returned"
            )
        name = found.key.split("/")[-1]
        if name in named:
            raise ContractError(
                f"inputs: {found.key} and {named[name].key} would both be the parameter {name!r}; "
                "rename one of them"
            )
        named[name] = found
    return named


def _check_views(contract: Contract, inputs: Mapping[str, Declared | LandingSet]) -> None:
    """A view reads what is in the warehouse by then: its table, and what that one reads."""
    readable = [f"{contract.schema}.{contract.name}"]
    readable += [
        f"{given.contract.schema}.{given.contract.name}"
        for given in inputs.values()
        if isinstance(given, Declared)
    ]
    for view, text in contract.views.items():
        if known(view.replace(".", "/")):
            raise ContractError(f"views: {view!r} is the name of a table; call it something else")
        unread = sorted(tables_read(text) - {*readable})
        if unread:
            raise ContractError(
                f"views: {view!r} reads {unread[0]}, but may read {', '.join(readable)} only; "
                "make that an input, or leave it out"
            )


def _check_job(job: Path, name: str, inputs: list[str], root: Path) -> None:
    shown = job.relative_to(root)
    source = job.read_text(encoding="utf-8")
    if job.suffix == ".sql":
        words = set(re.findall(r"\w+", _SQL_COMMENT.sub(" ", source)))
        unread = [given for given in inputs if given not in words]
        if unread:
            raise ContractError(f"inputs: {shown} does not read {', '.join(unread)}; drop it here")
        return
    functions = [
        node
        for node in ast.parse(source, str(shown)).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    if not functions:
        raise ContractError(f"job: {shown} has no function {name}({', '.join(inputs)}); write it")
    taken = functions[-1].args
    parameters = [argument.arg for argument in (*taken.args, *taken.kwonlyargs)]
    if sorted(parameters) != sorted(inputs):
        raise ContractError(
            f"inputs: {shown} takes ({', '.join(parameters)}) but the inputs are "
            f"({', '.join(inputs)}); make them the same"
        )


def _check_satellite(job: Path, root: Path, conf: Mapping[str, str]) -> None:
    shown = job.relative_to(root)
    if conf:
        raise ContractError(
            f"spark_conf: a satellite has no Spark that could take {', '.join(conf)}; leave it "
            "out, or declare it with redshift_table()"
        )
    if job.suffix == ".sql":
        raise ContractError(
            f"job: {shown} is SQL, but a satellite is a Python function; write "
            f"{shown.with_suffix('.py')}"
        )
    absent = sorted({*modules(root / "spark", job)} & {"pyspark", "py4j", "dagster"})
    if absent:
        raise ContractError(
            f"job: {shown}, or what it imports, imports {' and '.join(absent)}, which a satellite "
            "does not have; compute with plain Python, or declare it with redshift_table()"
        )


def _metadata(table: Declared, file: Path, line: int) -> dict[str, Any]:
    references: list[Any] = [
        dg.LocalFileCodeReference(file_path=str(file), line_number=line, label="declaration"),
        dg.LocalFileCodeReference(file_path=str(table.job), line_number=1, label="job"),
    ]
    contract = table.contract
    return {
        "dagster/table_name": f"{contract.schema}.{contract.name}",
        "dagster/column_schema": _column_schema(contract),
        "dagster/code_references": dg.CodeReferencesMetadataValue(code_references=references),
        "grain": contract.grain,
        "primary_key": ", ".join(contract.primary_key),
        **({"distribute_by": contract.distribute_by} if contract.distribute_by else {}),
        **({"distribute": contract.distribute} if contract.distribute != "auto" else {}),
        **({"sort_by": ", ".join(contract.sort_by)} if contract.sort_by else {}),
        **({"interleaved": True} if contract.interleaved else {}),
        **({"readers": ", ".join(contract.readers)} if contract.readers else {}),
        **({"views": ", ".join(contract.views)} if contract.views else {}),
    }


def _column_schema(contract: Contract) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(
                column.name,
                column.type,
                column.meaning,
                constraints=dg.TableColumnConstraints(
                    nullable=column.nullable, unique=contract.primary_key == (column.name,)
                ),
                tags={
                    **({"phi": column.phi} if column.phi else {}),
                    **({"subject": "true"} if column.subject else {}),
                },
            )
            for column in contract.columns
        ]
    )


def _shown(file: Path) -> str:
    """The path below the checkout, which is what a person types."""
    parts = file.parts
    if _PLATFORM.name not in parts:
        return str(file)
    # A checkout may well have the package's name too: the last one counts.
    start = len(parts) - 1 - parts[::-1].index(_PLATFORM.name)
    return str(Path(*parts[start:]))
