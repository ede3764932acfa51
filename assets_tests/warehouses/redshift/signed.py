"""Logins that the double of Redshift gives itself, where AWS is not what is tested."""

from assets_tests.doubles.redshift.running import RedshiftDouble
from seniorlink_assets.warehouses.redshift.credentials import Login, Logins

_USER = "IAM:us"


class SignedLogins(Logins):
    """With a `port`, one that is before the double's own."""

    def __init__(self, redshift: RedshiftDouble, port: int = 0) -> None:
        self._redshift, self._port = redshift, port or redshift.port

    def login(self) -> Login:
        return Login(self._redshift.host, self._port, _USER, self._redshift.password(_USER))

    def _asked(self) -> tuple[Login, float]:
        raise NotImplementedError
