"""Passwords that say how long they are good: who has the key can issue and check them."""

import hashlib
import hmac
import time

from assets_tests.doubles.redshift.messages import Refused


def issue(key: bytes, user: str, seconds: float = 900) -> str:
    """A password for a user, good for so long."""
    until = str(int(time.time() + seconds))
    return f"{until}:{_signed(key, user, until)}"


def check(key: bytes, user: str, password: str) -> None:
    """Raises what Redshift says to a password that is wrong or expired."""
    until, _, signature = password.partition(":")
    if not hmac.compare_digest(signature.encode(), _signed(key, user, until).encode()):
        raise Refused("28000", f'password authentication failed for user "{user}"', fatal=True)
    if float(until) <= time.time():
        raise Refused(
            "28000", f'IAM Authentication failed: the token of "{user}" has expired', fatal=True
        )


def _signed(key: bytes, user: str, until: str) -> str:
    return hmac.new(key, f"{user}:{until}".encode(), hashlib.sha256).hexdigest()
