"""Packages of code that `seniorlink deploy code` or a job has shipped, and that nobody needs."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from seniorlink_assets.deploy import CODE, LOCK, last_used
from seniorlink_assets.environments import Environment
from seniorlink_assets.releases.in_use import in_use
from seniorlink_assets.storage.base import Storage


def remove_unused_code(
    environment: Environment, needed: AbstractSet[str], oldest: float, *, dry_run: bool
) -> Mapping[str, int]:
    """Removes the packages that are neither needed nor in use since then; their bytes by place.

    `needed` are hashes. A job at work keeps its package; one that has not said which keeps all.
    """
    removed: dict[str, int] = {}
    for storage in {environment.storage, environment.papers}:
        if not storage.folders(CODE):
            continue
        with storage.locked(LOCK) as still_held:
            found = {*_unused(environment, storage, needed, oldest)}
            if not dry_run:
                still_held()
                storage.remove(f"{place}/" for place, _ in found)
        removed |= dict(found)
    return removed


def _unused(
    environment: Environment, storage: Storage, needed: AbstractSet[str], oldest: float
) -> Iterator[tuple[str, int]]:
    used = in_use(environment)
    for name in storage.folders(CODE) if used.is_known else []:
        place = f"{CODE}/{name}"
        there = [*storage.listed(f"{place}/")]
        if name not in needed | used.code and last_used(there) < oldest:
            yield place, sum(listed.bytes for listed in there)
