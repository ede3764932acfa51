"""An EMR Serverless application for the double's own tests, and short words for its runs."""

from typing import Any

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.running import BUCKET, ROLE, Double

ENDED = ("SUCCESS", "FAILED", "CANCELLED")


class Serverless:
    """One application; entry points are given as source."""

    def __init__(self, aws: Double, **settings: Any) -> None:
        self.aws, self.client = aws, aws.client("emr-serverless")
        self.id = aws.application(**settings)
        self._entries = 0

    def start(self, source: str, *arguments: str, parameters: str = "", **settings: Any) -> str:
        """Starts a run of this entry point and returns its id."""
        self._entries += 1
        key = f"entries/{self._entries}.py"
        self.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=source.encode())
        submit: dict[str, Any] = {
            "entryPoint": f"s3://{BUCKET}/{key}",
            "entryPointArguments": list(arguments),
        }
        if parameters:
            submit["sparkSubmitParameters"] = parameters
        return self.client.start_job_run(
            **{
                "applicationId": self.id,
                "executionRoleArn": ROLE,
                "name": "care/notes#1",
                "jobDriver": {"sparkSubmit": submit},
                **settings,
            }
        )["jobRunId"]

    def run(self, id: str) -> dict[str, Any]:
        return self.client.get_job_run(applicationId=self.id, jobRunId=id)["jobRun"]

    def run_is(self, id: str, *states: str) -> dict[str, Any]:
        return until(lambda: self.run(id), lambda run: run["state"] in states, 120)

    def ended(self, id: str) -> dict[str, Any]:
        return self.run_is(id, *ENDED)

    def cancel(self, id: str) -> None:
        self.client.cancel_job_run(applicationId=self.id, jobRunId=id)
