"""Which tests may run side by side in several workers."""

from xdist.scheduler import LoadScopeScheduling

_DRILLS = "assets_tests/drills"


class SideBySide(LoadScopeScheduling):
    """A worker runs a file as a whole; all drills are one, for they share a home."""

    def _split_scope(self, nodeid: str) -> str:
        return _DRILLS if nodeid.startswith(_DRILLS) else nodeid.partition("::")[0]
