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
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.append(node.module)
            modules += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            raise SyntaxError(
                f"{path.relative_to(root.parent)}, line {node.lineno}: import from {root.name} by "
                "its full name; a relative import is not followed into the code version"
            )
    files = []
    for module in modules:
        first, *names = module.split(".")
        if first != root.name:
            continue
        # Importing a module also runs the packages that hold it.
        for depth in range(1, len(names) + 1):
            place = root.joinpath(*names[:depth])
            candidates = (place.with_suffix(".py"), place / "__init__.py")
            files += [candidate for candidate in candidates if candidate.is_file()]
    return files
