"""Errors that a person reads: the base of all that the platform foresees."""


class SentenceError(Exception):
    """Its text is one sentence: what is wrong, where, and what to do."""
