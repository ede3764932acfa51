"""Take a table or extract back to an earlier release, and with it what was made from it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby

import dagster as dg

from seniorlink_assets.asked import published_partitions, table_called
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.destination import DestinationError, Staged
from seniorlink_assets.environments import Environment
from seniorlink_assets.lake import Lake, LakeError
from seniorlink_assets.releases.history import ReleaseError, named
from seniorlink_assets.releases.rollback_intent import Intent, InterruptedRollbackError
from seniorlink_assets.releases.rollback_plan import Move, moves_back, readers_of, with_readers
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import StillHeld, StorageError
from spark.contract import WHOLE

_RUN_ID = "rollback"


class RollbackRefusedError(ReleaseError):
    """A rollback that was not begun; nothing has changed."""


@dataclass(frozen=True)
class Request:
    """What a person asks for; without a version, the release before the live one.

    `partitions` are those of a partitioned table; none are all if `all_partitions`.
    """

    key: str
    partitions: tuple[str, ...] = ()
    all_partitions: bool = False
    version: str | None = None
    with_downstream: bool = False

    def __str__(self) -> str:
        """The command that asks for the same."""
        words = ["seniorlink rollback", self.key]
        words += [f"--partition {partition}" for partition in self.partitions]
        words += ["--all-partitions"] if self.all_partitions else []
        words += [f"--to {self.version}"] if self.version else []
        words += ["--with-downstream"] if self.with_downstream else []
        return " ".join(words)


def roll_back(
    request: Request,
    known: Sequence[Declared],
    environment: Environment,
    instance: dg.DagsterInstance,
) -> list[Move]:
    """The moves, all made; if an error is raised before the first, nothing has changed.

    A rollback that was interrupted is completed by the same request.
    """
    lake, intent = environment.lake, Intent(environment.lake, request.key)
    moves = intent.moves(str(request), known) or _planned(request, known, lake)
    published = _published(lake, moves)
    waiting = [move for move in moves if published.get(move.name) == move.live.place]
    _refuse_if_at_work(waiting, known, request, environment)
    snapshots = _snapshots(lake, waiting)
    targets = {move.name: snapshot for move, snapshot in zip(waiting, snapshots, strict=True)}
    with _turns(lake, waiting) as still_held, ExitStack() as reached:
        staged = _stage(waiting, targets, environment, reached)
        intent.write(str(request), moves)
        try:
            _swap(waiting, staged, environment, still_held)
        except (DestinationError, LakeError, StorageError, OSError) as error:
            raise InterruptedRollbackError(
                f"the rollback of {request.key} stopped half-way ({error}); complete it with "
                f"`{request}`"
            ) from error
    published = _published(lake, moves)
    made = [move for move in moves if published.get(move.name) == move.target.place]
    for move in made:
        _tell(move, instance)
    intent.forget()
    return made


def _planned(request: Request, known: Sequence[Declared], lake: Lake) -> list[Move]:
    table = table_called(request.key, known)
    if table.contract.partition_by and not request.partitions and not request.all_partitions:
        raise RollbackRefusedError(
            f"{table.key} is partitioned; say which partitions with --partition, or "
            "--all-partitions"
        )
    partitions = published_partitions(table, request.partitions, lake)
    moves = moves_back(table, partitions, request.version, lake)
    return with_readers(moves, known, lake) if request.with_downstream else moves


def _published(lake: Lake, moves: Sequence[Move]) -> Mapping[str, str]:
    """Where the pointers of what is to move are, by its name."""
    return {
        named(table.key, part): pointer.place
        for table, of_table in _by_table(moves)
        for part, pointer in lake.each_published(
            table.key, [move.partition for move in of_table]
        ).items()
        if pointer
    }


def _refuse_if_at_work(
    moves: Sequence[Move], known: Sequence[Declared], request: Request, environment: Environment
) -> None:
    touched: dict[str, set[str]] = {}
    for move in moves:
        touched.setdefault(move.key, set()).add(move.partition)
    for table in readers_of(moves, known) if request.with_downstream else ():
        read = (touched.get(given.key, ()) for given in table.inputs.values())
        below = set().union(*read) if table.contract.partition_by else {WHOLE}
        touched.setdefault(table.key, set()).update(below)
    for key, partitions in touched.items():
        for entry in environment.ledger.at_work(key):
            for partition in entry.partitions:
                if {partition, WHOLE} & partitions:
                    raise RollbackRefusedError(
                        f"a job of run {entry.run_id[:8]} is at work on {named(key, partition)}; "
                        "wait for its end, or see `seniorlink jobs`, then roll back again"
                    )


def _snapshots(lake: Lake, moves: Sequence[Move]) -> list[Snapshot]:
    """What each is to go back to."""
    snapshots: list[Snapshot] = []
    for table, of_table in _by_table(moves):
        there = lake.snapshots(table.key, {move.target.place for move in of_table})
        for move in of_table:
            found = there[move.target.place]
            if isinstance(found, LakeError):
                raise RollbackRefusedError(
                    f"{move.name} cannot go back to {move.target.version}, whose files are not in "
                    "the lake any more; choose another release that "
                    f"`seniorlink history {move.key}` shows"
                ) from found
            snapshots.append(found)
    return snapshots


@contextmanager
def _turns(lake: Lake, moves: Sequence[Move]) -> Iterator[StillHeld]:
    """The turns of all tables, always in the same order, so that no two wait for each other."""
    with ExitStack() as held:
        turns: list[StillHeld] = []
        for key in sorted({move.key for move in moves}):
            expected = {move.partition: move.live for move in moves if move.key == key}
            turns.append(held.enter_context(lake.turn(key, expected)))

        def still_held() -> None:
            for turn in turns:
                turn()

        yield still_held


def _stage(
    moves: Sequence[Move],
    snapshots: Mapping[str, Snapshot],
    environment: Environment,
    reached: ExitStack,
) -> dict[str, Staged]:
    """Loads beside the live data whatever its destination does not show yet, by key."""
    staged: dict[str, Staged] = {}
    try:
        for table, of_table in _by_table(moves):
            destination = environment.destination(table.contract)
            live = destination.released(table.contract)
            changed = [
                snapshots[move.name]
                for move in of_table
                if live.get(move.partition) != move.target.version
            ]
            if changed:
                near = reached.enter_context(destination.within_reach(environment.lake, changed))
                staged[table.key] = destination.stage(table.contract, near, _RUN_ID)
    except BaseException as error:
        for each in staged.values():
            with suppress(DestinationError):  # the next load drops it
                environment.destination(each.contract).discard(each)
        if isinstance(error, DestinationError):
            raise RollbackRefusedError(
                f"nothing is rolled back: {error}; if its contract has changed since, take that "
                "back first"
            ) from error
        raise
    return staged


def _swap(
    moves: Sequence[Move],
    staged: dict[str, Staged],
    environment: Environment,
    still_held: StillHeld,
) -> None:
    """Table by table, upstream first: one transaction each, then its pointers."""
    for table, of_table in _by_table(moves):
        if table.key in staged:
            still_held()
            environment.destination(table.contract).publish(staged[table.key], _RUN_ID)
        for move in of_table:
            environment.lake.move_back(move.key, move.live, move.target, move.withdrawn)


def _by_table(moves: Sequence[Move]) -> Iterator[tuple[Declared, list[Move]]]:
    for _, of_table in groupby(moves, key=lambda move: move.key):
        listed = [*of_table]
        yield listed[0].table, listed


def _tell(move: Move, instance: dg.DagsterInstance) -> None:
    target, is_whole = move.target, move.partition == WHOLE
    instance.report_runless_asset_event(
        dg.AssetMaterialization(
            move.table.asset_key,
            partition=None if is_whole else move.partition,
            description=f"Rolled back from {move.live.version} to {target.version}",
            tags={"dagster/data_version": target.content},
            metadata={
                "dagster/row_count" if is_whole else "dagster/partition_row_count": target.rows,
                "rejects": target.rejects,
                "state": "rolled back",
                "rolled back from": move.live.version,
                "rolled back to": target.version,
                "version": target.content,
                "fingerprint": target.fingerprint,
            },
        )
    )
