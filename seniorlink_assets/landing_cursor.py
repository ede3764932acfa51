"""The landing sensor's memory: which version of every landed day has been asked for."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

# Dagster keeps a copy of the cursor with every tick, so it is made small.
_DIGITS = 8


class CursorError(Exception):
    """A cursor that this sensor did not write."""


@dataclass
class Seen:
    """The version of every (set, day) that runs were asked for.

    `repeats` counts the days that changed after they were seen: a file that gets its old content
    back is asked for again. `owed` are unpartitioned tables to ask for once every new day is seen.
    `resume` is where a look that ran out of time goes on.
    """

    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    repeats: int = 0
    owed: set[str] = field(default_factory=set)
    resume: tuple[str, str] | None = None

    def version(self, landing: str, day: str) -> str | None:
        return self.versions.get(landing, {}).get(day)

    def see(self, landing: str, day: str, version: str) -> int:
        """Remembers a version; says which repeat it is, 0 for a day seen for the first time."""
        days = self.versions.setdefault(landing, {})
        repeated = day in days
        days[day] = version[:_DIGITS]
        self.repeats += repeated
        return self.repeats if repeated else 0

    def is_news(self, landing: str, day: str, version: str) -> bool:
        return self.version(landing, day) != version[:_DIGITS]

    def to_cursor(self) -> str:
        content = [self.versions, self.repeats, sorted(self.owed), self.resume]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return base64.b85encode(zlib.compress(text.encode())).decode()

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Seen":
        """What a cursor remembers, nothing if there is none yet; CursorError if it is damaged."""
        if not cursor:
            return cls()
        try:
            text = zlib.decompress(base64.b85decode(cursor)).decode()
            versions, repeats, owed, resume = json.loads(text)
            return cls(_versions(versions), int(repeats), set(owed), resume and tuple(resume))
        except (ValueError, TypeError, AttributeError, zlib.error) as error:
            raise CursorError(
                f"the landing sensor's cursor is damaged ({type(error).__name__}); it starts afresh"
            ) from error


def _versions(found: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {landing: dict(days) for landing, days in found.items()}
