"""One sample company, seeded once, from which every run lands the days it needs."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from assets_tests.bench.home import Home


@dataclass(frozen=True)
class Company:
    """Its landing files, its days, and what `seniorlink seed` said of it."""

    landing: Path
    days: list[str]
    said: str

    @classmethod
    def seeded(cls, folder: Path, caregivers: int, days: int) -> "Company":
        home = Home(folder)
        words = ("seed", "--caregivers", str(caregivers), "--days", str(days))
        said = home.seniorlink(*words).last_line
        found = {path.name for path in home.landing.glob("*/*/*")}
        return cls(home.landing, sorted(found), said)

    def land(self, days: list[str], landing: Path) -> None:
        """Brings these days of every set to `landing`, as links: nobody changes a landing file."""
        for day in days:
            for place in self.landing.glob(f"*/*/{day}"):
                target = landing / place.relative_to(self.landing)
                shutil.copytree(place, target, copy_function=os.link)

    def bytes_of(self, days: list[str]) -> int:
        return sum(
            file.stat().st_size
            for day in days
            for file in self.landing.glob(f"*/*/{day}/*")
            if file.is_file()
        )
