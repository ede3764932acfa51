"""Jobs that a service is given straight: what each is to do, and what became of it."""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from assets_tests.smoke.account import Account
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.launchers.aws import AwsError
from seniorlink_assets.launchers.base import Handle, Order
from seniorlink_assets.launchers.papers import Papers
from seniorlink_assets.launchers.remote import RemoteLauncher
from seniorlink_assets.launchers.service import Command, ServiceState
from spark.contract import WHOLE, Column, Contract, LandingColumn, LandingSet
from spark.contract.job import Job, LandingInput

LANDED = "landing/smoke/notes/2025-01-02/notes.csv"
CONTRACT = Contract(
    key="smoke/notes",
    kind="table",
    grain="One row per note.",
    columns=(Column("note_id", "bigint", "The note."),),
    primary_key=("note_id",),
)
_NOTES = LandingSet("landing/smoke/notes", "csv", (LandingColumn("note_id", "The note."),))
_SECONDS = 600.0


@dataclass(frozen=True)
class Probe:
    """A job that was submitted."""

    account: Account
    launcher: RemoteLauncher
    order: Order
    command: Command
    handle: Handle

    @property
    def papers(self) -> Papers:
        return self.order.papers

    @property
    def state(self) -> ServiceState | None:
        return self.launcher.service.state(self.handle)

    def ended(self) -> ServiceState:
        """How it is once it is over."""
        over = self.account.becomes(lambda: (state := self.state) and state.is_over)
        state = self.state
        assert over is not None, f"{self.command.name} is still {state}"
        assert state is not None
        return state

    @property
    def told(self) -> Mapping[str, Any]:
        """What it has said, once it is over."""
        state = self.ended()
        said = self.papers.read("told.json")
        assert said is not None, f"{self.command.name} is {state} and has said nothing"
        return json.loads(said)

    def log(self) -> bytes:
        """The end of its log, once there is one."""
        self.ended()
        found: list[bytes | None] = []

        def look() -> bool:
            found[:] = [self.launcher.service.log(self.handle, 1 << 18)]
            return found != [None]

        seconds = self.account.becomes(look)
        assert seconds is not None, f"{self.command.name} has no log where the launcher looks"
        self.account.note(f"{self.command.name} had its log after {seconds:.0f} s")
        return found[0] or b""

    def end(self) -> None:
        """Sees to it that it costs nothing any more."""
        self.launcher.cancel(self.papers, self.handle)


@dataclass(frozen=True)
class Probes:
    """A service, and the orders that it can be given."""

    account: Account
    name: str
    launcher: RemoteLauncher

    def order(self, deeds: Iterable[tuple[str, str]] = (), **asked: Any) -> Order:
        """An order for a job that reads one file and does what it is asked to.

        A deed is what to do, and with which name: {own} in it is where the job writes.
        """
        attempt, storage = f"smoke-{secrets.token_hex(4)}", self.account.storage
        place = f"snapshots/{CONTRACT.key}/all/{attempt}"
        job = Job(
            attempt=attempt,
            contract=CONTRACT,
            code_version="smoke",
            lake=storage.url,
            data=place,
            fingerprints={WHOLE: attempt},
            manifests={WHOLE: place},
            inputs={"notes": LandingInput(_NOTES, {"2025-01-02": (storage.where(LANDED),)})},
        )
        papers = Papers(storage, f"jobs/{CONTRACT.key}/{attempt}")
        touched = [(deed, storage.where(name.format(own=place))) for deed, name in deeds]
        papers.put("asked.json", json.dumps({"deeds": touched, **asked}).encode())
        return Order(self.launcher.prepare(job, 0), CHECKOUT, papers, _SECONDS)

    def command(self, order: Order, *, without_spark: bool = True) -> Command:
        """What the launcher would have the service start, but for the entry point."""
        shipped = self.launcher.ship(CHECKOUT)
        source = Path(__file__).with_name("probe.py").read_bytes()
        _, _, rest = source.partition(b"\n")
        entry = f"{shipped.folder_url}/{'probe' if without_spark else 'probe_on_spark'}.py"
        content = source if without_spark else rest
        self.account.storage.put(entry.removeprefix(f"{self.account.storage.url}/"), content)
        run: Any = SimpleNamespace(run=SimpleNamespace(run_id="smoke"))
        return self.launcher._command(run, order, replace(shipped, entry_url=entry))

    def submit(self, order: Order, command: Command) -> Probe:
        handle = self.launcher.service.submit(command)
        return Probe(self.account, self.launcher, order, command, handle)

    def start(self, **asked: Any) -> Probe:
        order = self.order(**asked)
        return self.submit(order, self.command(order))


def end_all(probes: list[Probe]) -> None:
    """Ends what is still at work; the first failure is raised when all were tried."""
    errors: list[AwsError] = []
    for probe in probes:
        try:
            probe.end()
        except AwsError as error:
            errors.append(error)
    if errors:
        raise errors[0]
