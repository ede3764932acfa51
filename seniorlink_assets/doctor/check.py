"""A check, and what became of it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from seniorlink_assets.launchers.aws import AwsError, Trouble
from seniorlink_assets.sentence import SentenceError


class CheckFailed(SentenceError):
    """Something is not as it must be; says what to do."""


class Unsaid(SentenceError):
    """Something that cannot be found out from here, or need not be as it is; no failure."""


@dataclass(frozen=True)
class Check:
    """One thing to look at. `needs` are the checks that must be fine for it to make sense.

    `look` says what it found, or raises CheckFailed, Unsaid or another sentence.
    """

    name: str
    look: Callable[[], str]
    needs: tuple[str, ...] = ()


@contextmanager
def unless(*troubles: Trouble) -> Iterator[None]:
    """Makes no failure of what AWS does not say, where nothing but this check needs to know it."""
    try:
        yield
    except AwsError as error:
        if error.trouble not in troubles:
            raise
        raise Unsaid(f"this cannot be said: {error}") from error


@dataclass(frozen=True)
class Finding:
    name: str
    verdict: Literal["ok", "FAILED", "-"]
    sentence: str


def findings(checks: Iterable[Check]) -> Iterator[Finding]:
    """Each check's finding as soon as there is one, in order."""
    fine: set[str] = set()
    for check in checks:
        missing = [name for name in check.needs if name not in fine]
        if missing:
            yield Finding(check.name, "-", f"not looked at, for {missing[0]} is not ok")
            continue
        try:
            yield Finding(check.name, "ok", check.look())
        except Unsaid as error:
            yield Finding(check.name, "-", str(error))
        except (SentenceError, OSError) as error:
            yield Finding(check.name, "FAILED", str(error))
            continue
        fine.add(check.name)
