"""What a job says far away is heard in order, and seldom asked for when it says nothing."""

import json

import pytest

from assets_tests.launchers.papers_in import papers_in
from seniorlink_assets.launchers import s3_messages
from seniorlink_assets.launchers.s3_messages import StoredMessages
from seniorlink_assets.storage.base import StorageError


class Handler:
    """Remembers what it is handed."""

    def __init__(self):
        self.said, self.broken = [], []
        self.received_closed_message = False

    def handle_message(self, message):
        self.said.append(message["say"])
        self.received_closed_message = message["say"] == "closed"

    def report_pipes_framework_exception(self, origin, exc_info):
        self.broken.append(origin)


class Clock:
    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(s3_messages, "time", clock)
    return clock


@pytest.fixture
def papers(tmp_path):
    return papers_in(tmp_path / "attempt")


@pytest.fixture
def handler():
    return Handler()


@pytest.fixture
def messages(papers, handler, clock):
    messages = StoredMessages(papers)
    with messages.read_messages(handler):
        yield messages


def say(papers, number, *texts):
    lines = "".join(json.dumps({"say": text}) + "\n" for text in texts)
    papers.put(f"messages/{number}.json", lines.encode())


def waits(messages, clock, looks):
    """How long it waits before each of so many looks."""
    found = []
    for _ in range(looks):
        found.append(messages.due)
        clock.now += messages.due
        messages.look()
    return found


def test_chunks_are_heard_in_the_order_of_their_numbers(papers, messages, handler):
    for number in range(1, 12):
        say(papers, number, f"{number}a", f"{number}b")

    messages.look()

    assert handler.said == [f"{number}{part}" for number in range(1, 12) for part in "ab"]


def test_nothing_is_heard_twice(papers, messages, handler):
    say(papers, 1, "a")
    messages.look()
    say(papers, 2, "b")

    messages.look()

    assert handler.said == ["a", "b"]


def test_a_chunk_that_comes_late_is_waited_for(papers, messages, handler):
    say(papers, 2, "b")
    messages.look()
    say(papers, 1, "a")

    messages.look()

    assert handler.said == ["a", "b"]


def test_what_is_broken_does_not_hide_what_is_not(papers, messages, handler):
    papers.put("messages/1.json", b'{"say": "a"}\n{"say"\n{"say": "b"}\n')

    messages.look()

    assert handler.said == ["a", "b"]
    assert handler.broken == [f"{papers.where}/messages/1.json"]


def test_without_news_it_is_looked_for_ever_more_seldom(messages, clock):
    found = waits(messages, clock, 12)

    assert found[1:4] == pytest.approx([1.5, 2.25, 3.375])
    assert found[-1] == 15


def test_news_makes_it_look_often_again(papers, messages, clock):
    waits(messages, clock, 12)
    say(papers, 1, "a")
    messages.look()

    assert messages.due == 1


def test_a_storage_that_does_not_answer_is_a_trouble_and_no_failure(papers, handler, clock):
    class Away:
        where = papers.where

        def read(self, name):
            raise StorageError("S3 does not answer", transient=True)

    messages = StoredMessages(Away())
    with messages.read_messages(handler):
        messages.look()

    assert messages.trouble == "S3 does not answer"


def test_the_last_word_is_noticed(papers, messages):
    say(papers, 1, "a")
    messages.look()
    before = messages.is_closed
    say(papers, 2, "closed")
    messages.look()

    assert (before, messages.is_closed) == (False, True)
