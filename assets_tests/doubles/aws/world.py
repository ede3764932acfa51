"""All that the double knows, from one reset to the next."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assets_tests.doubles.aws.calls import Call
from assets_tests.doubles.aws.counters import Counters
from assets_tests.doubles.aws.credentials import Credentials
from assets_tests.doubles.aws.faults import Faults
from assets_tests.doubles.aws.image import image
from assets_tests.doubles.aws.jobs import Job
from assets_tests.doubles.aws.s3 import S3
from assets_tests.doubles.aws.work import Work

if TYPE_CHECKING:
    from assets_tests.doubles.aws.redshift_place import RedshiftPlace


class World:
    """The folder of the jobs, what is in S3, the faults in force, and how fast time goes.

    `minute` is how many seconds a minute of a time limit takes; `pace` how long a job stays in each
    state before RUNNING.
    """

    def __init__(self, folder: Path, s3: S3) -> None:
        self.folder, self.s3 = folder, s3
        self.faults, self.counters, self.credentials = Faults(), Counters(), Credentials()
        self.minute, self.pace = 60.0, 0.05
        self.jobs: list[Job] = []
        self.services: dict[str, Any] = {}
        self.redshift: RedshiftPlace | None = None
        self._lock = threading.Lock()

    def job(
        self, service: str, id: str, work: Work, driver: Callable[[Job], int] | None = None
    ) -> Job:
        """A new driver, which `run` starts; the entry point says which if it is not given."""
        with self._lock:
            folder = self.folder / "jobs" / f"{len(self.jobs) + 1:05d}-{service}-{id}"
            job = Job(service, id, work, folder, self.s3, self.faults, driver)
            self.jobs.append(job)
        return job

    def variables(self, call: Call) -> Mapping[str, str]:
        """What a process needs to use this double as AWS, in the region of the call."""
        return {
            "PATH": f"{image(self.folder)}:{os.defpath}",
            "AWS_ENDPOINT_URL": f"http://{call.environ['HTTP_HOST']}",
            "AWS_ACCESS_KEY_ID": self.credentials.newest,
            "AWS_SECRET_ACCESS_KEY": "double",
            "AWS_REGION": call.region,
            "AWS_DEFAULT_REGION": call.region,
        }

    def end(self) -> None:
        """Ends every driver."""
        for job in list(self.jobs):
            job.stop("the double ends", 137)
        for job in list(self.jobs):
            if job.started:
                job.over.wait(10)
        self.s3.close()
