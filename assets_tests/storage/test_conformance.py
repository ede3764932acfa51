"""What every storage promises."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from assets_tests.checkout import REAL
from assets_tests.storage.elsewhere import COUNTER, LOCK, count

ODD = [
    "published/care/moods/2025-01-02.json",
    'snapshots/a b/ä+&=%25#?;,/it\'s "so".parquet',
    "snapshots/{x}/[y]/~$(z)|@!^.json",
    "snapshots/日本/part-00000-é.parquet",
    "snapshots/dots/..json",
]


@pytest.fixture
def elsewhere(storage, request):
    """Starts another process that uses the same storage; ends it with the test."""
    variables = {**os.environ, "PYTHONPATH": str(REAL)}
    if storage.url.startswith("s3://"):
        variables.update(request.getfixturevalue("aws").environment)
    started = []

    def start(what, *more):
        command = [sys.executable, "-m", "assets_tests.storage.elsewhere", what, storage.url, *more]
        started.append(
            subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, cwd=REAL, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def names(storage, beginning=""):
    return [listed.name for listed in storage.listed(beginning)]


def test_what_is_not_there_is_none(storage):
    assert storage.read("a/b") is None
    assert storage.tail("a/b", 5) is None
    assert names(storage) == storage.folders("a") == []
    assert storage.read_all("a") == storage.sizes(["a/b"]) == {}
    assert not storage.has_folder("a")
    storage.remove(["a/b", "a/"])


def test_what_is_put_is_read_by_another_process(storage, another):
    storage.put("a/b", b"one")
    storage.put("a/b", b"two")

    assert another().read("a/b").content == b"two"


def test_the_end_of_a_content_is_read(storage):
    storage.put("log", b"0123456789")
    storage.put("empty", b"")

    assert storage.tail("log", 3) == b"789"
    assert storage.tail("log", 30) == b"0123456789"
    assert storage.tail("empty", 3) == b""


def test_with_the_end_of_a_content_comes_its_size(storage):
    storage.put("log", b"0123456789")
    storage.put("empty", b"")

    assert storage.ending("log", 3) == (b"789", 10)
    assert storage.ending("log", 30) == (b"0123456789", 10)
    assert storage.ending("empty", 3) == (b"", 0)
    assert storage.ending("none", 3) is None


def test_what_is_new_is_written_once(storage):
    assert storage.write("a/b", b"one", over=None)
    assert not storage.write("a/b", b"two", over=None)

    assert storage.read("a/b").content == b"one"


def test_a_version_is_written_over_once(storage):
    storage.put("a/b", b"one")
    version = storage.read("a/b").version

    assert storage.write("a/b", b"two", over=version, durable=True)
    assert not storage.write("a/b", b"three", over=version)
    assert storage.read("a/b").content == b"two"


def test_what_was_removed_meanwhile_is_not_written_over(storage):
    storage.put("a/b", b"one")
    version = storage.read("a/b").version
    storage.remove(["a/b"])

    assert not storage.write("a/b", b"two", over=version)
    assert storage.read("a/b") is None


def test_of_many_that_write_over_nothing_at_once_one_wins(storage, another):
    contents = [b"%d" % number for number in range(8)]

    with ThreadPoolExecutor(8) as threads:
        won = [*threads.map(lambda one: another().write("a/b", one, over=None), contents)]

    assert won.count(True) == 1
    assert storage.read("a/b").content == contents[won.index(True)]


def test_nothing_is_lost_of_what_threads_and_processes_count_together(storage, another, elsewhere):
    processes = [elsewhere("count", "20") for _ in range(3)]
    threads = [Thread(target=count, args=(another(), 20)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [process.wait() for process in processes] == [0, 0, 0]
    assert storage.read(COUNTER).content == b"100"


def test_the_holder_of_a_lock_is_alone(storage, another):
    storage.put("sum", b"0")

    def add(number):
        mine = another()
        with mine.locked(LOCK) as still_held:
            seen = int(mine.read("sum").content)
            still_held()
            mine.put("sum", b"%d" % (seen + number))

    with ThreadPoolExecutor(4) as threads:
        [*threads.map(add, range(8))]

    assert storage.read("sum").content == b"28"


def test_a_lock_that_was_given_free_is_had_at_once(storage):
    for _ in range(3):
        with storage.locked(LOCK) as still_held:
            still_held()


def test_a_lock_is_given_free_when_its_holder_fails(storage):
    with pytest.raises(LookupError), storage.locked(LOCK):
        raise LookupError

    with storage.locked(LOCK) as still_held:
        still_held()


def test_a_lock_does_not_outlive_the_process_that_holds_it(storage, elsewhere):
    holder = elsewhere("hold")
    assert holder.stdout.readline() == "held\n"
    holder.kill()

    with storage.locked(LOCK) as still_held:
        still_held()


def test_names_are_listed_in_their_order_however_deep_they_lie(storage):
    there = ["a/b/c", "a/b.d", "a/b/c.d/e", "a/b-e", "a/B", "ab/c", "a/bc/d"]
    for name in there:
        storage.put(name, name.encode())

    assert names(storage) == sorted(there)
    assert names(storage, "a/b/") == ["a/b/c", "a/b/c.d/e"]
    assert names(storage, "a/b") == ["a/b-e", "a/b.d", "a/b/c", "a/b/c.d/e", "a/bc/d"]
    assert names(storage, "a/b/c.d/e") == ["a/b/c.d/e"]
    assert names(storage, "b/") == []


def test_a_listing_tells_size_and_age(storage):
    storage.put("a/b", b"12345")

    (listed,) = storage.listed("a/")

    assert listed.bytes == 5
    assert abs(listed.modified - time.time()) < 3600


def test_folders_are_those_directly_in_one(storage):
    for name in ("a/b/c", "a/d/e/f", "a/g", "h/i"):
        storage.put(name, b"")

    assert storage.folders("a") == ["b", "d"]
    assert storage.folders("") == ["a", "h"]
    assert storage.has_folder("a/d/e")
    assert not storage.has_folder("a/d/x")


def test_the_sizes_of_what_is_there_are_told(storage):
    there = {f"a/{number}": number for number in range(9)} | {"b/c": 3}
    for name, size in there.items():
        storage.put(name, b"x" * size)

    assert storage.sizes([*there, "a/none", "b/none", "none/x"]) == there


def test_whole_folders_and_single_names_are_removed(storage):
    for name in ("a/b/c", "a/b/d/e", "a/bc", "f", "g"):
        storage.put(name, b"")

    storage.remove(["a/b/", "f", "nothing", "nothing/at/all/"])
    storage.remove_empty(["a/b"])

    assert names(storage) == ["a/bc", "g"]


def test_all_documents_of_a_folder_are_read(storage):
    for number in range(40):
        storage.put(f"a/{number:02}.json", b"%d" % number)
    for name in ("a/.turn.lock", "a/b/c.json"):
        storage.put(name, b"x")

    found = storage.read_all("a")

    assert [*found] == [f"{number:02}.json" for number in range(40)]
    assert found["07.json"] == storage.read("a/07.json")


def test_what_changes_comes_and_goes_is_seen_by_the_next_who_reads_all(storage, another):
    for number in range(40):
        storage.put(f"a/{number:02}.json", b"old")
    storage.read_all("a")

    other = another()
    other.put("a/07.json", b"new")
    other.put("a/40.json", b"new")
    other.remove(["a/13.json"])
    found = storage.read_all("a")

    assert found["07.json"].content == found["40.json"].content == b"new"
    assert "13.json" not in found
    assert len(found) == 40


def test_some_documents_of_a_folder_are_read(storage):
    for number in range(50):
        storage.put(f"a/{number}", b"%d" % number)

    few = storage.read_some("a", ["3", "none"])
    many = storage.read_some("a", [*map(str, range(1, 45)), "none"])

    assert {name: document.content for name, document in few.items()} == {"3": b"3"}
    assert {*many} == {*map(str, range(1, 45))}


def test_files_are_at_hand_under_their_names(storage):
    storage.put("a/b/part-0.parquet", b"rows")
    storage.put("c", b"x" * 100_000)

    with storage.at_hand(["a/b/part-0.parquet", "c"]) as folder:
        assert (folder / "a/b/part-0.parquet").read_bytes() == b"rows"
        assert (folder / "c").stat().st_size == 100_000

    assert {*names(storage)} == {"a/b/part-0.parquet", "c"}


@pytest.mark.parametrize("name", ODD)
def test_a_name_may_have_odd_characters(storage, name):
    storage.put(name, b"one")
    folder, _, last = name.rpartition("/")

    assert storage.write(name, b"two", over=storage.read(name).version)
    assert names(storage) == names(storage, f"{folder}/") == [name]
    assert storage.sizes([name]) == {name: 3}
    assert [*storage.read_all(folder)] == ([] if last.startswith(".") else [last])
    with storage.at_hand([name]) as near:
        assert (near / name).read_bytes() == b"two"
    storage.remove([name])
    assert names(storage) == []


def test_what_is_done_with_each_comes_in_their_order(storage):
    assert storage.each(lambda number: number * 2, range(50)) == [*range(0, 100, 2)]


def test_an_error_of_one_is_raised(storage):
    with pytest.raises(LookupError):
        storage.each(_fails_at_7, range(50))


def _fails_at_7(number):
    if number == 7:
        raise LookupError
    return number
