"""Redshift, provisioned or serverless: it loads from the lake itself, and swaps in one commit."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

from seniorlink_assets.destination import DestinationError, Staged
from seniorlink_assets.reconciliation import reconcile
from seniorlink_assets.schema_change import SchemaChange
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.warehouses.base import Warehouse
from seniorlink_assets.warehouses.redshift.capacity import RememberedCapacity
from seniorlink_assets.warehouses.redshift.ddl import comments
from seniorlink_assets.warehouses.redshift.housekeeping import after_release, load_figures
from seniorlink_assets.warehouses.redshift.live import live_columns
from seniorlink_assets.warehouses.redshift.loading import Loading, forget_manifests
from seniorlink_assets.warehouses.redshift.names import Names, place, staged_tokens, token_of
from seniorlink_assets.warehouses.redshift.preflight import preflight
from seniorlink_assets.warehouses.redshift.preparing import dropped, prepare
from seniorlink_assets.warehouses.redshift.publication import commit
from seniorlink_assets.warehouses.redshift.questions import refuse_writing
from seniorlink_assets.warehouses.redshift.retrying import patiently
from seniorlink_assets.warehouses.redshift.schema_changes import schema_changes
from seniorlink_assets.warehouses.redshift.state import comments_there, releases, tables
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag, Transport
from spark.contract import Contract

_NO_RUN = "none"
"""What stands for the run where none is."""


class RedshiftWarehouse(Warehouse):
    """`lake` is where it loads from, as the `copy_role`, an ARN or "default".

    `name` is the cluster's or workgroup's; with `vacuum`, a table is sorted after each release.
    """

    reads_lake: ClassVar[bool] = True

    def __init__(
        self,
        transport: Transport,
        lake: Storage,
        *,
        copy_role: str,
        database: str,
        name: str,
        vacuum: bool = False,
        capacity: RememberedCapacity | None = None,
    ) -> None:
        self._transport, self._lake, self._copy_role = transport, lake, copy_role
        self._database, self._name = database, name
        self._vacuum, self._capacity = vacuum, capacity

    @property
    def place(self) -> str:
        return f"{self._database} on {self._name}"

    @property
    def slices(self) -> int | None:
        capacity = self._capacity and self._capacity.get()
        return capacity and capacity.slices

    def rejects_table(self, contract: Contract) -> str:
        return place(Names(contract).rejects)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        refuse_writing(sql)
        with self._transport.session(Tag(_NO_RUN, "query")) as session:
            return session.rows(sql)

    def released(self, contract: Contract) -> Mapping[str, str]:
        return self.releases([contract])[contract.key]

    def releases(self, contracts: Sequence[Contract]) -> Mapping[str, Mapping[str, str]]:
        with self._transport.session(Tag(_NO_RUN, "releases")) as session:
            found = releases(session, contracts, tables(session, contracts))
        return {key: release.versions for key, release in found.items()}

    def schema_changes(self, contracts: Sequence[Contract]) -> Mapping[str, Sequence[SchemaChange]]:
        with self._transport.session(Tag(_NO_RUN, "columns")) as session:
            live = live_columns(session, contracts)
        return {
            contract.key: schema_changes(contract, live[contract.key]) for contract in contracts
        }

    def stage(self, contract: Contract, snapshots: Sequence[Snapshot], run_id: str) -> Staged:
        tag = Tag(run_id, contract.key)

        def attempt() -> Staged:
            with self._transport.session(tag) as session:
                forget_manifests(self._lake, contract)
                prepare(session, contract)
                checked = preflight(contract, snapshots, self._lake)
                names = Names(contract, secrets.token_hex(4))
                loading = Loading(session, tag, names, snapshots, self._lake, self._copy_role)
                with _or_nothing(session, names):
                    loading.load()
                    rows = reconcile(contract, snapshots, loading.totals())
                capacity = self._capacity and self._capacity.get()
                figures = {
                    "files copied": checked.files,
                    "seconds of preflight": round(checked.seconds, 3),
                    **load_figures(session, tag, capacity and capacity.rpus),
                }
            return Staged(contract, snapshots, place(names.staging), rows, figures)

        return patiently(attempt)

    def publish(self, staged: Staged, run_id: str) -> None:
        contract = staged.contract
        names = Names(contract, token_of(staged.place))

        def attempt() -> None:
            with self._transport.session(Tag(run_id, contract.key)) as session:
                there = tables(session, [contract])
                now = releases(session, [contract], there)[contract.key]
                if names.token in now.tokens:
                    return
                if names.staging not in there:
                    raise DestinationError(
                        f"{staged.place} is not in {self.place} any more, as another run has "
                        f"staged {contract.key} since; materialize it again"
                    )
                commit(session, names, staged.snapshots, run_id, there, now)

        patiently(attempt)

    def housekeep(self, staged: Staged, run_id: str) -> Sequence[str]:
        contract, live = staged.contract, Names(staged.contract).live
        try:
            with self._transport.session(Tag(run_id, contract.key)) as session:
                said = {*comments_there(session, live)}
                session.execute_all(
                    [each for each in comments(contract, place(live)) if each not in said]
                )
                return after_release(session, contract, vacuum=self._vacuum)
        except RedshiftFailed as error:
            return [f"{contract.key} was not tended after its release: {error}"]

    def discard(self, staged: Staged) -> None:
        names = Names(staged.contract, token_of(staged.place))
        with self._transport.session(Tag(_NO_RUN, staged.contract.key)) as session:
            session.transaction(dropped(names))

    def leftovers(self, contract: Contract) -> Sequence[Staged]:
        with self._transport.session(Tag(_NO_RUN, contract.key)) as session:
            there = tables(session, [contract])
        return [
            Staged(contract, (), place(Names(contract, token).staging), 0)
            for token in staged_tokens(contract, there)
        ]


@contextmanager
def _or_nothing(session: Session, names: Names) -> Iterator[None]:
    """Drops what a failed attempt has staged.

    A session that is interrupted awaits an answer, and takes no more questions.
    """
    try:
        yield
    except Exception:
        with suppress(RedshiftFailed):  # the next try drops it
            session.transaction(dropped(names))
        raise
