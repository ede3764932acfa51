"""Errors that a person reads: the base of all that the platform foresees."""

from collections.abc import Mapping


class SentenceError(Exception):
    """Its text is one sentence: what is wrong, where, and what to do."""


class InputError(SentenceError):
    """Something that is to be read is not there.

    If it is only needed by some partitions, `by_partition` says to each of them what it lacks.
    """

    def __init__(self, sentence: str, by_partition: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.by_partition = by_partition or {}
