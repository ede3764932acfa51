"""Code that was shipped goes when nothing was made with it that is kept, and nothing is being."""

from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import replace

import pytest

from assets_tests.releases.released import ON_BOTH, TOTALS, Home
from assets_tests.releases.test_retention import Died, a_job, at_work, files, gc, make_old
from seniorlink_assets.deploy import CODE, LOCK, Package, pack, ship, unshipped
from seniorlink_assets.environments import CHECKOUT

OLD, OTHER = Package({"spark/run.py": b"old"}, b"entry"), Package({}, b"entry of another")

pytestmark = ON_BOTH


def shipped(home: Home) -> set[str]:
    return {*home.lake.storage.folders(CODE)}


def test_code_that_nobody_has_used_for_long_goes_whole(home):
    ship(OLD, home.lake.storage)
    make_old(home)
    ship(OTHER, home.lake.storage)

    garbage = gc(home)[CODE]

    assert files(home, CODE) - {LOCK.removeprefix(f"{CODE}/")} == {
        f"{OTHER.hash}/{name}" for name in ("code.zip", "entry.py", "files.json")
    }
    assert garbage.packages == [OLD.place]
    assert garbage.bytes == len(OLD.code) + len(OLD.entry) + len(OLD.content)


def test_the_code_of_this_checkout_stays(home):
    package = pack(CHECKOUT)
    ship(package, home.lake.storage)
    make_old(home)

    gc(home)

    assert unshipped(package, home.lake.storage) == {}


def test_code_stays_as_long_as_a_snapshot_that_was_made_with_it(home):
    for package, moods in ((OLD, (1, 2)), (OTHER, (3,))):
        ship(package, home.lake.storage)
        for mood in moods:
            home.release(TOTALS, mood, code_package=package.hash)
    make_old(home)

    gc(home, keep=2)
    with_two = shipped(home)
    gc(home, keep=1)

    assert (with_two, shipped(home)) == ({OLD.hash, OTHER.hash}, {OTHER.hash})


def test_code_that_a_job_at_work_was_started_with_stays(home):
    for package in (OLD, OTHER):
        ship(package, home.lake.storage)
    job = a_job(home, home.release(TOTALS, 1))
    at_work(home, "care/totals", "at-work", replace(job, code_package=OLD.hash))
    make_old(home)

    gc(home)

    assert shipped(home) == {OLD.hash}


def test_while_a_job_has_not_said_what_code_it_has_all_code_stays(home):
    ship(OLD, home.lake.storage)
    at_work(home, "care/totals", "at-work")
    make_old(home)

    gc(home)

    assert unshipped(OLD, home.lake.storage) == {}


def test_while_a_table_cannot_be_read_all_code_stays(home):
    ship(OLD, home.lake.storage)
    home.release(TOTALS, 1)
    home.lake.storage.put("published/care/totals/all.json", b"{")
    make_old(home)

    swept = gc(home)

    assert CODE not in swept
    assert unshipped(OLD, home.lake.storage) == {}


def test_what_is_shipped_while_code_goes_is_there_afterwards(home, monkeypatch):
    storage = home.lake.storage
    ship(OLD, storage)
    make_old(home)
    locked = storage.locked

    @contextmanager
    def after_somebody_else(name):
        if name == LOCK:
            monkeypatch.setattr(storage, "locked", locked)
            ship(OLD, storage)
            storage.put(f"{OLD.place}/now", b"")  # what is written again in a bucket looks old here
        with locked(name) as still_held:
            yield still_held

    monkeypatch.setattr(storage, "locked", after_somebody_else)
    gc(home)

    assert unshipped(OLD, storage) == {}


def crash(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the process die that has removed a part of an old package."""
    storage, remove = home.lake.storage, home.lake.storage.remove
    ship(OLD, storage)
    make_old(home)

    def dying(names: Iterable[str]) -> None:
        found = [listed.name for name in names for listed in storage.listed(name)]
        if found:
            remove(name for name in found if not name.endswith("code.zip"))
            raise Died

    with monkeypatch.context() as patched:
        patched.setattr(storage, "remove", dying)
        with pytest.raises(Died):
            gc(home)


def test_after_a_crash_in_the_middle_the_rest_goes_the_next_time(home, monkeypatch):
    crash(home, monkeypatch)
    left = shipped(home)

    gc(home)

    assert (left, shipped(home)) == ({OLD.hash}, set())


def test_after_a_crash_in_the_middle_code_is_shipped_again(home, monkeypatch):
    crash(home, monkeypatch)

    again = ship(OLD, home.lake.storage)

    assert again.uploaded == len(OLD.entry) + len(OLD.content)
    assert unshipped(OLD, home.lake.storage) == {}


def test_a_dry_run_names_code_and_removes_none(home):
    ship(OLD, home.lake.storage)
    make_old(home)

    said = gc(home, dry_run=True)[CODE]

    assert said.packages == [OLD.place]
    assert unshipped(OLD, home.lake.storage) == {}
