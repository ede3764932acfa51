"""One home that is up to date, in which every drill lands something new."""

from collections.abc import Callable, Iterator

import pytest

from assets_tests.drills.company import DAYS, write_company
from assets_tests.drills.drill import Drill, Reader
from assets_tests.drills.home import SETS, DrillHome
from assets_tests.launchers.pools import keepers_end

_COUNTS = pytest.StashKey[dict[str, int]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COUNTS] = {"drills": 0, "kills": 0}


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    counts = config.stash[_COUNTS]
    if counts["drills"]:
        terminalreporter.write_line(f"{counts['drills']} drills, {counts['kills']} kills")


@pytest.fixture(scope="package")
def counts(pytestconfig: pytest.Config) -> dict[str, int]:
    """How many drills there were, and how many kills."""
    return pytestconfig.stash[_COUNTS]


@pytest.fixture(scope="package")
def green_home(
    tmp_path_factory: pytest.TempPathFactory, counts: dict[str, int]
) -> Iterator[DrillHome]:
    folder = tmp_path_factory.mktemp("drills")
    home = DrillHome(folder / "home", write_company(folder / "checkout"))
    for name in SETS:
        home.land(name, DAYS)
    try:
        with keepers_end(home.folder / "jvms"):
            home.recover()
            yield home
        counts["kills"] += home.kills
        assert home.processes() == {}
    finally:
        home.close()


@pytest.fixture(scope="package")
def reader(green_home: DrillHome) -> Iterator[Reader]:
    with Reader.of(green_home) as reader:
        yield reader


@pytest.fixture(scope="module")
def drill(green_home: DrillHome, reader: Reader, counts: dict[str, int]) -> Callable[[str], Drill]:
    """Lands something new in a set: `drill("pulses")`."""

    def begins(name: str) -> Drill:
        counts["drills"] += 1
        return Drill.begins(green_home, reader, name)

    return begins
