"""What two who change the same objects do to each other, step by step."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from assets_tests.doubles.aws.mirror import LINKED_FROM, Mirror
from assets_tests.doubles.aws.policy import Policy


@dataclass
class Objects:
    """One bucket; an ETag says how many writes there were before."""

    found: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    changes: int = 0

    def buckets(self) -> list[str]:
        return ["lake"]

    def etags(self, bucket: str) -> dict[str, str]:
        return {key: etag for key, (etag, _) in self.found.items()}

    def kms_key(self, bucket: str, key: str) -> None:
        return None

    def read(self, bucket: str, key: str) -> bytes | None:
        return self.found[key][1] if key in self.found else None

    def put(self, bucket: str, key: str, content: bytes) -> str:
        self.changes += 1
        self.found[key] = (f'"{self.changes}"', content)
        return self.found[key][0]

    def remove(self, bucket: str, key: str, etag: str) -> None:
        if self.found.get(key, ("", b""))[0] == etag:
            self.changes += 1
            del self.found[key]


@pytest.fixture
def s3() -> Objects:
    return Objects()


@pytest.fixture
def mirror(s3: Any, tmp_path: Path) -> Mirror:
    found = Mirror(s3, Policy(), tmp_path / "job" / "s3", tmp_path / "shared")
    found.root.mkdir(parents=True)
    found.bring_in()
    return found


def carried_out(mirror: Mirror, *open_files: Path) -> None:
    mirror.carry_out(lambda: set(open_files))


def test_what_another_has_changed_meanwhile_is_not_removed(s3: Objects, mirror: Mirror) -> None:
    s3.put("lake", "a", b"1")
    mirror.bring_in()
    (mirror.root / "lake/a").unlink()
    s3.put("lake", "a", b"2")

    carried_out(mirror)

    assert s3.read("lake", "a") == b"2"


def test_what_another_has_removed_goes_unless_the_job_has_changed_it(
    s3: Objects, mirror: Mirror
) -> None:
    s3.put("lake", "a", b"1")
    s3.put("lake", "b", b"1")
    mirror.bring_in()
    (mirror.root / "lake/b").write_bytes(b"22")
    s3.found.clear()
    s3.changes += 1

    mirror.bring_in()
    carried_out(mirror)

    assert not (mirror.root / "lake/a").exists()
    assert list(s3.found) == ["b"]


def test_what_came_in_does_not_go_out_again(s3: Objects, mirror: Mirror) -> None:
    s3.put("lake", "a", b"1")
    mirror.bring_in()
    before = s3.changes

    carried_out(mirror)

    assert s3.changes == before


def test_a_checksum_of_hadoop_stays_here_and_goes_when_its_file_is_replaced(
    s3: Objects, mirror: Mirror
) -> None:
    s3.put("lake", "a", b"1")
    mirror.bring_in()
    (mirror.root / "lake/.a.crc").touch()
    carried_out(mirror)

    s3.put("lake", "a", b"2")
    mirror.bring_in()

    assert list(s3.found) == ["a"]
    assert not (mirror.root / "lake/.a.crc").exists()


def test_a_file_that_is_open_waits(s3: Objects, mirror: Mirror) -> None:
    path = mirror.root / "lake/a"
    path.write_bytes(b"half")

    carried_out(mirror, path)
    before = dict(s3.found)
    carried_out(mirror)

    assert before == {}
    assert s3.read("lake", "a") == b"half"


def test_writing_into_a_large_file_spoils_it_for_no_later_job(
    s3: Any, mirror: Mirror, tmp_path: Path
) -> None:
    large = b"x" * LINKED_FROM
    s3.put("lake", "a", large)
    mirror.bring_in()
    with (mirror.root / "lake/a").open("r+b") as file:
        file.write(b"y")
    carried_out(mirror)
    s3.found["a"] = ('"1"', large)

    later = Mirror(s3, Policy(), tmp_path / "later" / "s3", tmp_path / "shared")
    later.root.mkdir(parents=True)
    later.bring_in()

    assert (later.root / "lake/a").read_bytes() == large
