"""Patience: what another transaction, a lost connection or a busy cluster stopped is done again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed

Done = TypeVar("Done")

PATIENCE = 60.0
"""Seconds after which no further try is begun."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0


def patiently(attempt: Callable[[], Done]) -> Done:
    """What an attempt gives in the end. Each must find out for itself what an earlier one did."""
    began, pause, tries = time.monotonic(), _FIRST_PAUSE, 0
    while True:
        tries += 1
        try:
            return attempt()
        except RedshiftFailed as failed:
            if not failed.transient:
                raise
            if time.monotonic() + pause > began + PATIENCE:
                raise RedshiftFailed(
                    f"{failed}; it was tried {tries} times",
                    trouble=failed.trouble,
                    code=failed.code,
                    said=failed.said,
                ) from failed
        # So that two who met do not meet again.
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        pause = min(pause * 2, _LONGEST_PAUSE)
