"""What containers, functions and instances have installed: Python, boto3, DuckDB; no checkout."""

import re
import sys
import threading
import venv
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

INSTALLED = ("boto3", "duckdb", "tzdata")

_making = threading.Lock()


def image(folder: Path) -> Path:
    """The folder of its programs, `python` and `python3` among them; made once."""
    made = folder / "image"
    with _making:
        if not (made / "ready").exists():
            base = venv.EnvBuilder(symlinks=True, with_pip=False)
            base.create(made)
            version = f"python{sys.version_info.major}.{sys.version_info.minor}"
            packages = made / "lib" / version / "site-packages"
            for name in INSTALLED:
                for found in _needed(distribution(name)):
                    _link(found, packages)
            (made / "ready").touch()
    return made / "bin"


def _needed(found: Distribution) -> Iterator[Distribution]:
    yield found
    for requirement in found.requires or ():
        name, condition = re.match(r"([\w.-]+)([^;]*;)?", requirement).groups()  # pyright: ignore[reportOptionalMemberAccess]
        if condition is None:
            try:
                yield from _needed(distribution(name))
            except PackageNotFoundError:
                continue


def _link(found: Distribution, packages: Path) -> None:
    names = {Path(str(file)).parts[0] for file in found.files or ()}
    for name in names - {"..", "__pycache__"}:
        here, there = Path(str(found.locate_file(name))), packages / name
        if here.exists() and not there.exists():
            there.symlink_to(here)
