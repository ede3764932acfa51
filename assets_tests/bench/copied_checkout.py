"""The checkout in another folder, to break a job in it or to give it another catalogue."""

import compileall
import shutil
from collections.abc import Mapping
from pathlib import Path

from assets_tests.bench.home import CHECKOUT

_SETTINGS = ("pyproject.toml", "workspace.yaml", "dagster.yaml")


def copied_checkout(folder: Path) -> Path:
    """The platform with its whole catalogue, compiled where the original is."""
    folder.mkdir(parents=True)
    for name in ("seniorlink_assets", "spark"):
        shutil.copytree(CHECKOUT / name, folder / name)
    for name in _SETTINGS:
        shutil.copy2(CHECKOUT / name, folder / name)
    return folder


def checkout_declaring(folder: Path, files: Mapping[str, str]) -> Path:
    """The platform with nothing in its catalogue but these files: their text by their path."""
    copied_checkout(folder)
    catalogue = folder / "seniorlink_assets" / "defs"
    for declared in catalogue.glob("*/*.py"):
        shutil.rmtree(folder / "spark" / declared.parent.name, ignore_errors=True)
    shutil.rmtree(catalogue)
    write(folder, files)
    return folder


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes texts by their path below `folder`, and compiles what is Python."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    compileall.compile_dir(folder, quiet=1)
