"""What services do with the jobs that the launchers give them."""

import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assets_tests.smoke.account import Account
from assets_tests.smoke.probes import LANDED, Probe, Probes, end_all
from seniorlink_assets.launchers.aws import AwsError

SERVICES = ("emr-serverless", "emr-eks", "emr-ec2")
SAYS = "these words are for the log"
WORDS = ("one two", "--three", "--conf", "'four'", "$HOME")
DEFAULTS = {"spark.smoke.default": "default", "spark.smoke.both": "default"}


class Started:
    """The jobs of one service, each submitted when it is first asked for."""

    def __init__(self, probes: Probes) -> None:
        self.probes, self.service = probes, probes.launcher.service
        self._started: dict[str, Probe] = {}
        self.begun = datetime.now(UTC)

    def all(self) -> None:
        """Lets them run side by side; what is refused is asked for again by who needs it."""
        for name, job in _JOBS.items():
            if job is not takes_too_long or self.service.name == "emr-serverless":
                with suppress(AwsError):
                    self[name]

    def __getitem__(self, name: str) -> Probe:
        if name not in self._started:
            self._started[name] = _JOBS[name](self.probes)
        return self._started[name]

    def end(self) -> None:
        end_all([*self._started.values()])


@pytest.fixture(scope="module")
def landed(account: Account) -> None:
    account.storage.put(LANDED, b"note_id\n1\n")


@pytest.fixture(scope="module", params=SERVICES)
def started(request, account: Account, landed: None) -> Iterator[Started]:
    found = Started(Probes(account, request.param, account.launcher(request.param)))
    try:
        found.all()
        yield found
    finally:
        found.end()


def only(*names: str) -> pytest.MarkDecorator:
    """Marks what only some services have."""
    return pytest.mark.parametrize("started", names, indirect=True)


def plain(probes: Probes) -> Probe:
    """Goes well. What it is told by arguments and by settings comes from three places."""
    order = probes.order(
        conf=["spark.smoke.default", "spark.smoke.both", "spark.smoke.own"],
        variables=["SMOKE"],
    )
    command = probes.command(order)
    of_its_own = {"spark.smoke.both": "own", "spark.smoke.own": "own"}
    command = replace(
        command,
        arguments=(*command.arguments, *WORDS),
        conf={**command.conf, **of_its_own},
        tags={**command.tags, "seniorlink:partitions": "1|x y"},
    )
    with configured(probes, _CONFIGURED.get(probes.name, [])):
        return probes.submit(order, command)


def raises(probes: Probes) -> Probe:
    return probes.start(raises=SAYS)


def killed(probes: Probes) -> Probe:
    return probes.start(code=137)


def needs_what_is_not_its_own(probes: Probes) -> Probe:
    probes.account.storage.put("published/smoke/secret.json", b"{}")
    return probes.start(needs=probes.account.storage.where("published/smoke/secret.json"))


def has_no_entry(probes: Probes) -> Probe:
    order = probes.order()
    command = probes.command(order)
    gone = command.entry.replace("probe.py", "gone/entry.py")
    return probes.submit(order, replace(command, entry=gone))


def waits(probes: Probes) -> Probe:
    return probes.start(seconds=3600)


def takes_too_long(probes: Probes) -> Probe:
    order = probes.order(seconds=900)
    return probes.submit(order, replace(probes.command(order), minutes=5))


def touches(probes: Probes) -> Probe:
    """Does what it may, and what it may not."""
    for name in OTHERS:
        probes.account.storage.put(name, b"theirs")
    return probes.start(deeds=[(deed, name) for deed, name, _ in TOUCHED])


OTHERS = (
    "snapshots/smoke/others/all/a/part-0.parquet",
    "snapshots/smoke/notes/all/another/part-0.parquet",
    "published/smoke/notes/all.json",
    "landing/smoke/others/2025-01-02/others.csv",
)
TOUCHED = (
    ("read", LANDED, "done"),
    ("write", "{own}/part-0.parquet", "done"),
    ("read", "{own}/part-0.parquet", "done"),
    ("create", "{own}/manifest.json", "done"),
    ("create", "{own}/manifest.json", "taken"),
    ("write", "{own}/a/folder/below/part-0.parquet", "done"),
    ("remove", "{own}/part-0.parquet", "done"),
    ("read", "{own}/part-0.parquet", "missing"),
    ("write", LANDED, "denied"),
    ("remove", LANDED, "denied"),
    ("read", OTHERS[3], "denied"),
    ("read", OTHERS[0], "denied"),
    ("write", OTHERS[1], "denied"),
    ("remove", OTHERS[1], "denied"),
    ("read", OTHERS[2], "denied"),
    ("write", OTHERS[2], "denied"),
    ("write", "ledger/smoke.json", "denied"),
)

_JOBS: Mapping[str, Callable[[Probes], Probe]] = {
    job.__name__: job
    for job in (
        plain,
        raises,
        killed,
        needs_what_is_not_its_own,
        has_no_entry,
        waits,
        takes_too_long,
    )
}
"""A timeout costs minutes, and only EMR Serverless has one of its own."""

_EXPORT = {"classification": "export", "properties": {"SMOKE": "exported"}}
_CONFIGURED = {
    "emr-serverless": [
        {
            "classification": "spark-defaults",
            "properties": {**DEFAULTS, "spark.emr-serverless.driverEnv.SMOKE": "exported"},
        }
    ],
    "emr-eks": [
        {"classification": "spark-defaults", "properties": DEFAULTS},
        {"classification": "spark-env", "properties": {}, "configurations": [_EXPORT]},
    ],
}


@contextmanager
def configured(probes: Probes, classifications: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Adds to what the service is asked for: an account's own settings beside those of a job."""
    service: Any = probes.launcher.service
    ask = service.ask

    def asked(operation: str, purpose: str, **parameters: Any) -> Any:
        if classifications and operation == "start_job_run":
            overrides = parameters["configurationOverrides"]
            given = overrides.get("applicationConfiguration", [])
            overrides["applicationConfiguration"] = [*given, *classifications]
        return ask(operation, purpose, **parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "ask", asked)
        yield


def arn(probe: Probe) -> str:
    """What AWS calls a job everywhere."""
    service: Any = probe.launcher.service
    if service.name == "emr-eks":
        which = {"virtualClusterId": service.place, "id": probe.handle["id"]}
        return service.ask("describe_job_run", "read the job", **which)["jobRun"]["arn"]
    which = {"applicationId": service.place, "jobRunId": probe.handle["id"]}
    return service.ask("get_job_run", "read the job", **which)["jobRun"]["arn"]


def understood(probe: Probe) -> tuple[str, str]:
    """Why a job has failed, as its launcher says: the kind, and the sentence."""
    probe.account.note(f"{probe.command.name}: {probe.ended()}")
    judged = probe.launcher.state(probe.papers, probe.handle)
    assert judged.explanation is not None, judged
    return judged.explanation.kind, judged.explanation.sentence


def understood_with_its_log(probe: Probe) -> tuple[str, str]:
    """The same, when there is a log; some failures leave none."""
    with suppress(AssertionError):
        probe.log()
    return understood(probe)


def test_a_job_that_is_ended_is_said_to_be(started):
    probe = started["waits"]
    assert probe.account.becomes(lambda: probe.papers.read("told.json") is not None)

    probe.end()

    assert probe.ended().phase == "cancelled"
    kind, sentence = understood(probe)
    assert (kind, sentence[:23]) == ("killed", "Somebody ended the job ")


def test_words_reach_a_job_as_they_are_and_after_the_options(started):
    assert started["plain"].ended().phase == "succeeded"
    assert started["plain"].told["arguments"] == [*WORDS]


@only("emr-serverless", "emr-eks")
def test_settings_of_a_job_win_over_defaults_which_stay_where_it_has_none(started):
    told = started["plain"].told

    assert told["conf"] == {**DEFAULTS, "spark.smoke.both": "own", "spark.smoke.own": "own"}
    assert told["environment"] == {"SMOKE": "exported"}


def test_a_job_is_found_by_its_name(started):
    probe = started["plain"]

    found = started.service.find(probe.command.name, started.begun)

    assert found is not None
    assert found["id"] == probe.handle["id"]


@only("emr-serverless", "emr-eks")
def test_the_same_command_twice_is_one_job(started):
    probe = started["raises"]

    assert started.service.submit(probe.command)["id"] == probe.handle["id"]


@only("emr-serverless", "emr-eks")
def test_another_command_with_the_same_token_is_refused(started):
    probe = started["raises"]
    another = replace(probe.command, arguments=(*probe.command.arguments, "more"))

    with pytest.raises(AwsError) as refused:
        started.probes.submit(probe.order, another).end()

    probe.account.note(f"{started.service.title} says: {refused.value} ({refused.value.trouble})")
    assert not refused.value.transient


@only("emr-serverless", "emr-eks")
def test_no_tag_keeps_a_job_from_starting(started):
    client = started.probes.account.client(started.service.api)

    tags = client.list_tags_for_resource(resourceArn=arn(started["plain"]))["tags"]

    assert tags["seniorlink:partitions"] == "1_x y"
    assert tags["seniorlink:table"] == "smoke/notes"


@only("emr-serverless")
def test_a_tag_would_have_been_refused_as_it_was(started):
    client = started.probes.account.client(started.service.api)

    with pytest.raises(ClientError, match="ValidationException"):
        client.tag_resource(resourceArn=arn(started["plain"]), tags={"smoke": "1|x y"})


def test_the_log_of_a_driver_is_where_the_launcher_looks(started):
    assert SAYS in started["raises"].log().decode()


@pytest.mark.parametrize(
    ("name", "kind", "sentence"),
    [
        ("raises", "spark", "ended with 1 and said nothing"),
        ("killed", "killed", "was killed (exit 137)"),
        ("needs_what_is_not_its_own", "permission", "access denied"),
        ("has_no_entry", "code", "entry point is not where it was shipped to"),
    ],
)
def test_what_a_service_says_of_a_failure_is_understood(started, name, kind, sentence):
    if name == "needs_what_is_not_its_own" and started.service.name != "emr-serverless":
        pytest.skip("only EMR Serverless narrows what a job may do to what it was ordered to do")

    found = understood_with_its_log(started[name])

    assert found[0] == kind
    assert sentence in found[1]


@only("emr-serverless")
def test_a_job_that_takes_longer_than_it_may_is_said_to(started):
    assert understood(started["takes_too_long"])[0] == "timeout"


@only("emr-serverless")
def test_a_job_reads_and_writes_its_own_and_nothing_else(started):
    probe = touches(started.probes)

    came = probe.told["came"]

    assert [(*deed, what) for (*deed, _), what in zip(TOUCHED, came, strict=True)] == [*TOUCHED]
    theirs = [probe.account.storage.read(name) for name in OTHERS]
    assert [found.content for found in theirs if found] == [b"theirs"] * len(OTHERS)


def test_what_a_job_has_used_is_counted_soon(started):
    probe = started["plain"]
    ended = probe.ended()
    conf = probe.order.job.spark_conf

    seconds = probe.account.becomes(
        lambda: "vCPU hours" in started.service.cost(probe.handle, conf)
    )

    assert ended.phase == "succeeded"
    assert seconds is not None, "nothing is counted"
    probe.account.note(f"{started.service.title} had counted after {seconds:.0f} s")
    assert started.service.cost(probe.handle, conf)["vCPU hours"].value > 0


def test_the_pages_of_a_job_are_about_it(started):
    probe = started["plain"]

    links = started.service.links(probe.handle)

    assert links
    assert all(started.service.place in url for url in links.values())
    assert all(started.service.region in url for url in links.values())


def test_the_pages_of_a_job_are_there(started):
    if started.probes.account.double:
        pytest.skip("the console is at AWS only")

    for name, url in started.service.links(started["plain"].handle).items():
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200, name


def test_a_probe_does_on_spark_what_it_does_in_the_double(started):
    if started.probes.account.double and started.service.name != "emr-serverless":
        pytest.skip("the double has one Spark for all services")
    probes = started.probes
    create = [("create", f"{{own}}/{name}") for name in "aba"]
    order = probes.order([*create, ("read", LANDED), ("read", "{own}/c"), ("remove", "{own}/a")])

    probe = probes.submit(order, probes.command(order, without_spark=False))

    came = probe.told["came"]
    probe.end()
    assert came == ["done", "done", "taken", "done", "missing", "done"]
