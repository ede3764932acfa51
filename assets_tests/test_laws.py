"""The laws of the platform, held against the whole catalogue and the whole source."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from seniorlink_assets.catalogue import Declared, known
from seniorlink_assets.definitions import definitions
from seniorlink_assets.scaffold import write_table
from spark.contract import LandingSet
from spark.contract.code import job_file
from spark.contract.types import parse_type

ROOT = Path(__file__).parents[1]
SPECS = {spec.key.to_user_string(): spec for spec in definitions().resolve_all_asset_specs()}
FOUND = {key: known(key) for key in sorted(SPECS)}
TABLES = {key: table for key, table in FOUND.items() if isinstance(table, Declared)}
EXTRACTS = {key: table for key, table in TABLES.items() if table.contract.kind == "extract"}
LANDING = {key: given for key, given in FOUND.items() if isinstance(given, LandingSet)}
SCHEMAS = {key.split("/")[0] for key in TABLES}
LANDING_KEY = re.compile(r'landing_set\(\s*"([a-z_/]+)"')
UNMASKED = {"name", "contact", "dob", "free_text"}

every_table = pytest.mark.parametrize("key", TABLES)
every_extract = pytest.mark.parametrize("key", EXTRACTS)


def test_the_catalogue_holds_tables_extracts_and_landing_sets():
    assert TABLES.keys() - EXTRACTS.keys()
    assert EXTRACTS
    assert LANDING


# Law 1: the path is the asset.


@every_table
def test_a_table_has_its_declaration_its_job_and_its_test_at_its_path(key):
    schema, name = key.split("/")
    jobs = [path for path in (ROOT / "spark").glob(f"{key}.*") if path.suffix in (".py", ".sql")]

    assert (ROOT / "seniorlink_assets" / "defs" / f"{key}.py").is_file()
    assert jobs == [job_file(ROOT / "spark", key)]
    assert (ROOT / "assets_tests" / schema / f"test_{name}.py").is_file()


@every_table
def test_a_table_is_called_as_its_key(key):
    assert SPECS[key].metadata["dagster/table_name"] == key.replace("/", ".")


@pytest.mark.parametrize(
    ("folder", "prefix", "suffixes"),
    [
        ("seniorlink_assets/defs", "", (".py",)),
        ("spark", "", (".py", ".sql")),
        ("assets_tests", "test_", (".py",)),
    ],
)
def test_no_declaration_job_or_test_is_without_its_table(folder, prefix, suffixes):
    files = [
        path
        for schema in schema_folders(folder)
        for path in schema.iterdir()
        if path.suffix in suffixes and path.name.startswith(prefix) and path.stem != "__init__"
    ]

    orphans = [
        str(path.relative_to(ROOT))
        for path in files
        if f"{path.parent.name}/{path.stem.removeprefix(prefix)}" not in SPECS
    ]

    assert files
    assert orphans == []


def schema_folders(folder: str) -> list[Path]:
    """Folders of content; assets_tests also has folders that mirror the platform's."""
    not_content = {"landing", "contract", "warm", "satellite", "__pycache__"}
    found = [path for path in (ROOT / folder).iterdir() if path.is_dir()]
    if folder == "assets_tests":
        return [path for path in found if path.name in SCHEMAS]
    return [path for path in found if path.name not in not_content]


# Law 2: a table is declared.


@every_table
def test_a_table_says_its_grain_first_and_who_owns_it(key):
    spec, contract = SPECS[key], TABLES[key].contract

    assert "one row per" in contract.grain.lower()
    assert (spec.description or "").startswith(contract.grain)
    assert contract.grain.endswith(".")
    assert spec.owners
    assert contract.primary_key
    assert spec.metadata["primary_key"] == ", ".join(contract.primary_key)


@every_table
def test_every_column_has_a_redshift_type_and_a_meaning(key):
    columns = SPECS[key].metadata["dagster/column_schema"].columns

    assert [column.name for column in columns] == [*TABLES[key].contract.column_names]
    assert [column.type for column in columns] == [
        parse_type(column.type).redshift for column in columns
    ]
    assert [column.name for column in columns if not column.description] == []


@every_table
def test_a_table_shows_what_makes_it_and_where_its_code_is(key):
    spec, table = SPECS[key], TABLES[key]
    references = spec.metadata["dagster/code_references"].code_references

    assert spec.kinds == {
        "tableau" if key in EXTRACTS else "redshift",
        table.satellite or "spark",
        "sql" if table.job.suffix == ".sql" else "python",
    }
    assert spec.group_name == key.split("/")[0]
    assert spec.code_version
    assert [Path(reference.file_path) for reference in references] == [
        ROOT / "seniorlink_assets" / "defs" / f"{key}.py",
        table.job,
    ]


@pytest.mark.parametrize("key", LANDING)
def test_a_landing_set_has_an_owner_and_describes_every_column(key):
    spec = SPECS[key]

    assert spec.owners
    assert spec.description
    assert spec.group_name == "landing"
    assert spec.kinds
    columns = spec.metadata["dagster/column_schema"].columns
    assert columns
    assert [column.name for column in columns if not column.description] == []


@every_table
def test_inputs_with_days_have_the_days_of_the_table_that_reads_them(key):
    days = SPECS[key].partitions_def
    read = {name: SPECS[given.key].partitions_def for name, given in TABLES[key].inputs.items()}

    assert bool(days) == bool(TABLES[key].contract.partition_by)
    assert (
        days is None or {name: own for name, own in read.items() if own not in (None, days)} == {}
    )


@every_table
def test_a_table_depends_on_what_its_job_reads(key):
    read = {given.key for given in TABLES[key].inputs.values()}

    assert {dep.asset_key.to_user_string() for dep in SPECS[key].deps} == read


@every_extract
def test_an_extract_names_and_describes_nobody(key):
    columns = TABLES[key].contract.columns

    assert [column.name for column in columns if column.phi in UNMASKED] == []


@every_extract
def test_an_extract_holds_types_that_hyper_has(key):
    columns = TABLES[key].contract.columns

    assert [column.name for column in columns if column.parsed.hyper is None] == []


# Law 3: adding a table edits nothing.


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout's source."""
    folder = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "test_*")
    for name in ("seniorlink_assets", "spark", "assets_tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "workspace.yaml"):
        shutil.copy(ROOT / name, folder)
    return folder


def test_a_new_table_is_three_new_files_and_is_listed_and_tested(copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}

    written = write_table(copy, "care/visit_days", ["clinical/visits"])

    assert len(written) == 3
    assert {path: path.read_bytes() for path in before} == before
    listed = python(
        "from seniorlink_assets.definitions import definitions\n"
        "for spec in definitions().resolve_all_asset_specs(): print(spec.key.to_user_string())",
        cwd=copy,
    )
    assert listed.split().count("care/visit_days") == 1
    assert len(listed.split()) == len(SPECS) + 1
    tested = run([sys.executable, "-m", "pytest", "-q", str(written[2])], cwd=copy)
    assert "1 passed" in tested


# Law 4: two worlds, one wire.

INLINE = "seniorlink_assets/launchers/inline.py"


def test_no_two_tests_declare_landing_of_one_name():
    # Every test module is imported before the first test runs, and the last one would be right.
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "assets_tests").rglob("*.py"))
    declared = Counter(key for source in sources for key in LANDING_KEY.findall(source))

    assert [key for key, times in declared.items() if times > 1] == []
    assert declared


def test_the_platform_imports_nothing_of_spark_but_the_contract():
    wrong = [
        (file, module)
        for file, module, _ in imports("seniorlink_assets")
        if file != INLINE
        and (
            module.split(".")[0] in ("pyspark", "py4j", "dagster_pyspark")
            or (module.split(".")[0] == "spark" and not f"{module}.".startswith("spark.contract."))
        )
    ]

    assert wrong == []


def test_the_inline_launcher_is_imported_only_where_it_is_chosen():
    importing = [
        (file, is_nested)
        for file, module, is_nested in imports("seniorlink_assets")
        if module.startswith("seniorlink_assets.launchers.inline")
    ]

    assert {*importing} == {("seniorlink_assets/environments.py", True)}


def test_spark_imports_nothing_of_dagster_but_pipes():
    wrong = [
        (file, module)
        for file, module, _ in imports("spark")
        if module.split(".")[0] == "seniorlink_assets"
        or (module.split(".")[0].startswith("dagster") and module.split(".")[0] != "dagster_pipes")
    ]

    assert wrong == []


def imports(folder: str) -> Iterator[tuple[str, str, bool]]:
    """Every import below a folder: file, module, and whether it waits for a function's call."""
    for file, tree in sources(folder):
        top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                # `from spark import contract` imports spark.contract; a class is as harmless.
                modules = [f"{node.module}.{alias.name}" for alias in node.names]
            for module in modules:
                yield file, module, id(node) not in top


@cache
def sources(folder: str) -> list[tuple[str, ast.Module]]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))) for path in paths
    ]


# Law 5: identity never depends on the environment.


def test_one_module_reads_the_environment():
    reading = {file for file, use in environment_uses("seniorlink_assets") if use != "written"}

    assert reading == {"seniorlink_assets/environments.py"}


def test_spark_is_told_nothing_by_the_environment():
    """Its gateway writes what PySpark itself reads, and lets the JVM inherit the rest.

    A satellite's watcher lets the job inherit where its keys are.

    A driver that was forked takes the environment that came with its job.
    """
    assert {*environment_uses("spark")} <= {
        ("spark/warm/driver.py", "written"),
        ("spark/gateway.py", "written"),
        ("spark/gateway.py", "passed on"),
        ("spark/satellite/bootstrap.py", "passed on"),
    }


def environment_uses(folder: str) -> Iterator[tuple[str, str]]:
    """Every use of the process's environment below a folder: file, and what is done with it."""
    for file, tree in sources(folder):
        parents = {
            id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        for node in ast.walk(tree):
            name = node.attr if isinstance(node, ast.Attribute) else None
            if isinstance(node, ast.alias):
                name = node.name
            if name in ("environ", "environb", "getenv", "getenvb"):
                yield file, use_of(name, parents[id(node)])


def use_of(name: str, parent: ast.AST) -> str:
    if name.startswith("getenv") or isinstance(parent, ast.ImportFrom | ast.Compare):
        return "asked"
    if isinstance(parent, ast.Subscript):
        return "asked" if isinstance(parent.ctx, ast.Load) else "written"
    if isinstance(parent, ast.Attribute):
        return "written" if parent.attr in ("clear", "update") else "asked"
    return "passed on"


DESCRIBE = """
import json, sys
from seniorlink_assets.definitions import definitions
imported = sorted(sys.modules)
graph = definitions().resolve_asset_graph()
described = {
    node.key.to_user_string(): [
        str(node.partitions_def),
        repr(node.metadata.get("dagster/column_schema")),
        node.metadata.get("dagster/table_name"),
        node.code_version,
        node.description,
        sorted(key.to_user_string() for key in node.parent_keys),
        sorted(key.name for key in node.check_keys),
    ]
    for node in graph.asset_nodes
}
json.dump({"assets": described, "imported": imported, "loaded": sorted(sys.modules)}, sys.stdout)
"""


@pytest.fixture(scope="module")
def on_a_laptop(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return json.loads(python(DESCRIBE, SENIORLINK_HOME=str(tmp_path_factory.mktemp("home"))))


def test_keys_schemas_and_partitions_are_the_same_everywhere(on_a_laptop, tmp_path):
    elsewhere = python(
        DESCRIBE,
        SENIORLINK_HOME=str(tmp_path / "other"),
        SENIORLINK_LAUNCHER="inline",
        SENIORLINK_JOB_MEMORY="3g",
        SENIORLINK_JOBS="7",
    )

    assert json.loads(elsewhere)["assets"] == on_a_laptop["assets"]
    assert on_a_laptop["assets"].keys() == SPECS.keys()


def test_the_catalogue_loads_without_spark_warehouse_or_cloud(on_a_laptop):
    heavy = {"pyspark", "py4j", "duckdb", "tableauhyperapi", "boto3"}

    assert "dagster" in on_a_laptop["imported"]
    assert heavy.intersection(on_a_laptop["imported"]) == set()
    # Dagster itself imports every plugin that is installed, dagster-aws among them.
    assert heavy.intersection(on_a_laptop["loaded"]) <= {"boto3"}


def test_dagster_finds_the_workspace_valid(tmp_path):
    command = [str(Path(sys.executable).parent / "dagster"), "definitions", "validate"]

    said = run(
        [*command, "-w", "workspace.yaml"],
        DAGSTER_HOME=str(tmp_path),
        SENIORLINK_HOME=str(tmp_path),
    )

    assert "All code locations passed validation" in said


def python(code: str, cwd: Path = ROOT, **variables: str) -> str:
    """What a Python of its own prints."""
    return run([sys.executable, "-c", code], cwd, **variables)


def run(command: list[str], cwd: Path = ROOT, **variables: str) -> str:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SENIORLINK_", "DAGSTER_", "PYTEST_"))
    }
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(cwd), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-4000:]
    return done.stdout + (done.stderr if "dagster" in command[0] else "")
