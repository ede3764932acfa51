"""The tail of a job's log, without anything that could hold a value of the data."""

import builtins
import re
from collections.abc import Iterable, Iterator

from seniorlink_assets.launchers.papers import Papers

_LINES = 30
_BYTES = 1 << 18

_OURS = r"(?:java|javax|jdk|sun|scala|org\.apache|py4j|pyspark|io\.netty)\.[\w.$]+"
_THROWN = rf"{_OURS}(?:Exception|Error)\b"
_LOGGED = re.compile(r"(\d\d:\d\d:\d\d (?:INFO|WARN|ERROR|FATAL)) ([\w$]+): ?(.*)")
_LOGGERS = {
    "BasicWriteTaskStatsTracker", "BlockManager", "BlockManagerMaster", "CodeGenerator",
    "DAGScheduler", "DiskBlockObjectWriter", "Executor", "ExecutorMetricsPoller",
    "FileFormatWriter", "FileOutputCommitter", "FileStreamSink", "HashedRelation", "MemoryManager",
    "MemoryStore", "ParquetFileFormat", "PythonRunner", "PythonUDFRunner", "PythonWorkerFactory",
    "Shell", "ShuffleBlockFetcherIterator", "SparkConf", "SparkContext", "SparkEnv",
    "SparkStringUtils", "SparkUncaughtExceptionHandler", "TaskMemoryManager", "TaskSetManager",
    "UnsafeExternalSorter", "Utils", "WindowExec",
}  # fmt: skip
_TASK = r"task \d+\.\d+ in stage \d+\.\d+ \(TID \d+\)"
_MESSAGES = re.compile(
    rf"Exception in {_TASK}"
    rf"|Lost {_TASK}(?: \(localhost executor driver\): (?:{_THROWN}|TaskKilled))?"
    r"|Task \d+ in stage \d+\.\d+ failed \d+ times; aborting job"
    r"|Aborting (?:job|task)"
    r"|No Partition Defined for Window operation! Moving all data to a single partition"
)
_FRAME = re.compile(
    rf"\s*at (?:java\.\w+/|jdk\.\w+/)?{_OURS}(?:<init>|<clinit>)?"
    r"\((?:\w+\.(?:java|scala):\d+|Native Method|Unknown Source)\)"
)
_CAUSE = re.compile(rf"((?:Caused by: |Exception in thread \"main\" )?{_THROWN})(: .*)?")
_PYTHON_FRAME = re.compile(
    r'\s*File "[\w./+-]*?((?:/python3\.\d+|/site-packages|/spark)/[\w./-]+\.py)"'
    r", line (\d+), in (<\w+>|\w+)"
)
_PYTHON_ERROR = re.compile(r"(\w+)(: .*)?")
_CONSTANT = re.compile(
    r"Traceback \(most recent call last\):"
    r"|\s*\.\.\. \d+ more"
    r"|Terminating due to java\.lang\.OutOfMemoryError: "
    r"(?:Java heap space|GC overhead limit exceeded|Metaspace|Direct buffer memory)"
    r"|# A fatal error has been detected by the Java Runtime Environment:"
    r"|#\s+SIG[A-Z]+ \(0x[0-9a-f]+\) at pc=0x[0-9a-f]+, pid=\d+, tid=\d+"
    r"|Error occurred during initialization of VM"
    r"|Initial heap size set to a larger value than the maximum heap size"
    r"|Killed|Segmentation fault(?: \(core dumped\))?"
)
_FULL_DISK = "No space left on device"


def log_tail(papers: Papers) -> tuple[str, ...]:
    """At most 30 lines: what is known to be harmless, and how much is not shown."""
    name = "stderr.log"
    try:
        log = papers.tail(name, _BYTES) or b""
    except OSError:
        return ()
    lines = log.decode("utf-8", "replace").splitlines()
    shown = [*_collapsed(map(_harmless, lines))]
    if len(shown) > _LINES:
        before, kept = shown[: 1 - _LINES], shown[1 - _LINES :]
        shown = [("", sum(count for _, count in before)), *kept]
    return tuple(
        text
        or f"… {count} {'line' if count == 1 else 'lines'} not shown, see {papers.where}/{name}"
        for text, count in shown
    )


def _collapsed(lines: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each line with how many it stands for; what is not shown is "" once."""
    hidden = 0
    for line in lines:
        if line and hidden:
            yield "", hidden
            hidden = 0
        if line:
            yield line, 1
        else:
            hidden += 1
    if hidden:
        yield "", hidden


def _harmless(line: str) -> str:
    """What of a line can be shown."""
    if _CONSTANT.fullmatch(line) or _FRAME.fullmatch(line):
        return line
    if logged := _LOGGED.fullmatch(line):
        when, logger, message = logged.groups()
        known = _MESSAGES.match(message)
        said = f"{known[0]} …" if known and known[0] != message else known[0] if known else "…"
        return f"{when} {logger if logger in _LOGGERS else '…'}: {said}"
    if cause := _CAUSE.fullmatch(line):
        return f"{cause[1]}: …" if cause[2] else cause[1]
    if frame := _PYTHON_FRAME.fullmatch(line):
        return f'  File "…{frame[1]}", line {frame[2]}, in {frame[3]}'
    error = _PYTHON_ERROR.fullmatch(line)
    if error and _is_exception(error[1]):
        return f"{error[1]}: …" if error[2] else error[1]
    return f"… {_FULL_DISK}" if _FULL_DISK in line else ""


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)
