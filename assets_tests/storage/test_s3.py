"""What S3 does that no disk does: it is busy, loses answers, refuses, and counts every request."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from assets_tests.doubles.aws.running import BUCKET
from assets_tests.doubles.aws.serving import serve
from assets_tests.launchers.processes import becomes
from assets_tests.storage.elsewhere import LOCK
from assets_tests.storages import RETRIES, in_bucket
from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.storage.base import Document, StorageError
from seniorlink_assets.storage.s3 import S3Storage
from seniorlink_assets.storage.s3_index import write_index

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=5)


@pytest.fixture
def s3(aws):
    yield in_bucket(aws)
    aws.faults.clear()


@dataclass
class Large:
    """A bucket in this process, filled without a request."""

    storage: S3Storage
    double: object

    def fill(self, name: str, content: bytes) -> None:
        self.double._world.s3.put(BUCKET, f"home/lake/{name}", content)

    def requests(self) -> dict[str, int]:
        """How often each operation was asked for since the last time."""
        found = self.double._world.counters.to_json()
        self.double._world.counters.clear()
        return {name.removeprefix("s3:"): count["requests"] for name, count in found.items()}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server, double = serve(tmp_path_factory.mktemp("large"), 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server, double
    server.shutdown()
    server.server_close()
    double.end()
    thread.join()


@pytest.fixture
def large(server):
    listening, double = server
    client = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{listening.port}",
        aws_access_key_id=double._world.credentials.newest,
        aws_secret_access_key="double",  # noqa: S106
        region_name="us-east-1",
        config=RETRIES,
    )
    if BUCKET not in double._world.s3.buckets():
        client.create_bucket(Bucket=BUCKET)
    found = Large(S3Storage(BUCKET, "home/lake", lambda: client), double)
    found.requests()
    return found


OPERATIONS = {
    "GetObject": lambda s3: s3.read("a/b").content == b"one",
    "HeadObject": lambda s3: s3.sizes(["a/b"]) == {"a/b": 3},
    "PutObject": lambda s3: s3.write("a/c", b"two", over=None),
    "ListObjectsV2": lambda s3: [listed.name for listed in s3.listed("a/")] == ["a/b"],
    "DeleteObjects": lambda s3: s3.remove(["a/b"]) is None,
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "fault",
    [{"kind": "throttle"}, {"kind": "error", "status": 500}, {"kind": "drop"}],
    ids=["SlowDown", "InternalError", "a dropped connection"],
)
def test_what_goes_wrong_twice_is_done_the_third_time(aws, s3, operation, fault):
    s3.put("a/b", b"one")
    aws.faults.order(**fault, service="s3", operation=operation, times=2)

    assert OPERATIONS[operation](s3)

    assert aws.faults.met == [2]


@pytest.mark.parametrize("over", ["nothing", "a version"])
def test_a_write_of_which_the_answer_was_lost_has_won(aws, s3, over):
    version = None
    if over == "a version":
        s3.put("a/b", b"one")
        version = s3.read("a/b").version
    aws.faults.order("drop", service="s3", operation="PutObject", when="after", times=1)

    assert s3.write("a/b", b"two", over=version)

    assert aws.faults.met == [1]
    assert s3.read("a/b").content == b"two"


def test_a_write_that_came_to_nothing_leaves_what_was_there(aws):
    patient, hasty = in_bucket(aws), aws.client("s3", config=ONCE)
    patient.put("a/b", b"one")
    aws.faults.order("drop", service="s3", operation="PutObject", times=1)

    with pytest.raises(StorageError) as error:
        S3Storage(BUCKET, "home/lake", lambda: hasty).put("a/b", b"x" * 100_000)

    assert error.value.transient
    assert patient.read("a/b").content == b"one"


class Cutting:
    """Stands between a client and the double, and breaks off the first answers half-way."""

    def __init__(self, url: str, cuts: int) -> None:
        self._port, self.cuts = int(url.rpartition(":")[2]), cuts
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        asked = b""
        with client, socket.create_connection(("127.0.0.1", self._port)) as double:
            while b"\r\n\r\n" not in asked:
                asked += client.recv(65536)
            double.sendall(asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
            answer = b"".join(iter(lambda: double.recv(65536), b""))
            if self.cuts:
                self.cuts -= 1
                answer = answer[: len(answer) - 50]
            client.sendall(answer)


def test_an_answer_that_breaks_off_is_asked_for_again(aws, s3):
    s3.put("a/b", b"x" * 100_000)
    between = Cutting(aws.url, cuts=2)
    client = boto3.client(
        "s3",
        endpoint_url=between.url,
        aws_access_key_id=aws.ask("GET", "credentials"),
        aws_secret_access_key="double",  # noqa: S106
        region_name="us-east-1",
        config=RETRIES,
    )

    found = S3Storage(BUCKET, "home/lake", lambda: client).read("a/b")
    between.close()

    assert found.content == b"x" * 100_000
    assert between.cuts == 0


def test_ten_thousand_objects_are_listed_page_by_page(large):
    for number in range(10_000):
        large.fill(f"snapshots/{number:05}", b"")

    listing = large.storage.listed("snapshots/")
    first, asked_at_first = next(listing).name, large.requests()
    rest = sum(1 for _ in listing)

    assert (first, asked_at_first, rest) == ("snapshots/00000", {"ListObjectsV2": 1}, 9_999)
    assert large.requests() == {"ListObjectsV2": 9}


def test_thousands_of_objects_are_removed_in_few_requests(large):
    for number in range(2_500):
        large.fill(f"code/{number:05}", b"")

    large.storage.remove(["code/"])

    assert large.requests() == {"ListObjectsV2": 3, "DeleteObjects": 3}
    assert not large.storage.has_folder("code")


def test_ten_years_of_pages_are_read_in_few_requests(large):
    pages = {f"{number:04}.json": b'{"n": %d}' % number for number in range(3_650)}
    for name, content in pages.items():
        large.fill(f"published/care/moods/{name}", content)
    versions = large.storage.names_in("published/care/moods")
    known = {name: Document(content, versions[name]) for name, content in pages.items()}
    write_index(large.storage, "published/care/moods", known)
    large.fill("published/care/moods/0007.json", b"changed")
    large.requests()

    found = large.storage.read_all("published/care/moods")

    assert large.requests() == {"GetObject": 2, "ListObjectsV2": 4}
    assert {name: document.content for name, document in found.items()} == {
        **pages,
        "0007.json": b"changed",
    }


def fill_a_folder(s3):
    for number in range(40):
        s3.put(f"a/{number}", b"%d" % number)
    s3.read_all("a")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", gzip.compress(b"[1]", mtime=0), gzip.compress(b'{"7": 1}', mtime=0)],
    ids=["nothing", "no gzip", "a list", "another form"],
)
def test_a_damaged_index_is_as_none_and_is_mended(aws, s3, content):
    fill_a_folder(s3)
    s3.put(".index/a.gz", content)

    assert len(s3.read_all("a")) == 40
    aws.forget_counters()
    assert s3.read_all("a")["7"].content == b"7"
    assert aws.counters["s3:GetObject"]["requests"] == 1


def test_an_index_goes_on_to_know_what_is_not_asked_for(aws, s3):
    for number in range(120):
        s3.put(f"a/{number}/b", b"%d" % number)
    there = [*s3.listed("a/")]
    names = [listed.name for listed in there]
    for asked in (names[:60], names[60:], names):
        aws.forget_counters()
        found = s3.read_together("a", there, asked)
        assert {name: document.content for name, document in found.items()} == {
            name: name.split("/")[1].encode() for name in asked
        }

    assert aws.counters["s3:GetObject"]["requests"] == 1


def test_an_index_that_lies_is_not_believed(s3):
    fill_a_folder(s3)
    lie = {str(number): ("a version of its own", "lie") for number in range(50)}
    s3.put(".index/a.gz", gzip.compress(json.dumps(lie).encode()))

    found = s3.read_all("a")

    assert {name: document.content for name, document in found.items()} == {
        str(number): b"%d" % number for number in range(40)
    }


def test_whoever_may_not_write_reads_all_without_an_index(aws, s3):
    for number in range(40):
        s3.put(f"a/{number}", b"%d" % number)
    aws.faults.order("deny", service="s3", operation="PutObject")

    assert len(s3.read_all("a")) == 40


def test_a_lease_that_has_run_out_is_taken_over(s3):
    s3.put(LOCK, json.dumps({"holder": "dead", "seconds": -10, "times": 1}).encode())

    with s3.locked(LOCK) as still_held:
        still_held()


def test_a_lease_that_nobody_understands_runs_out_as_well(aws, s3):
    s3.put(LOCK, b"{")

    with in_bucket(aws, lease_seconds=-10).locked(LOCK):
        pass


def test_a_holder_that_lives_keeps_its_lease_however_long_it_takes(aws, s3):
    had = threading.Event()

    def wait():
        with in_bucket(aws, lease_seconds=0.3).locked(LOCK):
            had.set()

    with in_bucket(aws, lease_seconds=0.3).locked(LOCK) as still_held:
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert becomes(lambda: json.loads(s3.read(LOCK).content)["times"] > 25)
        still_held()
        assert not had.is_set()
    waiting.join()
    assert had.is_set()


def test_a_lease_that_was_lost_is_told_and_what_is_written_under_it_changes_nothing(aws, s3):
    s3.put("published/a", b"one")
    with in_bucket(aws, lease_seconds=0.6).locked(LOCK) as still_held:
        version = s3.read("published/a").version
        s3.put(LOCK, json.dumps({"holder": "another", "seconds": 600, "times": 1}).encode())
        s3.put("published/a", b"by another")

        assert becomes(lambda: _is_lost(still_held))
        assert not s3.write("published/a", b"two", over=version)

    assert json.loads(s3.read(LOCK).content)["holder"] == "another"


def test_a_holder_that_s3_did_not_hear_of_for_too_long_knows_it(aws, s3):
    with in_bucket(aws, lease_seconds=0.6).locked(LOCK) as still_held:
        still_held()
        aws.faults.order("deny", service="s3", operation="PutObject")

        assert becomes(lambda: _is_lost(still_held))
        with pytest.raises(StorageError, match=f"The lock {s3.where(LOCK)} was lost, because"):
            still_held()


def _is_lost(still_held) -> bool:
    try:
        still_held()
    except StorageError:
        return True
    return False


def test_a_renewal_of_which_the_answer_was_lost_keeps_the_lease(aws, s3):
    hasty = aws.client("s3", config=ONCE)
    storage = S3Storage(BUCKET, "home/lake", lambda: hasty, lease_seconds=2)
    with storage.locked(LOCK) as still_held:
        aws.faults.order("drop", service="s3", operation="PutObject", when="after", times=1)
        assert becomes(lambda: aws.faults.met == [1])
        before = json.loads(s3.read(LOCK).content)["times"]
        assert becomes(lambda: json.loads(s3.read(LOCK).content)["times"] > before + 1)
        assert becomes(lambda: not _is_lost(still_held))


def test_all_that_is_written_is_encrypted_with_the_key_that_is_named(aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = in_bucket(aws, kms_key=key)
    s3.put("a", b"1")
    s3.write("b", b"1", over=None)
    with s3.locked(LOCK):
        pass
    for number in range(20):
        s3.put(f"c/{number}", b"")
    s3.read_all("c")

    client = aws.client("s3")
    for name in ("a", "b", LOCK, "c/7", ".index/c.gz"):
        head = client.head_object(Bucket=BUCKET, Key=f"home/lake/{name}")
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


@contextmanager
def _client(aws, monkeypatch) -> Iterator[S3Storage]:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    Aws().client("s3")
    yield S3Storage(BUCKET, "home/lake", lambda: Aws().client("s3"))


def test_a_missing_bucket_is_one_sentence(aws):
    client = aws.client("s3")
    nowhere = S3Storage("nobodys", "lake", lambda: client)

    with pytest.raises(StorageError) as error:
        nowhere.read("a")

    assert str(error.value) == (
        "There is no bucket nobodys with which to read s3://nobodys/lake/a; correct the setting "
        "that names it, or create it in this account and region"
    )


DENIED = {
    "GetObject": (lambda s3: s3.read("a"), "read s3://lake/home/lake/a", "s3:GetObject"),
    "PutObject": (lambda s3: s3.put("a", b""), "write s3://lake/home/lake/a", "s3:PutObject"),
    "ListObjectsV2": (
        lambda s3: [*s3.listed("a/")],
        "list s3://lake/home/lake/a/",
        "s3:ListBucket",
    ),
    "DeleteObjects": (
        lambda s3: s3.remove(["a"]),
        "remove s3://lake/home/lake/",
        "s3:DeleteObject",
    ),
}


@pytest.mark.parametrize("operation", DENIED)
def test_a_permission_that_is_missing_is_named(aws, s3, operation):
    do, purpose, needed = DENIED[operation]
    aws.faults.order("deny", service="s3", operation=operation)

    with pytest.raises(StorageError) as error:
        do(s3)

    assert str(error.value).startswith(f"AWS does not allow us to {purpose}: allow whoever runs")
    assert f"{needed}" in str(error.value)
    assert "the bucket lake" in str(error.value)
    assert not error.value.transient


def test_a_wrong_clock_is_one_sentence(aws, s3):
    aws.faults.order("skew", service="s3")

    with pytest.raises(StorageError) as error:
        s3.read("a")

    assert str(error.value).startswith("AWS does not let us read s3://lake/home/lake/a (")
    assert "set this machine's clock" in str(error.value)


def test_expired_credentials_are_one_sentence_and_new_ones_are_used(aws, monkeypatch):
    with _client(aws, monkeypatch) as s3:
        s3.put("a", b"1")
        aws.expire_credentials()

        with pytest.raises(StorageError) as error:
            s3.read("a")
        aws.renew_credentials()

        assert str(error.value).startswith("The AWS credentials have expired with which to read s3")
        assert error.value.transient
        assert s3.read("a").content == b"1"


def test_a_service_that_cannot_be_reached_is_one_sentence():
    client = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:9",
        aws_access_key_id="x",
        aws_secret_access_key="y",  # noqa: S106
        region_name="us-east-1",
        config=ONCE,
    )

    with pytest.raises(StorageError) as error:
        S3Storage(BUCKET, "", lambda: client).read("a")

    assert str(error.value).startswith("http://127.0.0.1:9")
    assert "cannot be reached to read s3://lake/a" in str(error.value)
    assert error.value.transient
