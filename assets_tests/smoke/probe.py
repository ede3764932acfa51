# no-spark thread
"""A job that does what its papers ask, and tells there what came of it.

On AWS spark-submit starts it, beside the code that was deployed; the double calls `run`.
"""

import json
import os
import sys
import time
from typing import Any


def run(driver):
    papers, *arguments = driver.arguments
    asked = json.loads(driver.read(f"{papers}/asked.json"))
    told = {
        "arguments": arguments,
        "conf": {name: driver.conf.get(name) for name in asked.get("conf", [])},
        "environment": {name: driver.environment.get(name) for name in asked.get("variables", [])},
        "came": [_came_of(driver, *deed) for deed in asked.get("deeds", [])],
    }
    driver.write(f"{papers}/told.json", json.dumps(told).encode())
    driver.sleep(asked.get("seconds", 0))
    if "needs" in asked:
        driver.read(asked["needs"])
    if "raises" in asked:
        raise RuntimeError(asked["raises"])
    driver.exit(asked.get("code", 0))


def _came_of(driver, deed, url):
    try:
        return _DEEDS[deed](driver, url) or "done"
    except PermissionError:
        return "denied"
    except FileExistsError:
        return "taken"
    except OSError as error:
        return str(error)


_DEEDS = {
    "read": lambda driver, url: "missing" if driver.read(url) is None else None,
    "write": lambda driver, url: driver.write(url, b"smoke"),
    "create": lambda driver, url: driver.write(url, b"smoke", exclusively=True),
    "remove": lambda driver, url: driver.remove(url),
}


class OnSpark:
    """What the double gives to a driver in a thread, through the files of jobs."""

    def __init__(self):
        from spark.files import files_at

        self.arguments, self.environment = sys.argv[1:], dict(os.environ)
        self._files: Any = files_at(self.arguments[0])
        settings = self._files._jvm.org.apache.spark.SparkConf().getAll()
        self.conf = {setting._1(): setting._2() for setting in settings}

    def read(self, url):
        try:
            return self._permitted(self._files.read, url)
        except FileNotFoundError:
            return None

    def write(self, url, content, exclusively=False):
        write = self._files.create if exclusively else self._files.put
        self._permitted(write, url, content)

    def remove(self, url):
        from spark.hadoop_files import _refused

        def removed():
            with _refused(url):
                self._files._system.delete(self._files._path(url), False)

        self._permitted(removed)

    def sleep(self, seconds):
        time.sleep(seconds)

    def exit(self, code):
        sys.stderr.flush()
        os._exit(code)

    def _permitted(self, do, *given):
        from spark.hadoop_files import FilesError

        try:
            return do(*given)
        except FilesError as error:
            if " is denied to the job " in str(error):
                raise PermissionError(str(error)) from error
            raise


if __name__ == "__main__":
    run(OnSpark())
