"""What nobody needs any more: snapshots, papers of jobs and what was staged and left."""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import Staged
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import Lake, LakeError
from seniorlink_assets.releases.in_use import InUse, in_use
from seniorlink_assets.sentence import SentenceError
from spark.contract.manifest import FILE_NAME, Manifest, ManifestError

_DAY = 86_400


@dataclass
class Garbage:
    """What is not needed of one table; `manifests` are removed before the `files` they name.

    `problem` says why a table was left alone.
    """

    key: str
    manifests: list[Path] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    papers: list[Path] = field(default_factory=list)
    staged: Sequence[Staged] = ()
    bytes: int = 0
    problem: str = ""


def collect(
    known: Iterable[Declared],
    environment: Environment,
    *,
    keep: int,
    days: float,
    dry_run: bool = False,
) -> Iterator[Garbage]:
    """Removes, table by table, what is not needed, and says what it was.

    It keeps what is published, the last `keep` releases of each partition, whatever jobs at work
    and interrupted rollbacks are about, and of the rest what is not `days` old. A table about
    which something cannot be read is left alone.
    """
    contracts = {table.key: table.contract for table in known}
    for key in sorted({*_keys(environment.lake.root)}):
        garbage = Garbage(key)
        try:
            with environment.lake.turn(key, {}):
                garbage = _garbage(key, environment, keep, time.time() - days * _DAY)
                if key in contracts:
                    destination = environment.destination(contracts[key])
                    garbage.staged = destination.leftovers(contracts[key])
                if not dry_run:
                    _remove(garbage, environment)
        except SentenceError as error:
            garbage.problem = str(error)
        except OSError as error:
            garbage.problem = (
                f"{error.filename} cannot be removed ({error.strerror}); make it writable, then "
                "run `seniorlink gc` again"
            )
        yield garbage


def _keys(root: Path) -> Iterator[str]:
    """Of everything that ever had a job, declared or not."""
    for kind in ("snapshots", "jobs"):
        for folder in (root / kind).glob("*/*"):
            yield folder.relative_to(root / kind).as_posix()


def _garbage(key: str, environment: Environment, keep: int, oldest: float) -> Garbage:
    lake, used = environment.lake, in_use(environment)
    found, kept = Garbage(key), set[Path]()
    needed, released = _releases(lake, key, keep)
    for path in sorted((lake.root / "snapshots" / key).glob(f"*/*/{FILE_NAME}")):
        place = path.parent.relative_to(lake.root).as_posix()
        is_needed = place in needed or place in used.places or used.is_output(path.parent)
        files = _files(lake.root, path, is_needed)
        was_released = place in released
        if is_needed or used.reads(files) or (was_released and not used.is_known):
            kept |= {path, *files}
        elif was_released or path.stat().st_mtime < oldest:
            found.manifests.append(path)
            found.files += files
        else:
            kept |= {path, *files}
    found.files = [*_of_nobody(lake.root / "snapshots" / key, found, kept, used, oldest)]
    found.papers = [
        folder
        for folder in sorted((lake.root / "jobs" / key).glob("*/"))
        if not used.is_output(folder) and _newest(folder) < oldest
    ]
    papers = (path for folder in found.papers for path in folder.rglob("*"))
    found.bytes = sum(
        path.lstat().st_size for path in (*found.manifests, *found.files, *papers) if path.is_file()
    )
    return found


def _releases(lake: Lake, key: str, keep: int) -> tuple[set[str], set[str]]:
    """The places of the last releases of each partition, and of all."""
    needed, released = set[str](), set[str]()
    for partition in lake.all_published(key):
        places = [*dict.fromkeys(then.place for then in reversed(lake.history(key, partition)))]
        needed |= {*places[:keep]}
        released |= {*places}
    return needed, released


def _files(root: Path, manifest: Path, is_needed: bool) -> list[Path]:
    """What a manifest names, and Hadoop's checksums of it; nothing if it is damaged.

    LakeError if it is damaged and needed.
    """
    try:
        found = Manifest.read(manifest)
    except ManifestError as error:
        if is_needed:
            raise LakeError(str(error)) from error
        return []
    paths = [root / file.path for file in (*found.files, *found.reject_files)]
    return [*paths, *(path.with_name(f".{path.name}.crc") for path in paths)]


def _of_nobody(
    folder: Path, found: Garbage, kept: set[Path], used: InUse, oldest: float
) -> Iterator[Path]:
    """The files of manifests that go, and old ones of no manifest at all."""
    unneeded = {*found.files}
    manifests = {*found.manifests}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path in kept or path in manifests:
            continue
        if path in unneeded or (
            path.lstat().st_mtime < oldest and not any(map(used.is_output, path.parents))
        ):
            yield path


def _newest(folder: Path) -> float:
    return max(path.lstat().st_mtime for path in (folder, *folder.rglob("*")))


def _remove(garbage: Garbage, environment: Environment) -> None:
    """In such an order that a manifest is never without its files."""
    for path in garbage.manifests:
        path.unlink(missing_ok=True)
    for path in garbage.files:
        path.unlink(missing_ok=True)
    root = environment.lake.root / "snapshots" / garbage.key
    for path in (*garbage.manifests, *garbage.files):
        _remove_empty(path.parent, root)
    for folder in garbage.papers:
        shutil.rmtree(folder)
    for staged in garbage.staged:
        environment.destination(staged.contract).discard(staged)


def _remove_empty(folder: Path, root: Path) -> None:
    """The folders of an attempt, but not of its partition, where a job may be making another."""
    while len(folder.relative_to(root).parts) > 1:
        with suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106
        folder = folder.parent
