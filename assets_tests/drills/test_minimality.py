"""For any graph and any failures: recovery ends up to date, and computes only what it must.

`hypothesis` draws tables, days, changes and faults; the launcher of the five steps costs nothing.
"""

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets_tests.drills.small_world import Code, Fault, World
from seniorlink_assets.recovery.runs import estimate

CASES = 2000
DAYS = [f"2025-01-{day:02d}" for day in range(1, 5)]
FAULTS = get_args(Fault)
MEMORY = Path("/dev/shm")  # noqa: S108


@dataclass(frozen=True)
class Table:
    daily: bool
    reads: Sequence[int]
    added: int
    divisor: int


@dataclass(frozen=True)
class Change:
    """Something that happens between two recoveries; numbers are taken modulo what there is."""

    kind: str
    number: int
    day: int
    value: int


@dataclass(frozen=True)
class Round:
    changes: Sequence[Change]
    faults: Mapping[int, Fault]


@dataclass(frozen=True)
class Story:
    tables: Sequence[Table]
    days: Sequence[str]
    rounds: Sequence[Round]


CHANGES = st.builds(
    Change,
    st.sampled_from(["lands", "withheld", "code", "same code", "broken code"]),
    st.integers(0, 6),
    st.integers(0, 3),
    st.integers(0, 3),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    tables = []
    for number in range(draw(st.integers(2, 7))):
        earlier = st.lists(st.integers(0, max(number - 1, 0)), unique=True, max_size=min(number, 3))
        tables.append(
            Table(
                daily=draw(st.booleans()),
                reads=draw(earlier) if number else [],
                added=draw(st.integers(0, 3)),
                divisor=draw(st.sampled_from([1, 1, 4])),
            )
        )
    rounds = st.builds(
        Round,
        st.lists(CHANGES, max_size=3),
        st.dictionaries(st.integers(0, len(tables) - 1), st.sampled_from(FAULTS), max_size=3),
    )
    days = DAYS[: draw(st.integers(1, len(DAYS)))]
    return Story(tables, days, draw(st.lists(rounds, min_size=1, max_size=3)))


def test_recovery_ends_up_to_date_and_computes_only_what_it_must(capsys):
    tally: Counter[str] = Counter()

    @given(stories())
    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow],
    )
    def hold(story: Story) -> None:
        with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as home:
            world = begun(Path(home), story)
            recover_among_faults(world, story.rounds)
            mend(world, len(story.rounds))
            assert_recovery_is_minimal_and_converges(world)
        tally.update(["cases"])
        tally.update(world.met)
        tally["jobs"] += len(world.jobs)

    hold()

    with capsys.disabled():
        counts = ", ".join(f"{what}: {count}" for what, count in sorted(tally.items()))
        print(f"\n{counts}")  # noqa: T201
    assert {*FAULTS} <= tally.keys()


def recover_among_faults(world: World, rounds: Sequence[Round]) -> None:
    for number, one in enumerate(rounds):
        happen(world, one.changes, number)
        before, known = len(world.jobs), {*world.made}
        world.recover({f"small/t{table}": fault for table, fault in one.faults.items()})
        made = [one for job in world.jobs[before:] for one in job]
        assert len(made) == len({*made})
        wanted = {computed.made for computed in world.from_scratch().values()}
        assert {*made} <= wanted - known


def assert_recovery_is_minimal_and_converges(world: World) -> None:
    before, known = len(world.jobs), {*world.made}
    planned, expected = world.plan(), world.from_scratch()

    runs = world.recover({})

    made = [one for job in world.jobs[before:] for one in job]
    assert sorted(made) == sorted({one.made for one in expected.values()} - known)
    assert world.contents() == {part: one.content for part, one in expected.items()}
    assert world.visible() == world.versions()
    assert world.plan().findings == []
    assert len(runs) <= 1
    cost = estimate(planned, runs)
    assert cost.least <= len(world.jobs) - before <= cost.most


def begun(home: Path, story: Story) -> World:
    world = World(home, story.days)
    for number, table in enumerate(story.tables):
        code = Code(f"{number}-0", table.added, table.divisor)
        world.add(daily=table.daily, reads=table.reads, code=code)
    return world


def happen(world: World, changes: Sequence[Change], number: int) -> None:
    for place, change in enumerate(changes):
        day = world.days[change.day % len(world.days)]
        landing = world.landing[change.number % len(world.landing)]
        table = change.number % len(world.tables)
        code = world.codes[world.tables[table].key]
        version = f"{table}-{number}.{place}"
        if change.kind == "lands":
            world.land(landing, day, change.value)
        elif change.kind == "withheld":
            world.withhold(landing, day)
        elif change.kind == "code":
            world.change_code(table, Code(version, change.value, code.divisor))
        elif change.kind == "same code":
            world.change_code(table, Code(version, code.added, code.divisor, code.is_broken))
        else:
            world.change_code(table, Code(version, code.added, code.divisor, is_broken=True))


def mend(world: World, number: int) -> None:
    """Brings what was withheld, and corrects what is broken."""
    for landing in world.landing:
        for day in world.days:
            if (landing.key, day) not in world.landed:
                world.land(landing, day, 2)
    for table, declared in enumerate([*world.tables]):
        code = world.codes[declared.key]
        if code.is_broken:
            world.change_code(table, Code(f"{table}-{number}", code.added, code.divisor))
