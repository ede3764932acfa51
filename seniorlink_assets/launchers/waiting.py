"""Wait for a job at a service, and show what it says meanwhile; all moods of AWS are waited out."""

import time
from dataclasses import dataclass, field

from seniorlink_assets.launchers.base import Context, Handle
from seniorlink_assets.launchers.s3_messages import StoredMessages
from seniorlink_assets.launchers.service import ServiceState
from seniorlink_assets.launchers.watch import Watch

_OFTEN, _SELDOM = 1.0, 30.0
"""Seconds between two looks at a job: when something has just happened, and at most."""

_LEAST_SLEEP = 0.05


def end_of(
    context: Context, watch: Watch, handle: Handle, messages: StoredMessages, deadline: float
) -> ServiceState | None:
    """How the job ended, when it has; None if it was still at work at the deadline.

    AwsError if the service refuses to tell.
    """
    job = _Job(context, watch, handle, messages)
    while True:
        if job.due == 0 and (state := job.look()) is not None:
            messages.look()
            return state
        job.listen()
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        time.sleep(max(min(job.due, messages.due if job.may_speak else left, left), _LEAST_SLEEP))


@dataclass
class _Spell:
    """A time in which something does not answer: told once when it begins, and when it is over."""

    context: Context
    what: str
    is_on: bool = False

    def notice(self, trouble: str) -> None:
        if trouble and not self.is_on:
            self.context.log.warning(
                f"{trouble}; the job goes on, and {self.what} looked for again"
            )
        elif self.is_on and not trouble:
            self.context.log.info("AWS answers again")
        self.is_on = bool(trouble)


@dataclass
class _Job:
    """What is known of a job so far."""

    context: Context
    watch: Watch
    handle: Handle
    messages: StoredMessages
    may_speak: bool = False
    _word: str = ""
    _changed_at: float = field(default_factory=time.monotonic)
    _look_at: float = 0.0
    _tries: int = 0
    _is_closed: bool = False

    def __post_init__(self) -> None:
        self._silence = _Spell(self.context, "its state is")
        self._deafness = _Spell(self.context, "its messages are")

    @property
    def due(self) -> float:
        """Seconds until it is worth to ask how the job is."""
        return max(self._look_at - time.monotonic(), 0)

    def look(self) -> ServiceState | None:
        """How the job ended; None if it has not, or that is not known."""
        now = time.monotonic()
        fresh = min(max((now - self._changed_at) / 20, _OFTEN), _SELDOM)
        seen = self.watch.look(self.handle, fresh)
        self._silence.notice(seen.trouble)
        self._tries = self._tries + 1 if seen.trouble else 0
        wait = min(2.0**self._tries, _SELDOM) if seen.trouble else fresh
        self._look_at = time.monotonic() + wait
        self.may_speak = seen.state is None or seen.state.phase != "waiting"
        if seen.state is None or seen.state.word == self._word:
            return None
        self._word, self._changed_at = seen.state.word, now
        self.context.log.info(f"The job is {self._word}")
        self.messages.expect_news()
        return seen.state if seen.state.is_over else None

    def listen(self) -> None:
        """Shows what the job has said, once that is due; after its last word it soon ends."""
        if not self.may_speak or self.messages.due:
            return
        self.messages.look()
        self._deafness.notice(self.messages.trouble)
        if self.messages.is_closed and not self._is_closed:
            self._is_closed, self._changed_at = True, time.monotonic()
            self._look_at = min(self._look_at, time.monotonic() + _OFTEN)
