"""Drivers that cost next to nothing: a thread of the double instead of a process."""

import traceback
from typing import TYPE_CHECKING

from assets_tests.doubles.aws.s3 import split

if TYPE_CHECKING:
    from assets_tests.doubles.aws.jobs import Job

ACCESS_DENIED = (
    "java.nio.file.AccessDeniedException: {url}: Access Denied "
    "(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied)"
)


class Stopped(BaseException):
    """The double ends the driver, as a kill would."""


class Exit(BaseException):
    """The driver ends itself with a code."""


class Driver:
    """What the function `run` of an in-thread driver is given."""

    def __init__(self, job: "Job") -> None:
        self._job = job
        self.arguments = list(job.work.arguments)
        self.environment = dict(job.work.environment)
        self.conf = dict(job.work.conf)
        self.parameters = list(job.work.parameters)
        self.name = job.work.name

    def read(self, url: str) -> bytes | None:
        """An object; None if there is none; PermissionError if the session policy forbids it."""
        self.sleep(0)
        bucket, key = split(url)
        kms_key = self._job.s3.kms_key(bucket, key)
        policy = self._job.work.policy
        if not policy.gets(bucket, key) or not policy.uses(kms_key, "kms:Decrypt"):
            raise PermissionError(ACCESS_DENIED.format(url=url))
        return self._job.s3.read(bucket, key)

    def write(self, url: str, content: bytes, *, exclusively: bool = False) -> None:
        """Writes an object; FileExistsError if there is one and it is to be created."""
        self.sleep(0)
        bucket, key = split(url)
        kms_key = self._job.s3.kms_key(bucket, key)
        policy = self._job.work.policy
        if not policy.writes(bucket, key) or not policy.uses(kms_key, "kms:GenerateDataKey"):
            raise PermissionError(ACCESS_DENIED.format(url=url))
        if not self._job.s3.put_if(bucket, key, content, absent=exclusively):
            raise FileExistsError(url)

    def remove(self, url: str) -> None:
        """Removes an object, if there is one; PermissionError if the policy forbids it."""
        self.sleep(0)
        bucket, key = split(url)
        if not self._job.work.policy.deletes(bucket, key):
            raise PermissionError(ACCESS_DENIED.format(url=url))
        if (etag := self._job.s3.etag(bucket, key)) is not None:
            self._job.s3.remove(bucket, key, etag)

    def sleep(self, seconds: float) -> None:
        """Waits, and ends here if the driver is killed or cancelled."""
        if self._job.stopping.wait(seconds):
            raise Stopped

    def say(self, text: str) -> None:
        """A line of stdout."""
        self._job.say(text)

    def exit(self, code: int) -> None:
        raise Exit(code)


def run_in_thread(job: "Job", words: list[str], source: str) -> int:
    """`# no-spark sleep=2 exit=1` waits and ends; `# no-spark thread` calls `run(driver)`."""
    driver = Driver(job)
    try:
        if words == ["thread"]:
            names: dict = {"__name__": "driver", "__file__": job.work.entry}
            exec(compile(source, job.work.entry, "exec"), names)  # noqa: S102
            names["run"](driver)
            return 0
        settings = dict(word.split("=", 1) for word in words)
        driver.sleep(float(settings.get("sleep", 0)))
        return int(settings.get("exit", 0))
    except Stopped:
        return 143
    except Exit as error:
        return int(error.args[0])
    except Exception:  # noqa: BLE001  # what a driver throws is its failure
        job.say(traceback.format_exc(), error=True)
        return 1
