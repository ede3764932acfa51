"""The cache of classes with which a JVM starts in half the time: whose it is, and its building."""

import fcntl
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.launchers.java import Java, JavaError, java

FOLDER = Path(sys.prefix) / "share" / "seniorlink" / "aot"
"""With the environment, which holds the jars too, a cache comes and goes."""

_AHEAD_OF_TIME = 25
"""The first Java that also keeps linked classes, in one training run."""

_DETACHED = '"$0" "$@" >/dev/null 2>&1 &'


@dataclass(frozen=True)
class Cache:
    """A file in which a JVM finds classes as an earlier one left them.

    `using` are the options to use it if it fits. A JVM that does not like it starts without.
    """

    path: Path
    using: tuple[str, ...]
    command: tuple[str, ...]

    @property
    def failure(self) -> str | None:
        """Why it could not be built; None if that was not tried, or went well."""
        marker = self.path.with_suffix(".failed")
        return marker.read_text(encoding="utf-8").strip() if marker.is_file() else None


def cache_options(runtime: Java, folder: Path = FOLDER) -> tuple[str, ...]:
    """What lets a JVM use its cache; none as long as there is none, which is then being built."""
    cache = cache_of(runtime, folder)
    if cache.path.is_file():
        return cache.using
    if cache.failure is None and _is_free(folder):
        _build_meanwhile(cache, runtime)
    return ()


def cache_of(runtime: Java, folder: Path = FOLDER) -> Cache:
    """The cache of a Java with these jars and Spark's options, whether it is there or not."""
    owner = hashlib.sha256(str(runtime.executable).encode()).hexdigest()[:8]
    if runtime.version >= _AHEAD_OF_TIME:
        path = folder / f"{owner}-{_key(runtime)}.aot"
        using = (f"-XX:AOTCache={path}", "-Xlog:aot*=off")
        making = ("-XX:AOTCacheOutput={cache}",)
        insisting = ("-XX:AOTCache={cache}", "-XX:AOTMode=on")
    else:
        path = folder / f"{owner}-{_key(runtime)}.jsa"
        using = (f"-XX:SharedArchiveFile={path}", "-Xlog:cds*=off")
        making = ("-XX:ArchiveClassesAtExit={cache}",)
        insisting = ("-XX:SharedArchiveFile={cache}", "-Xshare:on")
    order = {
        "java": str(runtime.executable),
        "jars": str(runtime.jars),
        "cache": str(path),
        "rivals": owner,
        "making": making,
        "insisting": insisting,
    }
    return Cache(path, using, (sys.executable, "-m", "spark.aot_cache", json.dumps(order)))


def main() -> int:
    """Builds the cache of the Java in use and says how that went; never a failure."""
    try:
        print(_build(java()))  # noqa: T201
    except (JavaError, OSError) as error:
        print(f"Spark will start slowly: {error}")  # noqa: T201
    return 0


def _build(runtime: Java, folder: Path = FOLDER) -> str:
    cache = cache_of(runtime, folder)
    if cache.path.is_file():
        return f"Spark starts from {cache.path}"
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        cache.command, cwd=CHECKOUT, env=runtime.environment, stdin=subprocess.DEVNULL, check=False
    )
    if cache.path.is_file():
        return f"Spark starts from {cache.path} ({cache.path.stat().st_size >> 20} MB)"
    return f"Spark will start slowly: {cache.failure or f'its cache ended with {done.returncode}'}"


def _build_meanwhile(cache: Cache, runtime: Java) -> None:
    # The shell ends at once: nobody waits for the builder, which outlives the job it began with.
    subprocess.run(
        ["/bin/sh", "-c", _DETACHED, *cache.command],
        cwd=CHECKOUT,
        env=runtime.environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        check=False,
    )


def _is_free(folder: Path) -> bool:
    """Whether a cache can be built there, and nobody does it now."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _key(runtime: Java) -> str:
    """Changes with everything that makes a JVM refuse a cache or that goes into it."""
    home = runtime.executable.resolve().parents[1]
    files = [home / "lib" / "modules", *home.glob("lib/server/*"), *runtime.jars.glob("*.jar")]
    stamps = [
        (str(file), stat.st_size, stat.st_mtime_ns)
        for file in sorted(files)
        if file.is_file()
        for stat in [file.stat()]
    ]
    sources = [
        (CHECKOUT / "spark" / name).read_text(encoding="utf-8")
        for name in ("contract/jvm.py", "aot_training.py")
    ]
    return hashlib.sha256(json.dumps([stamps, sources]).encode()).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
