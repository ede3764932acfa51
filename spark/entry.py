"""What spark-submit starts: `entry.py <papers>`; it finds the code that was shipped and runs it.

It imports nothing of that code before it is unpacked, and can say so to any Python.
"""

import json
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import pyspark

CODE = "code.zip"
OLDEST_PYTHON = (3, 11)
OLDEST_SPARK = (3, 5)


def main(arguments):
    """Runs the job whose papers are at the path or URL in the arguments; returns its exit code."""
    if len(arguments) != 1:
        sys.stderr.write(f"entry.py takes one argument, the place of a job's papers: {arguments}\n")
        return os.EX_USAGE
    papers, archive = arguments[0], _archive()
    if sys.version_info < OLDEST_PYTHON:
        return _refuse(
            f"The job's Python is {_dotted(sys.version_info[:2])}, but its code needs "
            f"{_dotted(OLDEST_PYTHON)} or newer; give the job an image or an environment that has "
            "it, and name it in spark.pyspark.python.",
            papers,
        )
    if tuple(map(int, pyspark.__version__.split(".")[:2])) < OLDEST_SPARK:
        return _refuse(
            f"The job's Spark is {pyspark.__version__}, but its code needs {_dotted(OLDEST_SPARK)} "
            "or newer; run it on a newer release.",
            papers,
        )
    if archive is None:
        return _refuse(
            f"{CODE} is not where Spark puts what --py-files names; submit the job with "
            f"--py-files <the URL of {CODE}>.",
            papers,
        )
    folder = tempfile.mkdtemp(prefix="seniorlink-code-")
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
        # Files lie beside modules, which an import from the archive would not let one read.
        sys.path.insert(0, folder)
        from spark.run import main as run

        return run(papers_url=papers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _archive():
    """The archive where Spark makes --py-files known, or has put files for the driver."""
    beside = [Path(__file__).resolve().parent / CODE, Path.cwd() / CODE]
    for path in [*map(Path, sys.path), *beside]:
        if path.name == CODE and zipfile.is_zipfile(path):
            return path
    return None


def _dotted(version):
    return ".".join(map(str, version))


def _refuse(sentence, papers):
    """Says why nothing can be run, also among the job's papers, where people look for it."""
    sys.stderr.write(f"{sentence}\n")
    failure = {"error": "EntryError", "sentence": sentence, "kind": "spark", "transient": False}
    content = json.dumps({**failure, "trace": []})
    if "://" not in papers:
        Path(papers, "failure.json").write_text(content)
        return os.EX_CONFIG
    from pyspark import SparkContext

    SparkContext._ensure_initialized()  # noqa: SLF001
    jvm: Any = SparkContext._jvm  # noqa: SLF001
    settings = jvm.org.apache.spark.SparkConf()
    hadoop = jvm.org.apache.spark.deploy.SparkHadoopUtil.get().newConfiguration(settings)
    path = jvm.org.apache.hadoop.fs.Path(f"{papers}/failure.json")
    stream = path.getFileSystem(hadoop).create(path)
    stream.write(content.encode())
    stream.close()
    return os.EX_CONFIG


if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
    except BaseException:  # noqa: BLE001  # os._exit() must be reached
        import traceback

        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of a transform must not keep the process alive.
    os._exit(status)
