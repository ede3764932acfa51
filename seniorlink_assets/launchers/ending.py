"""End a job at a service, and know that it is over."""

import time

from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.base import Handle, NotEnded
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.service import Service
from seniorlink_assets.launchers.watch import UNLISTED_SECONDS

_PATIENCE = 300.0
_LONGEST_WAIT = 5.0


def end(service: Service, papers: Papers, handle: Handle) -> None:
    """Ends a job, and comes back when it is over, so that it writes nothing any more.

    Harmless if it is over; NotEnded if it cannot be ended.
    """
    deadline, is_asked, wait, trouble = time.monotonic() + _PATIENCE, False, 0.5, ""
    while time.monotonic() < deadline:
        try:
            state = service.state(handle)
            if state.is_over if state else not is_new(handle):
                return
            if not is_asked:
                service.stop(handle)
                is_asked = True
                continue
        except AwsError as error:
            trouble = str(error)
            if not error.transient:
                break
        time.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_WAIT)
    raise not_ended(papers, handle, trouble)


def not_ended(papers: Papers, handle: Handle, trouble: str) -> NotEnded:
    """What is told of a job of which nobody knows whether it is over."""
    return NotEnded(
        f"The job {handle['id']} may still be at work{f': {trouble}' if trouble else ''}; end it "
        f"with `seniorlink jobs --reap`, its papers are in {papers.where}"
    )


def is_new(handle: Handle) -> bool:
    """Whether its service may not know the job yet."""
    return time.time() < handle["at"] + UNLISTED_SECONDS
