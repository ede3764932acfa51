"""Submit a job once, however often that takes, and find it by its name."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime

from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.base import Context, Handle, NotEnded
from seniorlink_assets.launchers.ending import end
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.service import Command, Service
from seniorlink_assets.sentence import SentenceError

CONTEXT = "context.json"
"""A job that does not find this paper ends at once."""

_COMMAND = "command.json"
"""Written before a job is submitted: where it is not, there is no job."""

_FIND_SECONDS = 30.0
"""For so long a service may keep a job from its list that it has accepted."""

_PATIENCE = 1800.0
_LONGEST_WAIT = 30.0
_CONFLICTS = 3


def submit_once(
    context: Context, service: Service, command: Command, papers: Papers, deadline: float
) -> Handle:
    """Submits a job, and does it again where it failed; AwsError if the service will not have it.

    A request that was not answered may have been heard: then the job is looked for.
    """
    since, until = datetime.now(UTC), min(deadline, time.monotonic() + _PATIENCE)
    written = {"name": command.name, "at": since.isoformat(), "options": command.options}
    papers.put(_COMMAND, json.dumps(written).encode())
    tries = 0
    try:
        while True:
            try:
                if tries and (found := service.find(command.name, since)) is not None:
                    return found
                return service.submit(command)
            except AwsError as error:
                is_hopeless = not error.transient and (not error.may_be_done or tries > _CONFLICTS)
                if is_hopeless or time.monotonic() > until:
                    raise
                if not tries:
                    context.log.warning(f"{error}; it is tried again")
            time.sleep(min(2.0**tries, _LONGEST_WAIT))
            tries += 1
    except BaseException as error:
        if not isinstance(error, AwsError) or error.transient or error.may_be_done:
            _withdraw(service, command, since, papers)
        raise


def find_submitted(service: Service, papers: Papers) -> Handle | None:
    """The job with these papers; None if it was never submitted."""
    command = papers.read(_COMMAND)
    if command is None:
        return None
    written = json.loads(command)
    since = datetime.fromisoformat(written["at"])
    return _found(service, written["name"], since, since.timestamp() + _FIND_SECONDS)


def _withdraw(service: Service, command: Command, since: datetime, papers: Papers) -> None:
    """Sees to it that a job does nothing that may have been submitted."""
    with suppress(SentenceError, OSError):
        papers.storage.remove([f"{papers.place}/{CONTEXT}"])
    try:
        found = _found(service, command.name, since, time.time() + _FIND_SECONDS)
    except AwsError as error:
        raise NotEnded(
            f"It is not known whether the job {command.name} was submitted ({error}); "
            "materialize again when AWS answers: it is looked for, and followed or ended"
        ) from error
    if found is not None:
        end(service, papers, found)


def _found(service: Service, name: str, since: datetime, until: float) -> Handle | None:
    """A job by its name; one that was submitted a moment ago may take another to be listed."""
    while (found := service.find(name, since)) is None and time.time() < until:
        time.sleep(2)
    return found
