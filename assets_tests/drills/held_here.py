"""The sitecustomize.py of a drill's checkout: holds a process at the point that is named for a key.

`points.json` says by key at which function: "module:name before" or "module:name after".
"""

import functools
import importlib.abc
import importlib.machinery
import json
import multiprocessing
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "held"


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        points = _points(fullname)
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target) if points else None
        if spec is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                for key, name, when in points:
                    _wrap(module, key, name, when)

            spec.loader.exec_module = exec_module
        return spec


def _points(wanted):
    """The (key, name, when) of the points in one module."""
    try:
        points = json.loads((FOLDER / "points.json").read_text())
    except FileNotFoundError:
        return []
    found = []
    for key, point in points.items():
        place, when = point.split(" ")
        module, _, name = place.partition(":")
        if module == wanted:
            found.append((key, name, when))
    return found


def _wrap(module, key, name, when):
    *owners, last = name.split(".")
    owner = functools.reduce(getattr, owners, module)
    function, is_fresh = getattr(owner, last), [True]

    @functools.wraps(function)
    def held(*args, **kwargs):
        # A command that plans calls functions of the steps as well.
        is_one = multiprocessing.parent_process() or module.__name__.startswith("spark.")
        is_it = is_fresh and is_one and key in {_key(arg) for arg in (*args, *kwargs.values())}
        if is_it:
            is_fresh.clear()
        if is_it and when == "before":
            _hold(key, args)
        result = function(*args, **kwargs)
        if is_it and when == "after":
            _hold(key, args)
        return result

    setattr(owner, last, held)


def _key(arg):
    """The key of the table that an argument is about."""
    for way in ("key", "contract.key", "manifest.key", "table.key", "job.contract.key"):
        found = arg
        for name in way.split("."):
            found = getattr(found, name, None)
        if isinstance(found, str):
            return found
    return None


def _hold(key, args):
    """Waits until somebody writes to a FIFO, which never happens to who is killed."""
    context = getattr(args[0], "sparkContext", None) if args else None
    jvm = context._jvm.java.lang.ProcessHandle.current().pid() if context else 0
    said = FOLDER / f"{os.getpid()}.json"
    os.mkfifo(said.with_suffix(".fifo"))
    draft = said.with_suffix(".new")
    draft.write_text(json.dumps({"key": key, "pid": os.getpid(), "jvm": jvm}))
    draft.replace(said)
    said.with_suffix(".fifo").read_bytes()


sys.meta_path.insert(0, _Finder())
