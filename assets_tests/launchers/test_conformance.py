"""What every launcher promises, wherever it runs a job."""

import json

import pytest

from assets_tests.launchers.attempts import Attempts, ask_elsewhere
from assets_tests.launchers.papers_in import papers_in
from assets_tests.launchers.places import PLACES
from assets_tests.launchers.processes import ends, members
from seniorlink_assets.launchers.base import State

pytestmark = pytest.mark.minutes

WITHOUT_A_WORD = (
    "trial/notes: The job was killed (signal 9) before it could say why; materialize again, and "
    "with a smaller SENIORLINK_JOBS if the machine ran out of memory."
)
KILLED = {
    "kills its driver": WITHOUT_A_WORD,
    "kills its JVM": (
        "trial/notes: The job's Spark process was killed by signal 9; materialize again."
    ),
    "kills its group": WITHOUT_A_WORD,
}


@pytest.fixture(scope="module", params=PLACES)
def place(request):
    return PLACES[request.param]


@pytest.fixture(scope="module")
def attempts(place, tmp_path_factory):
    with place.opened(tmp_path_factory.mktemp("place")) as launcher:
        yield Attempts(tmp_path_factory.mktemp("attempts"), launcher)


@pytest.fixture
def isolated(place, attempts):
    if place.not_isolated:
        pytest.skip(place.not_isolated)
    return attempts


def test_a_job_that_succeeds_commits_a_snapshot_and_is_published(attempts):
    attempt = attempts["succeeds"]

    assert attempt.result.success
    assert len(attempts.committed(attempt.day)) == 1
    assert attempt.day in attempts.published()


def test_the_words_of_a_job_are_in_the_log_of_its_run(attempts):
    attempt = attempts["succeeds"]

    assert "computing and writing" in attempt.messages
    assert "examining what was written" in attempt.messages


def test_a_transform_that_raises_fails_with_its_sentence_and_its_line(attempts):
    attempt = attempts["raises"]

    assert (
        attempt.failure
        == "trial/notes: LookupError: there is no mood (in spark/trial/notes.py, line 10)"
    )
    assert attempts.committed(attempt.day) == []
    assert attempt.day not in attempts.published()


def test_what_an_attempt_was_told_and_said_is_for_its_owner_only(attempts):
    attempt = attempts["succeeds"]

    assert attempt.folder.stat().st_mode & 0o777 == 0o700


def test_the_sentence_of_a_job_is_in_the_log_of_its_run(isolated):
    attempt = isolated["raises"]

    assert "LookupError: there is no mood (in spark/trial/notes.py, line 10)" in attempt.messages


def test_a_job_ends_whatever_it_leaves_behind(isolated):
    attempt = isolated["leaves things behind"]

    assert attempt.result.success
    assert all(ends(pid) for pid in members(attempt.group))


def test_a_job_that_changes_its_folder_and_its_variables_is_read_to_its_end(isolated):
    attempt = isolated["leaves things behind"]

    assert "examining what was written" in attempt.messages
    assert (attempt.folder / "exit").read_text() == "0\n"
    assert attempt.day in isolated.published()


def test_what_a_job_prints_is_kept_with_its_papers(isolated):
    attempt = isolated["leaves things behind"]

    assert (attempt.folder / "stdout.log").read_text() == "said by the job\n"
    assert {"job.json", "messages.jsonl", "stderr.log"} <= {
        path.name for path in attempt.folder.iterdir()
    }


def test_a_failure_and_its_exit_code_are_kept_with_the_papers_of_the_job(isolated):
    attempt = isolated["raises"]

    said = json.loads((attempt.folder / "failure.json").read_text())
    assert said["error"] == "LookupError"
    assert attempt.failure == f"trial/notes: {said['sentence']}"
    assert (attempt.folder / "exit").read_text() == "1\n"


@pytest.mark.parametrize("deed", ["succeeds", "raises", "kills its group"])
def test_no_scratch_data_outlives_a_job(isolated, deed):
    attempt = isolated[deed]

    assert not (attempt.folder / "scratch").exists()


@pytest.mark.parametrize(("deed", "sentence"), KILLED.items(), ids=KILLED.keys())
def test_a_job_that_is_killed_fails_and_publishes_nothing(isolated, deed, sentence):
    attempt = isolated[deed]

    assert attempt.failure == sentence
    assert isolated.committed(attempt.day) == []
    assert attempt.day not in isolated.published()


@pytest.mark.parametrize("deed", ["raises", *KILLED, "fills its memory", "is interrupted"])
def test_a_job_that_fails_leaves_no_process_and_no_jvm(isolated, deed):
    attempt = isolated[deed]

    assert all(ends(pid) for pid in [attempt.jvm, *members(attempt.group)])


def test_a_job_that_leaves_without_its_manifest_has_failed(isolated):
    attempt = isolated["leaves without a word"]

    assert "the job did not commit" in attempt.failure
    assert isolated.committed(attempt.day) == []
    assert ends(attempt.jvm)


def test_the_exit_code_of_a_killed_driver_is_kept(isolated):
    attempt = isolated["kills its driver"]

    assert (attempt.folder / "exit").read_text() == "137\n"


def test_a_job_whose_heap_is_full_fails_with_the_setting_that_gives_it_more(place, isolated):
    attempt = isolated["fills its memory"]

    assert attempt.failure == (
        f"trial/notes: {place.who} ran out of memory; give it more with SENIORLINK_JOB_MEMORY, "
        f"or spark_conf={{'{place.memory}': ...}} in its declaration."
    )
    assert isolated.committed(attempt.day) == []


def test_an_interrupt_ends_the_job_with_all_its_processes(isolated):
    attempt = isolated["is interrupted"]

    assert members(attempt.group) == []
    assert isolated.committed(attempt.day) == []


def test_a_job_that_takes_longer_than_it_may_is_ended_with_all_its_processes(isolated):
    attempt = isolated["takes too long"]

    assert attempt.failure == (
        "trial/notes: The job was ended because it took longer than its timeout; see in "
        f"{attempt.folder} how far it was, and give it more time or less to do."
    )
    assert members(attempt.group) == []
    assert isolated.committed(attempt.day) == []


def test_a_running_job_can_be_asked_after_by_whoever_has_its_handle(isolated):
    attempt = isolated["is interrupted"]

    assert attempt.seen["asked"] == State("running")


@pytest.mark.parametrize(
    ("deed", "phase"),
    [("leaves things behind", "succeeded"), ("raises", "failed"), ("kills its group", "failed")],
)
def test_a_job_that_is_over_can_be_asked_after_by_whoever_has_its_handle(isolated, deed, phase):
    attempt = isolated[deed]

    assert ask_elsewhere(papers_in(attempt.folder), attempt.seen["handle"]).phase == phase


def test_the_run_after_a_kill_completes_and_keeps_the_papers_of_both(isolated):
    killed = isolated["kills its driver"]

    next_one = isolated.attempt("succeeds", killed.day)

    assert next_one.result.success
    assert killed.day in isolated.published()
    assert (killed.folder / "exit").read_text() == "137\n"
    assert (next_one.folder / "exit").read_text() == "0\n"
