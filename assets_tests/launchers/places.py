"""The launchers under test, and what each of them cannot do."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets_tests.launchers.pools import keepers_end
from assets_tests.standalone_cluster import standalone_cluster
from seniorlink_assets.launchers.cluster import ClusterLauncher
from seniorlink_assets.launchers.inline import InlineLauncher
from seniorlink_assets.launchers.local import LocalLauncher
from seniorlink_assets.launchers.pool import Pool


@dataclass(frozen=True)
class Place:
    """A launcher that keeps things in a folder while it is open.

    `not_isolated` says why its jobs are no processes of their own, `who` runs out of memory where a
    query fills the heap, and which setting gives it more.
    """

    opened: Callable[[Path], AbstractContextManager[Any]]
    not_isolated: str = ""
    who: str = "The job"
    memory: str = "spark.driver.memory"


@contextmanager
def _fresh(folder: Path) -> Iterator[LocalLauncher]:
    yield LocalLauncher("512m", cores=2)


@contextmanager
def _warm(folder: Path) -> Iterator[LocalLauncher]:
    with keepers_end(folder):
        yield LocalLauncher("512m", cores=2, pool=Pool(folder, megabytes=1024))


@contextmanager
def _inline(folder: Path) -> Iterator[InlineLauncher]:
    yield InlineLauncher("1g")


@contextmanager
def _cluster(folder: Path) -> Iterator[ClusterLauncher]:
    with standalone_cluster(folder) as cluster:
        yield ClusterLauncher(cluster.url, "512m", cores=1, page=cluster.page)


LOCAL = {"local, fresh": Place(_fresh), "local, warm": Place(_warm)}
PLACES = {
    **LOCAL,
    "inline": Place(
        _inline, not_isolated="the inline launcher runs a job in the process of the step"
    ),
    "cluster": Place(_cluster, who="An executor of the job", memory="spark.executor.memory"),
}
