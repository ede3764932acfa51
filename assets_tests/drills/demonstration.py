"""Fail a mart on purpose, show the plan, mend it, and recover: what `make drill` does."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from assets_tests.bench.copied_checkout import copied_checkout

_MART = Path("spark", "engagement", "caregiver_days.py")
_BROKEN = """


def caregiver_days(daily_notes, messages, visits):
    return daily_notes.select("humour")
"""


def main() -> None:
    """Works on a copy of the checkout, in a home that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="seniorlink-drill-") as folder:
        checkout, home = copied_checkout(Path(folder, "checkout")), Path(folder, "home")
        mart = checkout / _MART
        sound = mart.read_text(encoding="utf-8")
        _say(f"{_MART} asks for a column that does not exist")
        mart.write_text(sound + _BROKEN, encoding="utf-8")
        _run(checkout, home, "demo", "--caregivers", "300", "--days", "14", fails=True)
        _run(checkout, home, "plan")
        _run(checkout, home, "why", "engagement/caregiver_days")
        _say(f"{_MART} is mended")
        mart.write_text(sound, encoding="utf-8")
        _run(checkout, home, "plan")
        said = _run(checkout, home, "recover")
    sys.stdout.write(f"\n{said.splitlines()[-1]}\n")


def _run(checkout: Path, home: Path, *words: str, fails: bool = False) -> str:
    """What a command of `seniorlink` says, which is shown as it comes."""
    _say(f"$ seniorlink {' '.join(words)}")
    variables = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    said = []
    with subprocess.Popen(
        [sys.executable, "-m", "seniorlink_assets.cli", *words],
        cwd=checkout,
        env={**variables, "PYTHONPATH": str(checkout), "SENIORLINK_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            said.append(line)
    if bool(process.returncode) != fails:
        sys.exit(f"`seniorlink {words[0]}` ended with {process.returncode}")
    return "".join(said)


def _say(text: str) -> None:
    sys.stdout.write(f"\n--- {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
