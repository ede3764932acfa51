"""Which partitions a rollback moves, and to which of their releases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from seniorlink_assets.catalogue import Declared
from seniorlink_assets.lake import Lake, Published
from seniorlink_assets.recovery.plan import in_order
from seniorlink_assets.releases.history import (
    ReleaseError,
    named,
    newer,
    release,
    release_before,
    versions,
    withdrawn,
)
from spark.contract import WHOLE


@dataclass(frozen=True)
class Move:
    """One partition of a table, from the release that is live to another.

    `withdrawn` are the fingerprints that are not to be published again by themselves: those of the
    releases that are newer than that. A reader has none, for it follows what it reads.
    """

    table: Declared
    live: Published
    target: Published
    withdrawn: Sequence[str]

    @property
    def key(self) -> str:
        return self.table.key

    @property
    def partition(self) -> str:
        return self.live.partition

    @property
    def name(self) -> str:
        return named(self.key, self.partition)


def moves_back(
    table: Declared, partitions: Sequence[str], version: str | None, lake: Lake
) -> list[Move]:
    """Each partition to the release before its live one, or to the one that `version` begins."""
    moves = []
    for partition, history in lake.histories(table.key, partitions).items():
        if version is None:
            target = release_before(history, table.key, partition)
        else:
            target = release(history, table.key, partition, version)
        since = dict.fromkeys(then.fingerprint for then in newer(history, target))
        move = Move(table, history[-1], target, [*since])
        if target.place == move.live.place:
            raise ReleaseError(
                f"{move.name} is at {version} already; `seniorlink history {table.key}` shows "
                "what else there is"
            )
        moves.append(move)
    return moves


def readers_of(moves: Sequence[Move], known: Iterable[Declared]) -> list[Declared]:
    """The tables and extracts that read something that moves, directly or not, upstream first."""
    touched, readers = {move.key for move in moves}, []
    for table in in_order(known):
        if touched & {given.key for given in table.inputs.values()}:
            touched.add(table.key)
            readers.append(table)
    return readers


def with_readers(moves: Sequence[Move], known: Iterable[Declared], lake: Lake) -> list[Move]:
    """The moves, and those of all below that was published since what is now withdrawn.

    Each goes to its newest release that was published while nothing it reads was withdrawn.
    """
    histories = histories_of([(move.key, move.partition) for move in moves], lake)
    causes = {
        (move.key, move.partition): _Cause.of(move, histories[move.key, move.partition])
        for move in moves
    }
    found = [*moves]
    for table in readers_of(moves, known):
        reads = {
            partition: read
            for partition in lake.all_published(table.key)
            if (partition == WHOLE) is not bool(table.contract.partition_by)
            and (read := [*_read(table, partition, causes)])
        }
        for partition, history in lake.histories(table.key, [*reads]).items():
            read = reads[partition]
            target = _untouched(history, read)
            if target is None:
                cause = next(cause for cause in read if cause.taints(history[-1]))
                raise ReleaseError(
                    f"{named(table.key, partition)} has no release from before {cause.move.name} "
                    f"{cause.since} was published; roll back without --with-downstream, then "
                    f"materialize {table.key}"
                )
            if target.place != history[-1].place:
                move = Move(table, history[-1], target, [])
                causes[table.key, partition] = _Cause.of(move, history)
                found.append(move)
    return found


def histories_of(
    parts: Iterable[tuple[str, str]], lake: Lake
) -> Mapping[tuple[str, str], Sequence[Published]]:
    """What was published of each table and partition; a table is asked for once."""
    of_tables: dict[str, list[str]] = {}
    for key, partition in parts:
        of_tables.setdefault(key, []).append(partition)
    return {
        (key, partition): history
        for key, partitions in of_tables.items()
        for partition, history in lake.histories(key, partitions).items()
    }


@dataclass(frozen=True)
class _Cause:
    """A move, the history of its partition, and the contents that it withdraws."""

    move: Move
    history: Sequence[Published]
    contents: frozenset[str]

    @classmethod
    def of(cls, move: Move, history: Sequence[Published]) -> "_Cause":
        contents = {then.content for then in newer(history, move.target)} - {move.target.content}
        return cls(move, history, frozenset(contents))

    @property
    def since(self) -> str:
        """The oldest version that is withdrawn."""
        places = versions(self.history)
        return next((places[then.place] for then in newer(self.history, self.move.target)), "")

    def taints(self, reader: Published) -> bool:
        """Whether a withdrawn release was live when its reader was published."""
        before = [then for then in self.history if _moment(then) <= _moment(reader)]
        return bool(before) and before[-1].content in self.contents


def _read(
    table: Declared, partition: str, causes: Mapping[tuple[str, str], _Cause]
) -> Iterator[_Cause]:
    """What moves of all that one partition reads."""
    keys = {given.key for given in table.inputs.values()}
    for (key, moved), cause in causes.items():
        if key in keys and (WHOLE in (partition, moved) or moved == partition):
            yield cause


def _untouched(history: Sequence[Published], read: Sequence[_Cause]) -> Published | None:
    gone = withdrawn(history)
    for then in reversed(history):
        if then.place not in gone and not any(cause.taints(then) for cause in read):
            return then
    return None


def _moment(published: Published) -> int:
    """Its place in the lake's order of publications; older pointers have a time only."""
    if published.sequence:
        return published.sequence
    return int(datetime.fromisoformat(published.published_at).timestamp()) * 1_000_000_000
