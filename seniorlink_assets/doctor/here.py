"""What this machine needs: a Java, room, the caches that make jobs start fast, Dagster's home."""

import shutil
from collections.abc import Sequence

from seniorlink_assets.dagster_home import prepare_home
from seniorlink_assets.doctor.check import Check, CheckFailed, Unsaid
from seniorlink_assets.environments import check_settings, environment, home_folder
from seniorlink_assets.launchers.aot import cache_of
from seniorlink_assets.launchers.java import java
from seniorlink_assets.launchers.local import LocalLauncher

_LEAST_FREE = 2 << 30


def checks() -> Sequence[Check]:
    """Of an environment that is all on this machine."""
    return [
        Check("settings", _settings),
        *home_checks(),
        Check("Java", _java),
        Check("class cache", _class_cache, ("Java",)),
        Check("warm JVMs", _warm_jvms, ("settings", "home")),
    ]


def home_checks() -> Sequence[Check]:
    """Of whatever environment: this machine keeps Dagster's state."""
    return [Check("home", _home), Check("disk", _disk, ("home",))]


def _settings() -> str:
    check_settings("local")
    return f"the launcher is {environment('local').launcher.name}"


def _home() -> str:
    variables = prepare_home()
    return f"{home_folder()}, Dagster in {variables['DAGSTER_HOME']}"


def _disk() -> str:
    free = shutil.disk_usage(home_folder()).free
    if free < _LEAST_FREE:
        raise CheckFailed(
            f"{home_folder()} has {free / 1e9:.1f} GB left, where a run may need "
            f"{_LEAST_FREE / 1e9:.0f}; make room, or set SENIORLINK_HOME to another disk"
        )
    return f"{free / 1e9:,.0f} GB are free"


def _java() -> str:
    found = java()
    return f"{found.version}, {found.executable}"


def _class_cache() -> str:
    cache = cache_of(java())
    if cache.path.is_file():
        return str(cache.path)
    if cache.failure:
        raise Unsaid(f"there is none, and jobs start slowly: {cache.failure}")
    raise Unsaid("there is none yet, and jobs start slowly; `make setup` builds it")


def _warm_jvms() -> str:
    launcher = environment("local").launcher
    if not isinstance(launcher, LocalLauncher) or launcher.pool is None:
        raise Unsaid("there are none: every job starts a JVM of its own")
    folder = launcher.pool.folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"{launcher.pool.megabytes:,} MB of heap at most, in {folder}"
