"""Papers in a store: a job learns there what to do, and says there what it does."""

import json
from pathlib import Path

import pytest
from dagster_pipes import PipesContext

from spark import papers
from spark.files import LocalFiles
from spark.papers import open_papers


class Moody(LocalFiles):
    """Refuses as many writes as it is told to."""

    def __init__(self) -> None:
        self.refusing = 0
        self.refused = 0

    def put(self, path: str, content: bytes) -> None:
        if self.refusing > self.refused:
            self.refused += 1
            raise OSError("not now")
        super().put(path, content)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Moody:
    moody = Moody()
    monkeypatch.setattr(PipesContext, "_instance", None)
    monkeypatch.setattr(papers, "files_at", lambda _: moody)
    monkeypatch.setattr(papers, "EVERY_SECONDS", 0.01)
    (tmp_path / "context.json").write_text(json.dumps({"extras": {"job": {"a": 1}}}))
    return moody


def said(folder: Path) -> list[str]:
    """The methods of all messages, in the order of their files."""
    chunks = sorted((folder / "messages").glob("*.json"), key=lambda path: int(path.stem))
    lines = [line for chunk in chunks for line in chunk.read_text().splitlines()]
    return [json.loads(line)["method"] for line in lines]


def test_a_job_learns_what_to_do_and_all_it_says_arrives_in_order(files, tmp_path):
    with open_papers(str(tmp_path)) as pipes:
        extras = pipes.extras
        for number in range(100):
            pipes.report_custom_message(number)

    assert extras == {"job": {"a": 1}}
    assert said(tmp_path) == ["opened", *["report_custom_message"] * 100, "closed"]
    assert (tmp_path / "messages" / "1.json").is_file()


def test_a_message_that_cannot_be_written_waits_and_nothing_fails(files, tmp_path):
    files.refusing = 2

    with open_papers(str(tmp_path)) as pipes:
        pipes.report_custom_message("still here")

    assert files.refused == 2
    assert said(tmp_path) == ["opened", "report_custom_message", "closed"]


def test_a_store_that_takes_no_message_fails_no_job(files, tmp_path):
    files.refusing = 1 << 30

    with open_papers(str(tmp_path)) as pipes:
        pipes.report_custom_message("unheard")

    assert files.refused
    assert said(tmp_path) == []


def test_a_job_that_is_told_nothing_cannot_begin(files, tmp_path):
    (tmp_path / "context.json").unlink()

    with pytest.raises(FileNotFoundError, match=r"context\.json"):
        open_papers(str(tmp_path))
