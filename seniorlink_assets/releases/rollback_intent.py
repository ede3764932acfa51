"""What a rollback is about to move, written down so that it can be completed after a crash."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from seniorlink_assets.asked import table_called
from seniorlink_assets.catalogue import Declared
from seniorlink_assets.lake import Lake, Published
from seniorlink_assets.releases.rollback_plan import Move, histories_of
from seniorlink_assets.sentence import SentenceError


class InterruptedRollbackError(SentenceError):
    """A rollback that was begun and has to be completed, or whose intent cannot be read."""


class Intent:
    """rollbacks/<key>.json in the lake: there from before the first swap to after the last."""

    def __init__(self, lake: Lake, key: str) -> None:
        self._lake, self._key = lake, key
        self._name = f"rollbacks/{key}.json"

    def moves(self, command: str, known: Sequence[Declared]) -> list[Move]:
        """The moves that this command had begun; none if it had not.

        InterruptedRollbackError if another command had.
        """
        content = _read(self._lake, self._name)
        if content is None:
            return []
        with _understanding(self._lake, self._name):
            if content["command"] != command:
                raise InterruptedRollbackError(
                    f"another rollback of {self._key} was interrupted; complete it with "
                    f"`{content['command']}`, or delete {self._lake.storage.where(self._name)} to "
                    "leave it half done"
                )
            moves = content["moves"]
            parts = [(fields["key"], fields["partition"]) for fields in moves]
            histories = histories_of(parts, self._lake)
            return [
                _move(fields, histories[part], known)
                for fields, part in zip(moves, parts, strict=True)
            ]

    def write(self, command: str, moves: Sequence[Move]) -> None:
        content = {
            "command": command,
            "moves": [
                {
                    "key": move.key,
                    "partition": move.partition,
                    "live": move.live.place,
                    "target": move.target.place,
                    "withdrawn": [*move.withdrawn],
                }
                for move in moves
            ],
        }
        self._lake.storage.put(self._name, json.dumps(content).encode())

    def forget(self) -> None:
        self._lake.storage.remove([self._name])


def _move(
    fields: Mapping[str, Any], history: Sequence[Published], known: Sequence[Declared]
) -> Move:
    by_place = {then.place: then for then in history}
    return Move(
        table_called(fields["key"], known),
        by_place[fields["live"]],
        by_place[fields["target"]],
        fields["withdrawn"],
    )


def places_in_use(lake: Lake) -> set[str]:
    """The snapshots that interrupted rollbacks are about."""
    places = set()
    names = (listed.name for listed in lake.storage.listed("rollbacks/"))
    for name in filter(lambda name: name.endswith(".json"), names):
        content = _read(lake, name)
        with _understanding(lake, name):
            for move in content["moves"] if content else ():
                places |= {move["live"], move["target"]}
    return places


def _read(lake: Lake, name: str) -> Any:
    with _understanding(lake, name):
        found = lake.storage.read(name)
        return json.loads(found.content) if found else None


@contextmanager
def _understanding(lake: Lake, name: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InterruptedRollbackError(
            f"{lake.storage.where(name)} does not say what a rollback was about to do "
            f"({type(error).__name__}); see with `seniorlink history` what is live, then delete it"
        ) from error
