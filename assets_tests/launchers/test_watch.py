"""One look at a service is for all who wait there."""

import fcntl
import json
import threading
import time

import pytest

from assets_tests.launchers.scripted_service import RUNS, SUCCEEDED, WAITS, ScriptedService
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.service import LOST
from seniorlink_assets.launchers.watch import Seen, Watch

BEFORE = 0.0
"""Long enough ago for the service to know the job."""


@pytest.fixture
def service():
    return ScriptedService({"a": RUNS, "b": WAITS})


@pytest.fixture
def watch(tmp_path, service):
    return Watch(tmp_path / "watch", service)


def handle(job, at=BEFORE):
    return {"id": job, "at": at}


def test_a_hundred_who_ask_after_their_jobs_cost_one_request(watch, service, tmp_path):
    service.jobs = {str(number): RUNS for number in range(100)}

    seen = [watch.look(handle(str(number)), 60) for number in range(100)]

    assert seen == [Seen(RUNS)] * 100
    assert (service.lists, service.singles) == (1, 0)


def test_threads_that_ask_at_once_share_a_request(tmp_path, service):
    start = threading.Barrier(20)
    watches = [Watch(tmp_path / "watch", service) for _ in range(20)]

    def ask(watch):
        start.wait()
        watch.look(handle("a"), 60)

    threads = [threading.Thread(target=ask, args=(watch,)) for watch in watches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert service.lists == 1


def test_what_another_process_has_seen_need_not_be_asked_for(watch, service, tmp_path):
    page = {"at": time.time(), "states": {"c": ["running", "RUNNING"]}, "again_at": 0}
    folder = tmp_path / "watch"
    folder.mkdir()
    (folder / "scripted-here.json").write_text(json.dumps({**page, "trouble": "", "tries": 0}))

    seen = watch.look(handle("c"), 60)

    assert seen == Seen(RUNS)
    assert service.lists == 0


def test_news_that_are_too_old_are_asked_for_again(watch, service):
    watch.look(handle("a"), 60)
    service.jobs["a"] = WAITS

    seen = watch.look(handle("a"), 0)

    assert seen == Seen(WAITS)
    assert service.lists == 2


def test_who_finds_another_asking_goes_on_with_what_is_known(watch, service, tmp_path):
    watch.look(handle("a"), 60)
    service.jobs["a"] = WAITS
    with (tmp_path / "watch" / "scripted-here.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        seen = watch.look(handle("a"), 0)

    assert seen == Seen(RUNS)
    assert service.lists == 1


def test_whoever_comes_next_asks_when_the_one_who_asked_has_died(watch, service, tmp_path):
    (tmp_path / "watch").mkdir()
    with (tmp_path / "watch" / "scripted-here.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert watch.look(handle("a"), 0) == Seen(None)

    seen = watch.look(handle("a"), 0)

    assert seen == Seen(RUNS)


def test_a_job_that_the_list_leaves_out_is_asked_for_by_itself(watch, service):
    service.jobs["a"] = SUCCEEDED

    seen = watch.look(handle("a"), 60)

    assert seen == Seen(SUCCEEDED)
    assert (service.lists, service.singles) == (1, 1)


def test_a_job_that_is_newer_than_the_list_is_not_asked_for(watch, service):
    watch.look(handle("a"), 60)

    seen = watch.look(handle("new", at=time.time()), 60)

    assert seen == Seen(None)
    assert service.singles == 0


def test_a_job_that_its_service_does_not_know_yet_is_not_lost(watch):
    seen = watch.look(handle("new", at=time.time() - 5), 60)

    assert seen == Seen(None)


def test_a_job_that_its_service_does_not_know_any_more_is_lost(watch):
    seen = watch.look(handle("gone"), 60)

    assert seen.state is not None
    assert (seen.state.phase, seen.state.word) == ("failed", LOST)


def test_a_service_that_does_not_answer_is_left_alone_for_a_while(watch, service):
    watch.look(handle("a"), 60)
    service.error = AwsError("AWS is asked too often", "busy")

    seen = [watch.look(handle("a"), 0) for _ in range(50)]

    assert seen == [Seen(RUNS, "AWS is asked too often")] * 50
    assert service.lists == 2


def test_others_hear_of_a_trouble_without_asking(watch, service, tmp_path):
    service.error = AwsError("AWS is asked too often", "busy")
    watch.look(handle("a"), 0)

    seen = Watch(tmp_path / "watch", service).look(handle("b"), 0)

    assert seen == Seen(None, "AWS is asked too often")
    assert service.lists == 1


def test_a_refusal_is_no_mood(watch, service):
    service.error = AwsError("AWS does not allow it", "refused")

    with pytest.raises(AwsError, match="AWS does not allow it"):
        watch.look(handle("a"), 0)


def test_a_file_that_holds_nonsense_is_written_anew(watch, service, tmp_path):
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "scripted-here.json").write_text('{"at": "noon"')

    assert watch.look(handle("a"), 60) == Seen(RUNS)


def test_a_long_list_is_asked_for_less_often(watch, service):
    service.jobs = {str(number): RUNS for number in range(500)}
    service.listed_at_once = 1

    watch.look(handle("0"), 1)
    service.jobs["0"] = WAITS
    seen = [watch.look(handle("0"), 1) for _ in range(3)]

    assert seen == [Seen(RUNS)] * 3
    assert service.lists == 1
