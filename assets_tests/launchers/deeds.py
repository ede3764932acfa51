"""What a job may do to the process and the JVM that it runs in, and how another would see it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Deed:
    """Statements of a transform, and an expression that they give another value.

    Both know `spark`, `jvm` and `papers`, the folder of the job.
    """

    does: str
    sees: str


IN_THE_SESSION = {
    "leaves temporary views": Deed(
        """
spark.range(1).createOrReplaceTempView("leak")
spark.range(1).createOrReplaceGlobalTempView("leak")
""",
        '[spark.catalog.tableExists(name) for name in ("leak", "global_temp.leak")]',
    ),
    "saves a table": Deed(
        'spark.range(1).write.saveAsTable("default.leak")',
        """[
    spark.catalog.tableExists("default.leak"),
    [*Path(spark.conf.get("spark.sql.warehouse.dir").removeprefix("file:")).glob("*")] != [],
]""",
    ),
    "makes a database": Deed(
        'spark.sql("CREATE DATABASE leak"); spark.sql("USE leak")',
        "[spark.catalog.currentDatabase(), spark.catalog.databaseExists('leak')]",
    ),
    "defines functions": Deed(
        """
spark.udf.register("leak", lambda: 1)
spark.sql("CREATE TEMPORARY FUNCTION leaked(x INT) RETURNS INT RETURN x + 1")
spark.sql("CREATE FUNCTION default.leak() RETURNS INT RETURN 1")
""",
        '[spark.catalog.functionExists(name) for name in ("leak", "leaked", "default.leak")]',
    ),
    "declares a variable": Deed(
        'spark.sql("DECLARE OR REPLACE VARIABLE leak INT DEFAULT 1")',
        "is_declared(spark)",
    ),
    "changes the session's settings": Deed(
        """
spark.conf.set("spark.sql.shuffle.partitions", "17")
spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
spark.conf.set("spark.leak", "1")
""",
        """[
    spark.conf.get("spark.sql.shuffle.partitions"),
    spark.conf.get("spark.sql.session.timeZone"),
    spark.conf.get("spark.leak", "none"),
]""",
    ),
    "changes Hadoop's settings": Deed(
        'spark.sparkContext._jsc.hadoopConfiguration().set("leak", "1")',
        'spark.sparkContext._jsc.hadoopConfiguration().get("leak")',
    ),
    "opens a file system with settings of its own": Deed(
        """
conf = spark.sparkContext._jsc.hadoopConfiguration()
conf.set("of.mine", "1")
jvm.org.apache.hadoop.fs.FileSystem.get(jvm.java.net.URI("http://leak"), conf)
""",
        """jvm.org.apache.hadoop.fs.FileSystem.get(
    jvm.java.net.URI("http://leak"), spark.sparkContext._jsc.hadoopConfiguration()
).getConf().get("of.mine")""",
    ),
    "changes the context's properties": Deed(
        """
spark.sparkContext.setLocalProperty("leak", "1")
spark.sparkContext.setJobDescription("leak")
spark.sparkContext.setCheckpointDir(str(papers / "checkpoints"))
""",
        """[
    spark.sparkContext.getLocalProperty("leak"),
    spark.sparkContext.getLocalProperty("spark.job.description"),
    spark.sparkContext.getCheckpointDir(),
]""",
    ),
    "caches": Deed(
        """
spark.range(10).cache().count()
spark.sparkContext.parallelize([1]).persist().count()
""",
        "spark.sparkContext._jsc.getPersistentRDDs().size()",
    ),
    "adds files": Deed(
        """
(papers / "leaked.py").write_text("x = 1")
spark.sparkContext.addPyFile(str(papers / "leaked.py"))
spark.sparkContext.addFile(str(papers / "deed.py"))
""",
        '[find_spec("leaked") is None, len(spark.sparkContext.listFiles)]',
    ),
    "writes where Spark stands": Deed(
        'spark.range(1).write.mode("overwrite").parquet("leaked_rows")',
        """jvm.org.apache.hadoop.fs.Path("leaked_rows").getFileSystem(
    spark.sparkContext._jsc.hadoopConfiguration()
).exists(jvm.org.apache.hadoop.fs.Path("leaked_rows"))""",
    ),
    "leaves a file in the JVM's folder for them": Deed(
        'jvm.java.io.File.createTempFile("leak", "")',
        """[*Path(jvm.java.lang.System.getProperty("java.io.tmpdir")).glob("leak*")] != []""",
    ),
    "leaves a file where Spark spills": Deed(
        'spills(jvm)[0].joinpath("leak").touch()',
        '[folder.joinpath("leak").exists() for folder in spills(jvm)].count(True)',
    ),
}

IN_ITS_PROCESS = {
    "changes Python's modules": Deed(
        """
import builtins, json, os, time
from pyspark.sql import functions
for module in (builtins, json, os, time, functions):
    module.leak = 1
time.ctime = functions.degrees = json.JSONDecodeError = type(spark.range(1)).tail = None
""",
        """[
    [hasattr(module, "leak") for module in (builtins, json, os, time, functions)],
    [x is None for x in (time.ctime, functions.degrees, json.JSONDecodeError, DataFrame.tail)],
]""",
    ),
    "changes its folder": Deed('os.chdir("/")', 'Path("deed.py").exists()'),
    "changes its variables": Deed(
        'os.environ.update(LEAK="1", HOME="/leak"); del os.environ["SPARK_LOCAL_DIRS"]',
        '[os.environ.get("LEAK"), os.environ.get("HOME"), "SPARK_LOCAL_DIRS" in os.environ]',
    ),
    "changes the modes of its files": Deed("os.umask(0o7)", "umask()"),
    "changes its time zone": Deed(
        'os.environ["TZ"] = "Asia/Tokyo"; time.tzset()', "[*time.tzname]"
    ),
    "changes its locale": Deed(
        'locale.setlocale(locale.LC_ALL, "C.UTF-8")', "locale.setlocale(locale.LC_ALL)"
    ),
    "changes where modules are found": Deed(
        'sys.path.insert(1, "/leak"); sys.meta_path.append(None); sys.meta_path.pop(); '
        'sys.modules["leak"] = sys',
        '["/leak" in sys.path, "leak" in sys.modules]',
    ),
    "handles signals": Deed(
        """
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
""",
        """[
    [signal.getsignal(number) == signal.SIG_IGN
     for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGUSR1)],
    len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
]""",
    ),
    "limits itself": Deed(
        """
sys.setrecursionlimit(4321)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
os.nice(1)
""",
        "[sys.getrecursionlimit(), resource.getrlimit(resource.RLIMIT_NOFILE), os.nice(0)]",
    ),
    "leaves threads": Deed(
        'threading.Thread(target=threading.Event().wait, name="leak").start()',
        '[thread.name for thread in threading.enumerate() if thread.name == "leak"]',
    ),
    "leaves processes": Deed(
        """
found["child"] = subprocess.Popen(["sleep", "600"]).pid
found["orphan"] = int(subprocess.check_output("sleep 600 >&- & echo $!", shell=True))
""",
        '"child" in found',
    ),
    "leaves files and sockets open": Deed(
        """
found["open"] = [os.dup(os.open("/dev/zero", os.O_RDONLY)) for _ in range(20)]
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
""",
        '[name for name in opened() if name == "/dev/zero"]',
    ),
    "fills its scratch folder": Deed(
        """
for number in range(200):
    Path(tempfile.gettempdir(), f"leak-{number}").write_bytes(bytes(10_000))
""",
        '[*Path(tempfile.gettempdir()).glob("leak*")] != []',
    ),
}

IN_THE_JVM = {
    "sets a property through PySpark": Deed(
        'spark.sparkContext.setSystemProperty("spark.leak.it", "1")',
        'jvm.java.lang.System.getProperty("spark.leak.it")',
    ),
    "sets a property": Deed(
        'jvm.java.lang.System.setProperty("leak", "1")', 'jvm.java.lang.System.getProperty("leak")'
    ),
    "changes the JVM's time zone": Deed(
        'jvm.java.util.TimeZone.setDefault(jvm.java.util.TimeZone.getTimeZone("Asia/Tokyo"))',
        "jvm.java.util.TimeZone.getDefault().getID()",
    ),
    "changes the JVM's locale": Deed(
        'jvm.java.util.Locale.setDefault(jvm.java.util.Locale("tr", "TR"))',
        "jvm.java.util.Locale.getDefault().toString()",
    ),
    "changes the locale of formats": Deed(
        """
jvm.java.util.Locale.setDefault(
    getattr(jvm.java.util, "Locale$Category").FORMAT, jvm.java.util.Locale("tr", "TR")
)
""",
        """jvm.java.util.Locale.getDefault(
    getattr(jvm.java.util, "Locale$Category").FORMAT
).toString()""",
    ),
    "changes how much is logged": Deed(
        'spark.sparkContext.setLogLevel("OFF")',
        "jvm.org.apache.logging.log4j.LogManager.getRootLogger().getLevel().toString()",
    ),
    "leaves a JVM thread": Deed(
        """
queue, seconds = jvm.java.util.concurrent.LinkedBlockingQueue(), jvm.java.util.concurrent.TimeUnit
pool = jvm.java.util.concurrent.ThreadPoolExecutor(1, 1, 0, seconds.SECONDS, queue)
pool.prestartAllCoreThreads()
""",
        'any(name.startswith("pool-") for name in threads_of(jvm))',
    ),
    "leaves a JVM daemon thread": Deed(
        """
daemons = jvm.org.apache.spark.util.ThreadUtils.newDaemonSingleThreadScheduledExecutor("leak")
daemons.prestartAllCoreThreads()
""",
        '"leak" in threads_of(jvm)',
    ),
    "leaves a process of the JVM": Deed(
        """
found["child"] = jvm.java.lang.Runtime.getRuntime().exec("sleep 600").pid()
""",
        '"sleep" in processes_of(jvm)',
    ),
    "leaves Spark at work": Deed(
        """
endless = spark.range(0, 1 << 60, 1, 1).selectExpr("sum(id % 7)")
threading.Thread(target=endless.collect).start()
while not spark.sparkContext.statusTracker().getActiveStageIds():
    time.sleep(0.01)
time.sleep(1)
""",
        'any(name.startswith("Executor task launch") for name in threads_of(jvm))',
    ),
}

WORDS = """
import builtins, json, locale, os, resource, signal, socket, subprocess, sys, tempfile, threading
import time
from importlib.util import find_spec
from pathlib import Path
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, functions

def is_declared(spark):
    try:
        return spark.sql("SELECT leak").collect() != []
    except AnalysisException:
        return False

def umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask

def opened():
    for number in os.listdir("/proc/self/fd"):
        try:
            yield os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            pass

def threads_of(jvm):
    return [thread.getName() for thread in jvm.java.lang.Thread.getAllStackTraces().keySet()]

def processes_of(jvm):
    children = jvm.java.lang.ProcessHandle.current().children().toList()
    return [Path(f"/proc/{child.pid()}/comm").read_text().strip() for child in children]

def spills(jvm):
    return [*Path(jvm.java.lang.System.getenv("SPARK_LOCAL_DIRS")).glob("**/blockmgr-*")]
"""


def saw(deeds: dict[str, Deed], when: str) -> str:
    """Statements that note under `when` what is seen of these deeds."""
    seen = ", ".join(f"{name!r}: {deed.sees}" for name, deed in deeds.items())
    return f"found[{when!r}] = {{{seen}}}\nnote()\n"


def done(deeds: dict[str, Deed]) -> str:
    """Statements that do these deeds, and note what is seen of all before and of these after."""
    does = "\n".join(deed.does for deed in deeds.values())
    return f"{WORDS}\n{saw(ALL, 'before')}\n{does}\n{saw(deeds, 'after')}"


ALL = {**IN_THE_SESSION, **IN_ITS_PROCESS, **IN_THE_JVM}
