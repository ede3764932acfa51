"""Dagster's state inside the home: one folder, configured by the checkout's dagster.yaml."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import yaml

from seniorlink_assets.environments import (
    CHECKOUT,
    dagster_variables,
    home_folder,
    jobs_are_here,
    jobs_at_once,
    settings_now,
)
from seniorlink_assets.file_lock import is_held
from seniorlink_assets.sentence import SentenceError

_LOCK = "demo.lock"
_PLACES = ("storage", "local_artifact_storage", "compute_logs")


class HomeError(SentenceError):
    """The home cannot be used; the text says why and what to do."""


def prepare_home() -> Mapping[str, str]:
    """Makes the home and Dagster's folder in it, and returns the variables that point to them."""
    home, variables = home_folder(), dagster_variables()
    folder = Path(variables["DAGSTER_HOME"])
    if not folder.is_absolute():
        raise HomeError(f"DAGSTER_HOME is {str(folder)!r}; write an absolute path, or unset it")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(home, os.W_OK):
            raise PermissionError(f"no permission to write into {home}")
        if folder.is_relative_to(home):
            given = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text(encoding="utf-8"))
            kept = {name: value for name, value in given.items() if name not in _PLACES}
            kept["event_log_storage"] = {
                "module": "seniorlink_assets.event_log",
                "class": "EventLog",
                "config": {"base_dir": str(folder / "history" / "runs")},
            }
            pools, runs = kept["concurrency"]["pools"], kept["concurrency"]["runs"]
            pools["default_limit"] = max(pools["default_limit"], jobs_at_once())
            if not jobs_are_here(settings_now()):  # a run takes some 250 MB of this machine
                runs["max_concurrent_runs"] = max(runs["max_concurrent_runs"], jobs_at_once())
            draft = folder / f"dagster.yaml.{os.getpid()}"
            draft.write_text(yaml.safe_dump(kept), encoding="utf-8")
            draft.replace(folder / "dagster.yaml")
    except OSError as error:
        raise HomeError(
            f"the home {home} cannot be written ({error.strerror or error}); "
            "make it writable, or set SENIORLINK_HOME to another folder"
        ) from error
    return variables


@contextmanager
def alone_in(home: Path) -> Iterator[None]:
    """Keeps a second demo out of the home; the kernel lets go when this process dies."""
    with (home / _LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise HomeError(
                f"process {lock.read()} brings {home} up to date already; "
                "wait for it or stop it, then try again"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def is_somebody_in(home: Path) -> bool:
    """Whether a process is alone in the home now."""
    return is_held(home / _LOCK)
