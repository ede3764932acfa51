"""Files on this machine and in a store are the same to a job."""

import pytest

from spark.files import files_at
from spark.hadoop_files import FilesError

ODD = "a b%20c+d[1]{2}é,x.txt"


@pytest.fixture
def files(place):
    return files_at(place)


def test_a_file_is_read_as_it_was_created(files, place):
    for number, content in enumerate((b"", b"x", bytes(range(256)) * 5_000)):
        files.create(f"{place}/new folder/{number}", content)

        assert files.read(f"{place}/new folder/{number}") == content


def test_a_file_may_have_any_name(files, place):
    files.create(f"{place}/{ODD}", b"x")

    assert files.read(f"{place}/{ODD}") == b"x"
    assert [file.path for file in files.matching(place, "*.txt")] == [f"{place}/{ODD}"]


def test_what_is_there_cannot_be_created_again_and_stays(files, place):
    files.create(f"{place}/one", b"first")

    with pytest.raises(FileExistsError):
        files.create(f"{place}/one", b"second")

    assert files.read(f"{place}/one") == b"first"
    assert [file.path for file in files.matching(place, "*")] == [f"{place}/one"]


def test_what_is_there_is_replaced_where_that_is_wanted(files, place):
    for content in (b"first and long", b"second"):
        files.put(f"{place}/folder/one", content)

    assert files.read(f"{place}/folder/one") == b"second"


def test_what_is_missing_is_not_found(files, place):
    with pytest.raises(FileNotFoundError, match="gone"):
        files.read(f"{place}/gone")
    with pytest.raises(FileNotFoundError, match="gone"), files.opened(f"{place}/gone"):
        pass


def test_the_beginning_of_a_file_is_read_by_lines_and_its_size_is_known(files, place):
    content = b"first\n" + b"x" * 200_000 + b"\nlast"
    files.create(f"{place}/long", content)

    with files.opened(f"{place}/long") as file:
        lines = [file.stream.readline(), file.stream.readline(), file.stream.readline()]

    assert lines == content.splitlines(keepends=True)
    assert file.bytes == len(content)


def test_files_are_found_by_pattern_in_order_with_their_sizes(files, place):
    for name in (
        "day=2/b.parquet",
        "day=1/a.parquet",
        "day=1/x.txt",
        "c.parquet",
        "x/day=1/d.parquet",
        "day=1/.draft.parquet",
        "day=1/_mine.parquet",
    ):
        files.create(f"{place}/lake/{name}", name.encode())

    found = files.matching(f"{place}/lake", "day=*/*.parquet")

    assert [(file.path, file.bytes) for file in found] == [
        (f"{place}/lake/day=1/a.parquet", 15),
        (f"{place}/lake/day=2/b.parquet", 15),
    ]
    assert [file.path for file in files.matching(f"{place}/lake", "*.parquet")] == [
        f"{place}/lake/c.parquet"
    ]


def test_where_nothing_was_written_nothing_is_found(files, place):
    assert files.matching(f"{place}/nowhere", "*.parquet") == []


def test_several_files_are_looked_at_in_their_order(files, place):
    paths = [f"{place}/{number}" for number in range(40)]
    for path in paths:
        files.create(path, path.encode())

    assert files.each(files.read, paths) == [path.encode() for path in paths]


def test_the_first_error_of_several_is_raised(files, place):
    files.create(f"{place}/0", b"")

    with pytest.raises(FileNotFoundError, match="/1"):
        files.each(files.read, [f"{place}/{number}" for number in range(3)])


def test_a_store_that_is_not_there_is_told_in_a_sentence(bucket):
    files = files_at(bucket)

    with pytest.raises(FilesError, match=r"^s3://elsewhere/x cannot be used \(\w+\); materialize"):
        files.read("s3://elsewhere/x")


def test_a_store_that_moves_files_in_whole_shows_none_before_it_is_complete(spark, tmp_path):
    place = f"file://{tmp_path}"
    files = files_at(place)

    files.create(f"{place}/one", b"first")
    files.put(f"{place}/two", b"first")
    files.put(f"{place}/two", b"second")

    with pytest.raises(FileExistsError):
        files.create(f"{place}/one", b"second")
    assert files.read(f"{place}/one") == b"first"
    assert files.read(f"{place}/two") == b"second"
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix != ".crc") == [
        "one",
        "two",
    ]
