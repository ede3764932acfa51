"""Write the three files of a new table: its declaration, its job and its test."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from seniorlink_assets.key import KeyRefused, check_key
from seniorlink_assets.sentence import SentenceError


class ScaffoldError(SentenceError):
    """The files cannot be written; nothing was."""


_DECLARATION = '''"""What a row is: say the grain first, in one line."""

{imports}
from seniorlink_assets.redshift import redshift_table
from spark.contract import Column

{name} = redshift_table(
    "{key}",
    description=__doc__,
    columns=[
        Column("{name}_id", "bigint", "What the row is about."),
    ],
    primary_key=["{name}_id"],
    inputs=[{inputs}],
    owners=["team:{schema}-data"],
)
'''

_JOB = '''"""Say in one line what is done to the inputs."""

from pyspark.sql import DataFrame


def {name}({parameters}) -> DataFrame:
    return {first}.selectExpr("1 AS {name}_id").limit(1)
'''

_TEST = """from assets_tests.frames import rows_of
from spark.{schema}.{name} import {name}


def test_every_row_has_an_id(spark):
    given = spark.createDataFrame([(1,)], "id bigint")

    rows = {name}({arguments})

    assert rows_of(rows, "{name}_id") == {{(1,)}}
"""


def write_table(checkout: Path, key: str, reads: Sequence[str]) -> list[Path]:
    """Writes the files of the table `key`, which reads the tables or landing sets `reads`."""
    try:
        check_key(key)
    except KeyRefused as error:
        raise ScaffoldError(str(error)) from error
    if not reads:
        raise ScaffoldError(f"say what {key} reads: seniorlink new {key} --reads care/messages")
    schema, name = key.split("/")
    inputs = [_input(checkout, given) for given in reads]
    names = [given for _, given in inputs]
    for given, times in Counter(names).items():
        if times > 1:
            raise ScaffoldError(
                f"{times} of the things that {key} reads are called {given}, which is one "
                "parameter of its job; read one of them here, and the other in another table"
            )
    words = {
        "key": key,
        "schema": schema,
        "name": name,
        "imports": _imports(inputs),
        "inputs": ", ".join(names),
        "parameters": ", ".join(f"{given}: DataFrame" for given in names),
        "first": names[0],
        "arguments": ", ".join(["given"] * len(names)),
    }
    texts = {
        checkout / "seniorlink_assets" / "defs" / f"{key}.py": _DECLARATION,
        checkout / "spark" / f"{key}.py": _JOB,
        checkout / "assets_tests" / schema / f"test_{name}.py": _TEST,
    }
    there = [path for path in texts if path.exists()]
    if there:
        raise ScaffoldError(
            f"{there[0].relative_to(checkout)} is there already; nothing is written"
        )
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(**words), encoding="utf-8")
    return [*texts]


def _imports(inputs: Sequence[tuple[str, str]]) -> str:
    by_module: dict[str, list[str]] = {}
    for module, name in sorted(inputs):
        by_module.setdefault(module, []).append(name)
    return "\n".join(
        f"from {module} import {', '.join(names)}" for module, names in by_module.items()
    )


def _input(checkout: Path, reads: str) -> tuple[str, str]:
    """The module and name to import for something that a table reads."""
    parts = reads.split("/")
    landing = len(parts) == 3 and parts[0] == "landing"
    module = ("seniorlink_assets", "defs", *(parts[:2] if landing else parts))
    file = checkout.joinpath(*module).with_suffix(".py")
    if not file.is_file() or not re.search(rf"^{re.escape(parts[-1])} = ", file.read_text(), re.M):
        raise ScaffoldError(
            f"{reads} is not declared; use a table (care/messages) or a landing set "
            "(landing/clinical/visits) that is"
        )
    return ".".join(module), parts[-1]
