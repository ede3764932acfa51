"""The version of a job's code: a hash over its source and all it imports from `spark`."""

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
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
        digest.update(_source(path).digest)
    return digest.hexdigest()[:16]


def modules(root: Path, job: Path) -> frozenset[str]:
    """The first names of all modules that the job or anything in its import closure imports."""
    return frozenset(
        module.split(".")[0]
        for path in _closure(root, job)
        for module, _ in _source(path).imported
        if path.suffix == ".py"
    )


@dataclass(frozen=True)
class _Source:
    """A file as it is now; `imported` are (module, line) pairs, with no module if relative."""

    digest: bytes
    imported: tuple[tuple[str, int], ...]


def _source(path: Path) -> _Source:
    seen = path.stat()
    return _read(path, seen.st_mtime_ns, seen.st_size)


@cache
def _read(path: Path, changed_at: int, size: int) -> _Source:
    content = path.read_bytes()
    digest = hashlib.sha256(content).digest()
    if path.suffix != ".py":
        return _Source(digest, ())
    imported: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(content, str(path))):
        if isinstance(node, ast.Import):
            imported += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            imported += [(name, node.lineno) for name in names]
        elif isinstance(node, ast.ImportFrom):
            imported.append(("", node.lineno))
    return _Source(digest, tuple(imported))


def _closure(root: Path, job: Path) -> set[Path]:
    found: set[Path] = set()
    waiting = [job]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting.extend(_imports(root, path))
    return found


def _imports(root: Path, path: Path) -> list[Path]:
    files = []
    for module, line in _source(path).imported:
        if not module:
            raise SyntaxError(
                f"{path.relative_to(root.parent)}, line {line}: import from {root.name} by its "
                "full name; a relative import is not followed into the code version"
            )
        first, *names = module.split(".")
        if first != root.name:
            continue
        # Importing a module also runs the packages that hold it.
        for depth in range(1, len(names) + 1):
            place = root.joinpath(*names[:depth])
            candidates = (place.with_suffix(".py"), place / "__init__.py")
            files += [candidate for candidate in candidates if candidate.is_file()]
    return files
