"""Files in a store, through the Hadoop of Spark's JVM: with its settings, and its permissions."""

import errno
import io
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any, cast

from py4j.java_gateway import JavaObject
from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import PySparkException

from spark.files import HIDDEN, Files, Listed, Opened, Result

_AT_ONCE = 16
_HEAD_BYTES = 1 << 16

_WHOLE_AT_ONCE = {"s3", "s3a", "s3n", "gs", "abfs", "abfss", "wasb", "wasbs", "oss"}
"""Stores in which nobody sees a file before it is written to its end."""

_HINTS = {
    "fs.option.create.conditional.overwrite": "true",  # lets S3 itself refuse a second file
}
_READING = {
    "fs.option.openfile.read.policy": "random",  # asks S3 for the beginning only
}

_MISSING = {"FileNotFoundException", "NoSuchFileException"}
_TAKEN = {"FileAlreadyExistsException", "RemoteFileChangedException"}


class FilesError(OSError):
    """A store that does not do what it is asked for; the text is one sentence for a person."""


class HadoopFiles(Files):
    """The files of the store (bucket, cluster) that a URL belongs to."""

    def __init__(self, url: str) -> None:
        self._scheme = url.partition("://")[0]
        with _refused(url):
            self._jvm, self._system = _file_system(url)

    def read(self, path: str) -> bytes:
        with _refused(path):
            stream = self._system.open(self._path(path))
            try:
                return stream.readAllBytes()
            finally:
                stream.close()

    @contextmanager
    def opened(self, path: str) -> Iterator[Opened]:
        with _refused(path):
            place = self._path(path)
            status = self._system.getFileStatus(place)
            opening = self._system.openFile(place).withFileStatus(status)
            for hint, value in _READING.items():
                opening.opt(hint, value)
            stream, size = opening.build().get(), status.getLen()
        try:
            head = io.BufferedReader(cast(io.RawIOBase, _Reading(path, stream)), _HEAD_BYTES)
            yield Opened(head, size)
        finally:
            with _refused(path):
                stream.close()

    def create(self, path: str, content: bytes) -> None:
        with _refused(path):
            if self._scheme in _WHOLE_AT_ONCE:
                self._write(path, content, over=False)
            else:
                self._move_in(path, content, over=False)

    def put(self, path: str, content: bytes) -> None:
        with _refused(path):
            if self._scheme in _WHOLE_AT_ONCE:
                self._write(path, content, over=True)
            else:
                self._move_in(path, content, over=True)

    def matching(self, folder: str, pattern: str) -> list[Listed]:
        found, wanted = [], pattern.split("/")
        try:
            with _refused(folder):
                # One listing of a bucket, however many folders there seem to be in it.
                files = self._system.listFiles(self._path(folder), True)
                while files.hasNext():
                    file = files.next()
                    path = file.getPath().toString()
                    parts = path.split("/")[-len(wanted) :]
                    if path == "/".join([folder, *parts]) and _matches(parts, wanted):
                        found.append(Listed(path, file.getLen()))
        except FileNotFoundError:  # where there are no files, there are no folders
            return []
        return sorted(found, key=lambda file: file.path)

    def each(self, function: Callable[[str], Result], paths: Sequence[str]) -> list[Result]:
        with ThreadPoolExecutor(_AT_ONCE, "files") as workers:
            return [*workers.map(function, paths)]

    def _path(self, path: str) -> JavaObject:
        return self._jvm.org.apache.hadoop.fs.Path(path)

    def _write(self, path: str, content: bytes, *, over: bool) -> None:
        writing = self._system.createFile(self._path(path)).recursive().overwrite(over)
        if not over:
            for hint, value in _HINTS.items():
                writing.opt(hint, value)
        stream = writing.build()
        try:
            stream.write(content)
        finally:
            stream.close()

    def _move_in(self, path: str, content: bytes, *, over: bool) -> None:
        folder, _, name = path.rpartition("/")
        draft = f"{folder}/.{name}.{os.getpid()}"
        self._write(draft, content, over=True)
        place = self._path(path)
        if self._system.exists(place):
            if not over:
                self._system.delete(self._path(draft), False)
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            self._system.delete(place, False)
        if not self._system.rename(self._path(draft), place):
            self._system.delete(self._path(draft), False)
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)


class _Reading(io.RawIOBase):
    """A stream of Java's as one of Python's."""

    def __init__(self, path: str, stream: Any) -> None:
        self._path, self._stream = path, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _refused(self._path):
            said = self._stream.readNBytes(len(buffer))
        buffer[: len(said)] = said
        return len(said)


def _file_system(url: str) -> tuple[Any, Any]:
    """The JVM, and its file system for a URL."""
    context = SparkContext._active_spark_context  # noqa: SLF001
    SparkContext._ensure_initialized()  # noqa: SLF001
    jvm: Any = SparkContext._jvm  # noqa: SLF001
    systems, place = jvm.org.apache.hadoop.fs.FileSystem, jvm.java.net.URI.create(_root(url))
    if context is not None:
        jsc: Any = context._jsc  # noqa: SLF001
        return jvm, systems.get(place, jsc.hadoopConfiguration())
    # One that is Hadoop's own to keep would have these settings for the whole session, and not
    # those that the session brings with it.
    settings = jvm.org.apache.spark.SparkConf()
    spark = jvm.org.apache.spark.deploy.SparkHadoopUtil.get()
    return jvm, systems.newInstance(place, spark.newConfiguration(settings))


def _root(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/"


def _matches(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    return all(map(fnmatchcase, parts, wanted)) and not parts[-1].startswith(HIDDEN)


@contextmanager
def _refused(path: str) -> Iterator[None]:
    """What Java throws as what Python raises for files, without what a store says in it."""
    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        thrown: Any = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
        name = thrown.getClass().getSimpleName() if thrown else type(error).__name__
        if name in _MISSING:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from error
        if name in _TAKEN:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from error
        if "Denied" in name or "AccessControl" in name:
            raise FilesError(
                f"{path} is denied to the job ({name}); give its role that permission"
            ) from error
        raise FilesError(f"{path} cannot be used ({name}); materialize again") from error
    except (Py4JError, ConnectionError, EOFError) as error:
        raise FilesError(
            f"{path} cannot be used, for Spark's JVM does not answer; materialize again"
        ) from error
