"""EMR Serverless: what clients ask of applications and job runs, with the limits of the service."""

import json
import re
import secrets
import threading
from datetime import UTC, datetime
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.capacity import prepared, size_of
from assets_tests.doubles.aws.paging import page
from assets_tests.doubles.aws.policy import Policy
from assets_tests.doubles.aws.refused import Refused, invalid, not_found
from assets_tests.doubles.aws.serverless_life import Lives
from assets_tests.doubles.aws.serverless_model import OVER, Application, Attempt, Run, named
from assets_tests.doubles.aws.submit import Submission, classified, parsed
from assets_tests.doubles.aws.world import World

CLASSIFICATIONS = {
    "spark-defaults",
    "spark-driver-log4j2",
    "spark-executor-log4j2",
    "emr-serverless-metrics",
    "hive-site",
    "spark",
}
"""What EMR Serverless can be configured with; spark-env is not among it."""

PAGE = 50


class EmrServerless:
    """All regions; what one region has, another does not know."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.RLock()
        self._lives = Lives(world, self._lock)
        self._applications: dict[tuple[str, str], Application] = {}
        self._by_token: dict[tuple[str, str, str], tuple[str, dict[str, Any]]] = {}

    # Applications

    def create_application(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        if not re.fullmatch(r"emr-(6|7|8)\.\d+\.\d+(-\d{8})?|emr-spark-8.*", asked["releaseLabel"]):
            raise invalid(f"Release label {asked['releaseLabel']} does not exist")
        if asked["type"].upper() not in ("SPARK", "HIVE"):
            raise invalid(f"Unsupported engine {asked['type']}")
        _check_classifications(asked.get("runtimeConfiguration", []))
        initial, limit = asked.get("initialCapacity", {}), asked.get("maximumCapacity")
        if limit and not prepared(initial).fits(limit):
            raise invalid("initialCapacity must not be more than maximumCapacity.")
        with self._lock:
            return self._once(call, "applications", self._create)

    def update_application(self, call: Call) -> dict[str, Any]:
        with self._lock:
            application = self._at_rest(call)
            application.asked |= {
                name: value
                for name, value in call.parameters.items()
                if name not in ("applicationId", "clientToken")
            }
            application.updated = datetime.now(UTC)
            return {"application": application.described()}

    def get_application(self, call: Call) -> dict[str, Any]:
        with self._lock:
            return {"application": self._application(call).described()}

    def list_applications(self, call: Call) -> dict[str, Any]:
        states = call.parameters.get("states", [])
        with self._lock:
            found = [
                {**application.described(), "id": application.id}
                for (region, _), application in self._applications.items()
                if region == call.region and (not states or application.state in states)
            ]
        shown, token = page(found, call.parameters, PAGE)
        return {"applications": shown, **token}

    def start_application(self, call: Call) -> None:
        with self._lock:
            application = self._application(call)
            if application.state not in ("CREATED", "STOPPED", "STARTED"):
                raise invalid(f"Application {application.id} is {application.state}")
            application.start()

    def stop_application(self, call: Call) -> None:
        with self._lock:
            application = self._application(call)
            if not application.is_idle:
                raise invalid(
                    f"Application {application.id} has running jobs; "
                    "all jobs must be completed or cancelled before it can be stopped"
                )
            application.to("STOPPED")

    def delete_application(self, call: Call) -> None:
        with self._lock:
            self._at_rest(call).to("TERMINATED")

    # Job runs

    def start_job_run(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        overrides = asked.get("configurationOverrides", {})
        _check_classifications(overrides.get("applicationConfiguration", []))
        if "sparkSubmit" not in asked.get("jobDriver", {}):
            raise invalid("A sparkSubmit job driver must be given for a SPARK application.")
        if asked["executionRoleArn"].split(":")[4] != DEFAULT_ACCOUNT_ID:
            raise Refused("AccessDeniedException", "Cross-account pass role is not allowed.", 403)
        if 0 < asked.get("executionTimeoutMinutes", 720) < 5:
            raise invalid("RunTimeout must be at least 5 minutes.")
        with self._lock:
            application = self._application(call)
            if application.state == "TERMINATED":
                raise invalid(f"Application {application.id} is {application.state}.")
            automatic = application.asked.get("autoStartConfiguration", {}).get("enabled", True)
            if application.state != "STARTED" and not automatic:
                raise invalid(
                    f"Application {application.id} is in state {application.state} and autoStart "
                    "is disabled; start the application before submitting a job run."
                )
            return self._once(call, application.id, self._start)

    def get_job_run(self, call: Call) -> dict[str, Any]:
        with self._lock:
            run = self._run(call)
            number = call.parameters.get("attempt", len(run.attempts))
            if not 1 <= number <= len(run.attempts):
                raise not_found("Attempt", str(number))
            return {"jobRun": run.described(run.attempts[number - 1])}

    def list_job_runs(self, call: Call) -> dict[str, Any]:
        asked = call.parameters
        states, mode = asked.get("states", []), asked.get("mode")
        after, before = asked.get("createdAtAfter"), asked.get("createdAtBefore")
        with self._lock:
            found = [
                run.summary()
                for run in reversed(self._application(call).runs)
                if not run.lost
                and (not states or run.state in states)
                and (after is None or run.created > after)
                and (before is None or run.created < before)
                and (mode is None or run.asked.get("mode", "BATCH") == mode)
            ]
        shown, token = page(found, asked, PAGE)
        return {"jobRuns": shown, **token}

    def list_job_run_attempts(self, call: Call) -> dict[str, Any]:
        with self._lock:
            run = self._run(call)
            found = [run.summary_of(attempt) for attempt in run.attempts]
        shown, token = page(found, call.parameters, PAGE)
        return {"jobRunAttempts": shown, **token}

    def cancel_job_run(self, call: Call) -> dict[str, Any]:
        with self._lock:
            run = self._run(call)
            if run.state in OVER:
                raise invalid(f"Job run {run.id} is not in a cancellable state: {run.state}")
            self._lives.end(run)
        return {"applicationId": run.application.id, "jobRunId": run.id}

    def get_dashboard_for_job_run(self, call: Call) -> dict[str, Any]:
        with self._lock:
            run = self._run(call)
        host = f"j-{run.id}.dashboard.emrappui-prod.{call.region}.amazonaws.com"
        return {"url": f"https://{host}/?authToken={secrets.token_urlsafe(24)}"}

    # Tags

    def tag_resource(self, call: Call) -> None:
        with self._lock:
            self._tags(call).update(call.parameters["tags"])

    def untag_resource(self, call: Call) -> None:
        with self._lock:
            for key in call.parameters["tagKeys"]:
                self._tags(call).pop(key, None)

    def list_tags_for_resource(self, call: Call) -> dict[str, Any]:
        with self._lock:
            return {"tags": dict(self._tags(call))}

    def _create(self, call: Call) -> dict[str, Any]:
        asked, application_id = call.parameters, f"00{secrets.token_hex(7)}"
        root = f"arn:aws:emr-serverless:{call.region}:{DEFAULT_ACCOUNT_ID}"
        arn = f"{root}:/applications/{application_id}"
        tags = dict(asked.get("tags", {}))
        self._applications[call.region, application_id] = Application(
            application_id, arn, asked, datetime.now(UTC), tags
        )
        return {"applicationId": application_id, "arn": arn, **named(asked, "name")}

    def _start(self, call: Call) -> dict[str, Any]:
        asked, run_id, now = call.parameters, f"00{secrets.token_hex(7)}", datetime.now(UTC)
        application = self._application(call)
        submission = _submission(application, asked)
        run = Run(
            run_id,
            f"{application.arn}/jobruns/{run_id}",
            application,
            asked,
            Policy.parsed(asked.get("executionIamPolicy", {}).get("policy")),
            submission,
            size_of(submission.conf),
            now,
            dict(asked.get("tags", {})),
            [Attempt(1, now, now)],
        )
        application.runs.append(run)
        self._lives.begin(run, call.region)
        return {"applicationId": application.id, "jobRunId": run_id, "arn": run.arn}

    def _once(self, call: Call, scope: str, make: Any) -> dict[str, Any]:
        """What a client token asked for before, if it asked for the same; else it is made."""
        token = call.parameters["clientToken"]
        asked = json.dumps(call.parameters, sort_keys=True, default=str)
        known = self._by_token.get((call.region, scope, token))
        if known is None:
            known = asked, make(call)
            self._by_token[call.region, scope, token] = known
        if known[0] != asked:
            raise Refused(
                "ConflictException",
                f"The client token {token} was used before with other parameters.",
                409,
            )
        return known[1]

    def _application(self, call: Call) -> Application:
        application_id = call.parameters["applicationId"]
        application = self._applications.get((call.region, application_id))
        if application is None:
            raise not_found("Application", application_id)
        application.stop_if_idle(self._world.minute)
        return application

    def _at_rest(self, call: Call) -> Application:
        application = self._application(call)
        if application.state not in ("CREATED", "STOPPED"):
            raise invalid(
                f"Application {application.id} must be in one of the following statuses "
                f"[CREATED, STOPPED]. Current status: {application.state}"
            )
        return application

    def _run(self, call: Call) -> Run:
        run_id = call.parameters["jobRunId"]
        for run in self._application(call).runs:
            if run.id == run_id and not run.lost:
                return run
        raise not_found("JobRun", run_id)

    def _tags(self, call: Call) -> dict[str, str]:
        arn = call.parameters["resourceArn"]
        for application in self._applications.values():
            for found in (application, *application.runs):
                if found.arn == arn:
                    return found.tags
        raise not_found("Resource", arn)


def _submission(application: Application, asked: dict[str, Any]) -> Submission:
    """Parameters of the run win over its overrides, and those over the application's settings."""
    overrides = asked.get("configurationOverrides", {}).get("applicationConfiguration", [])
    defaults = application.asked.get("runtimeConfiguration", [])
    submission = parsed(asked["jobDriver"]["sparkSubmit"].get("sparkSubmitParameters", ""))
    conf = {
        **classified(defaults, "spark-defaults"),
        **classified(overrides, "spark-defaults"),
        **submission.conf,
    }
    return Submission(submission.parameters, conf)


def _check_classifications(configurations: list[dict[str, Any]]) -> None:
    names = [configuration["classification"] for configuration in configurations]
    for name in names:
        if name not in CLASSIFICATIONS:
            raise invalid(f"Classification {name} is not supported.")
        if names.count(name) > 1:
            raise invalid(f"Classification {name} is given more than once.")
