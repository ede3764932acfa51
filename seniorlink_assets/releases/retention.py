"""What nobody needs any more: snapshots, papers and code of jobs, what was staged and left."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.deploy import CODE, pack
from seniorlink_assets.destination import Staged
from seniorlink_assets.environments import CHECKOUT, Environment
from seniorlink_assets.lake import Lake, LakeError
from seniorlink_assets.releases.in_use import InUse, in_use
from seniorlink_assets.releases.unused_code import remove_unused_code
from seniorlink_assets.sentence import SentenceError
from seniorlink_assets.storage.base import Listed
from spark.contract.manifest import FILE_NAME, Manifest

_DAY = 86_400


@dataclass
class Garbage:
    """What is not needed of one table; `manifests` are removed before the `files` they name.

    `papers` are the places of attempts, `packages` those of code, which is no table's: its `key` is
    "code". `made_with` are the hashes of the packages that snapshots were made with that stay.
    `problem` says why a table was left alone.
    """

    key: str
    manifests: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    papers: list[str] = field(default_factory=list)
    packages: list[str] = field(default_factory=list)
    staged: Sequence[Staged] = ()
    made_with: set[str] = field(default_factory=set)
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
    """Removes, table by table, what is not needed, and says what it was; last of all old code.

    It keeps what is published, the last `keep` releases of each partition, whatever jobs at work
    and interrupted rollbacks are about, and of the rest what is not `days` old. A table about
    which something cannot be read is left alone, and then so is all code.
    """
    contracts = {table.key: table.contract for table in known}
    made_with, is_whole = set[str](), True
    for key in sorted({*_keys(environment)}):
        garbage = Garbage(key)
        try:
            with environment.lake.turn(key, {}):
                garbage = _garbage(key, environment, keep, time.time() - days * _DAY)
                if key in contracts:
                    destination = environment.destination(contracts[key])
                    garbage.staged = destination.leftovers(contracts[key])
                if not dry_run:
                    _remove(garbage, environment)
        except (SentenceError, OSError) as error:
            garbage.problem = _problem(error)
        made_with |= garbage.made_with
        is_whole = is_whole and not garbage.problem
        yield garbage
    if is_whole:
        garbage = _old_code(environment, made_with, time.time() - days * _DAY, dry_run)
        if garbage.packages or garbage.problem:
            yield garbage


def _old_code(
    environment: Environment, made_with: set[str], oldest: float, dry_run: bool
) -> Garbage:
    garbage = Garbage(CODE)
    try:
        needed = {*made_with, pack(CHECKOUT).hash}
        removed = remove_unused_code(environment, needed, oldest, dry_run=dry_run)
        garbage.packages, garbage.bytes = sorted(removed), sum(removed.values())
    except (SentenceError, OSError) as error:
        garbage.problem = _problem(error)
    return garbage


def _problem(error: SentenceError | OSError) -> str:
    if isinstance(error, SentenceError):
        return str(error)
    return (
        f"{error.filename} cannot be removed ({error.strerror}); make it writable, then "
        "run `seniorlink gc` again"
    )


def _keys(environment: Environment) -> Iterator[str]:
    """Of everything that ever had a job, declared or not."""
    for storage in {environment.storage, environment.papers}:
        for kind in ("snapshots", "jobs"):
            for schema in storage.folders(kind):
                for name in storage.folders(f"{kind}/{schema}"):
                    yield f"{schema}/{name}"


def _garbage(key: str, environment: Environment, keep: int, oldest: float) -> Garbage:
    lake, used = environment.lake, in_use(environment)
    found, kept = Garbage(key), set[str]()
    needed, released = _releases(lake, key, keep)
    there = {listed.name: listed for listed in lake.storage.listed(f"snapshots/{key}/")}
    for place, manifest in lake.manifests(key, there.values()).items():
        name = f"{place}/{FILE_NAME}"
        is_needed = place in needed or place in used.places or used.is_output(place)
        is_damaged = isinstance(manifest, LakeError)
        if is_damaged and is_needed:
            raise manifest
        files = [] if is_damaged else _files(manifest)
        may_go = used.is_known if place in released else there[name].modified < oldest
        if may_go and not is_needed and not used.reads(map(lake.storage.where, files)):
            found.manifests.append(name)
            found.files += files
        else:
            kept |= {name, *files}
            found.made_with |= set() if is_damaged else {manifest.code_package}
    found.files = [*_of_nobody(there.values(), found, kept, used, oldest)]
    papers = _old_papers(key, environment, used, oldest)
    found.papers = [*papers]
    found.bytes = sum(papers.values()) + sum(
        there[name].bytes for name in (*found.manifests, *found.files)
    )
    return found


def _releases(lake: Lake, key: str, keep: int) -> tuple[set[str], set[str]]:
    """The places of the last releases of each partition, and of all."""
    partitions = [*lake.all_published(key)]
    needed, released = set[str](), set[str]()
    for history in lake.histories(key, partitions).values():
        places = [*dict.fromkeys(then.place for then in reversed(history))]
        needed |= {*places[:keep]}
        released |= {*places}
    return needed, released


def _files(found: Manifest) -> list[str]:
    """What a manifest names, and Hadoop's checksums of it."""
    names = [file.path for file in (*found.files, *found.reject_files)]
    parts = (name.rpartition("/") for name in names)
    return [*names, *(f"{folder}/.{name}.crc" for folder, _, name in parts)]


def _of_nobody(
    there: Iterable[Listed], found: Garbage, kept: set[str], used: InUse, oldest: float
) -> Iterator[str]:
    """The files of manifests that go, and old ones of no manifest at all."""
    unneeded, manifests = {*found.files}, {*found.manifests}
    for listed in there:
        name = listed.name
        if name in kept or name in manifests:
            continue
        if name in unneeded or (listed.modified < oldest and not used.is_output(_folder(name))):
            yield name


def _old_papers(
    key: str, environment: Environment, used: InUse, oldest: float
) -> Mapping[str, int]:
    """The places of attempts of which all papers are old, and their bytes."""
    newest, sizes = dict[str, float](), dict[str, int]()
    for storage in {environment.storage, environment.papers}:
        for listed in storage.listed(f"jobs/{key}/"):
            place = "/".join(listed.name.split("/")[:4])
            newest[place] = max(newest.get(place, 0), listed.modified)
            sizes[place] = sizes.get(place, 0) + listed.bytes
    return {
        place: size
        for place, size in sorted(sizes.items())
        if newest[place] < oldest and not used.is_output(place)
    }


def _remove(garbage: Garbage, environment: Environment) -> None:
    """In such an order that a manifest is never without its files."""
    storage = environment.lake.storage
    storage.remove(garbage.manifests)
    storage.remove(garbage.files)
    names = (name.split("/") for name in (*garbage.manifests, *garbage.files))
    # Not the folder of a partition, where a job may be making another.
    storage.remove_empty("/".join(parts[:5]) for parts in names if len(parts) > 5)
    for papers in {environment.storage, environment.papers}:
        papers.remove(f"{place}/" for place in garbage.papers)
    for staged in garbage.staged:
        environment.destination(staged.contract).discard(staged)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
