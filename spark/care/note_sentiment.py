"""Judge how a note sounds by a small lexicon; no word of a note leaves this function."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_GOOD = {
    "calm", "contento", "contenta", "enjoyed", "feliz", "fun", "glad", "good", "great", "happy",
    "helped", "laughed", "loved", "proud", "regular", "rested", "sang", "smiled", "together",
    "tranquilo", "well",
}  # fmt: skip
_HARD = {
    "afraid", "agitado", "agitada", "angry", "anxious", "cancelled", "confused", "cried",
    "depressed", "exhausted", "fell", "hard", "hospital", "hurt", "injury", "lonely", "overwhelmed",
    "pain", "refused", "sad", "swollen", "tired", "triste", "upset", "worried", "worse",
}  # fmt: skip
_NOT = {"no", "not", "never", "without", "ni", "nunca", "sin"}
_REACH = 2
"""So many words after a no the next word of feeling means its opposite."""


def note_sentiment(daily_notes: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for note in daily_notes:
        words = _WORD.findall(unicodedata.normalize("NFKC", note["body"] or "").casefold())
        good, hard = _feelings(words)
        yield {
            "note_id": note["note_id"],
            "caregiver_id": note["caregiver_id"],
            "noted_on": note["noted_on"],
            "sentiment": f"{(good - hard) / max(good + hard, 1):.3f}",
            "good_words": good,
            "hard_words": hard,
            "words": len(words),
            "_dropped": None if words else "no text",
        }


def _feelings(words: list[str]) -> tuple[int, int]:
    """How many words of good and of hard feeling there are."""
    good = hard = 0
    for place, word in enumerate(words):
        if word not in _GOOD and word not in _HARD:
            continue
        is_denied = not _NOT.isdisjoint(words[max(place - _REACH, 0) : place])
        if (word in _GOOD) != is_denied:
            good += 1
        else:
            hard += 1
    return good, hard
