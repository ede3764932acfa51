"""The access keys that the double accepts, and when they expire."""

import itertools
import threading

from assets_tests.doubles.aws.calls import UNSIGNED, Call
from assets_tests.doubles.aws.refused import Refused


class Credentials:
    """The newest key is good; keys that were expired are refused as expired, others as unknown."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._expired: set[str] = set()
        self._known: set[str] = set()
        self.newest = self.renewed()

    def renewed(self) -> str:
        """A new access key; the older ones stay as they are."""
        with self._lock:
            self.newest = f"AKIADOUBLE{next(self._numbers):010d}"
            self._known.add(self.newest)
            return self.newest

    def expire(self) -> None:
        """Every key given out so far is refused from now on."""
        with self._lock:
            self._expired |= self._known

    def check(self, call: Call) -> None:
        """Refuses a call that is signed with a key that is expired or unknown."""
        if call.operation in UNSIGNED:
            return
        key, s3 = call.access_key, call.service == "s3"
        if key in self._expired:
            raise Refused(
                "ExpiredToken" if s3 or call.service == "sts" else "ExpiredTokenException",
                "The security token included in the request is expired",
                400 if s3 else 403,
            )
        if key not in self._known and not key.startswith("ASIA"):
            if s3:
                message = "The AWS Access Key Id you provided does not exist in our records."
                raise Refused("InvalidAccessKeyId", message, 403)
            raise Refused(
                "InvalidClientTokenId" if call.service == "sts" else "UnrecognizedClientException",
                "The security token included in the request is invalid.",
                403,
            )
