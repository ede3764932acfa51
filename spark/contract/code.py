"""The version of a job's code: a hash over its source and all it imports from `spark`."""

import ast
import hashlib
from pathlib import Path


def job_file(root: Path, key: str) -> Path | None:
    """The file below `root` (the folder `spark`) that computes `key`: .py or .sql, or None."""
    for suffix in (".py", ".sql"):
        path = root / f"{key}{suffix}"
        if path.is_file():
            return path
    return None


def code_version(root: Path, job: Path) -> str:
    """16 hex digits that change when the job or anything in its import closure changes."""
    digest = hashlib.sha256()
    for path in sorted(_closure(root, job)):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _closure(root: Path, job: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = [job]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        if path.suffix == ".py":
            waiting.extend(_imports(root, path))
    return found


def _imports(root: Path, path: Path) -> list[Path]:
    modules: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.append(node.module)
            modules += [f"{node.module}.{alias.name}" for alias in node.names]
    files = []
    for module in modules:
        if module.split(".")[0] != root.name:
            continue
        place = root.joinpath(*module.split(".")[1:])
        for candidate in (place.with_suffix(".py"), place / "__init__.py"):
            if candidate.is_file() and candidate != root / "__init__.py":
                files.append(candidate)
    return files
