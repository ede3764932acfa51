"""The code of the jobs as one package, named by what is in it, and how it gets beside the lake."""

import hashlib
import io
import json
import os
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.storage.base import Listed, Storage

CODE = "code"
"""The folder of a lake's storage that holds every package that was shipped."""

LOCK = f"{CODE}/.lock"
"""Is held by whoever brings a package there, or takes one away."""

ENTRY, ARCHIVE, CONTENT = "entry.py", "code.zip", "files.json"

_SHOWN_EVERY_SECONDS = 43_200

_SHIPPED = (".py", ".sql", ".properties")
_FILE, _FOLDER = 0o100644 << 16, 0o40755 << 16 | 0x10


class DeployError(SentenceError):
    """Code that cannot be packed; says what is missing and how to get it."""


@dataclass(frozen=True)
class Package:
    """All that a job needs but Spark itself: an archive, and the file that Spark starts."""

    files: Mapping[str, bytes]
    entry: bytes

    @cached_property
    def code(self) -> bytes:
        """The archive, which has the same bytes wherever and whenever it is made."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            for name, content in sorted({**_folders(self.files), **self.files}.items()):
                member = zipfile.ZipInfo(name)  # as of 1980
                member.create_system = 3
                member.external_attr = _FOLDER if name.endswith("/") else _FILE
                archive.writestr(member, content)
        return buffer.getvalue()

    @cached_property
    def hash(self) -> str:
        """16 hex digits that change when any byte of it does."""
        return hashlib.sha256(_digest(self.code) + _digest(self.entry)).hexdigest()[:16]

    @cached_property
    def content(self) -> bytes:
        """What is in it, for people: each file with its size and the hash of its bytes."""
        named = {ENTRY: self.entry, **self.files}
        listed = {
            name: {"bytes": len(content), "sha256": _digest(content).hex()}
            for name, content in sorted(named.items())
        }
        return json.dumps(listed, indent=1).encode()

    @property
    def place(self) -> str:
        """Its folder within the lake's storage."""
        return f"{CODE}/{self.hash}"


@dataclass(frozen=True)
class Shipped:
    """Where a package lies, and how many bytes went there now: none if it was there already."""

    hash: str
    entry_url: str
    code_url: str
    uploaded: int = 0

    @property
    def folder_url(self) -> str:
        return self.code_url.rpartition("/")[0]


def pack(root: Path) -> Package:
    """The package `spark` of a checkout, and what it reports through; DeployError if it has none.

    `root` is the checkout. Caches and hidden files are no part of it.
    """
    entry = root / "spark" / ENTRY
    if not entry.is_file():
        raise DeployError(f"{entry} is missing, which Spark is to start; name a whole checkout")
    pipes = find_spec("dagster_pipes")
    if pipes is None or pipes.origin is None:
        raise DeployError("dagster_pipes is not installed here; run `make setup`, then try again")
    files = {**_sources(root, "spark"), **_sources(Path(pipes.origin).parents[1], "dagster_pipes")}
    return Package(files, entry.read_bytes())


def ship(package: Package, storage: Storage) -> Shipped:
    """Brings a package to where jobs find it; what jobs read there is never written again.

    Twice a day the list of its content is, which shows how long nobody has used the package.
    """
    there, uploaded = _there(package, storage), 0
    if _lacking(package, there) or last_used(there) < time.time() - _SHOWN_EVERY_SECONDS:
        with storage.locked(LOCK) as still_held:
            missing = unshipped(package, storage)
            shown = {f"{package.place}/{CONTENT}": package.content}
            for name, content in {**missing, **shown}.items():
                storage.put(name, content)
            still_held()
        uploaded = sum(map(len, missing.values()))
    entry, code = (storage.where(f"{package.place}/{name}") for name in (ENTRY, ARCHIVE))
    return Shipped(package.hash, entry, code, uploaded)


def unshipped(package: Package, storage: Storage) -> Mapping[str, bytes]:
    """What of a package is not in the storage, by its name there."""
    return _lacking(package, _there(package, storage))


def last_used(there: Iterable[Listed]) -> float:
    """When a job was last started with a package, to half a day; `there` are its files."""
    return max((listed.modified for listed in there), default=0)


def _there(package: Package, storage: Storage) -> list[Listed]:
    return [*storage.listed(f"{package.place}/")]


def _lacking(package: Package, there: Iterable[Listed]) -> Mapping[str, bytes]:
    wanted = {ENTRY: package.entry, ARCHIVE: package.code, CONTENT: package.content}
    placed = {f"{package.place}/{name}": content for name, content in wanted.items()}
    found = {listed.name: listed.bytes for listed in there}
    return {name: content for name, content in placed.items() if found.get(name) != len(content)}


def _sources(root: Path, package: str) -> Mapping[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in _files(root / package)
        if path.suffix in _SHIPPED
    }


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        yield from (Path(place, name) for name in names if name[0] != ".")


# Python finds a package without __init__.py in an archive only where its folder is a member.
def _folders(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    parents = {parent for name in files for parent in Path(name).parents}
    return {f"{parent.as_posix()}/": b"" for parent in parents if parent != Path()}


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
