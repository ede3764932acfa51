# ruff: noqa: S608 - names come from contracts
"""Load the files of snapshots into tables: manifests, COPY, and what it came to."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from seniorlink_assets.reconciliation import Compared, Totals
from seniorlink_assets.snapshot import Snapshot
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.warehouses.redshift.ddl import (
    REJECTS,
    comments,
    create_rejects,
    create_table,
)
from seniorlink_assets.warehouses.redshift.diagnosis import diagnose
from seniorlink_assets.warehouses.redshift.names import Name, Names, place
from seniorlink_assets.warehouses.redshift.sql import literal, quoted
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag
from spark.contract import WHOLE, Column, Contract
from spark.contract.manifest import DataFile


class Loading:
    """One attempt to load snapshots into the tables that bear its token."""

    def __init__(
        self,
        session: Session,
        tag: Tag,
        names: Names,
        snapshots: Sequence[Snapshot],
        lake: Storage,
        copy_role: str,
    ) -> None:
        self._session, self._tag = session, tag
        self._names, self._snapshots = names, snapshots
        self._lake, self._copy_role = lake, copy_role
        self._folder = f"loads/{names.contract.key}/{names.token}/"

    def load(self) -> None:
        """Makes the staging tables and fills them; diagnosed if COPY fails."""
        contract, names = self._names.contract, self._names
        files = [file for snapshot in self._snapshots for file in snapshot.manifest.files]
        rejects = [file for snapshot in self._snapshots for file in snapshot.manifest.reject_files]
        has_json = bool(files) and any(column.type == "super" for column in contract.columns)
        self._session.transaction(
            [
                create_table(contract, place(names.staging)),
                *([create_table(contract, place(names.raw), raw=True)] if has_json else []),
                *([create_rejects(place(names.staged_rejects))] if rejects else []),
            ]
        )
        self._session.execute_all(comments(contract, place(names.staging)))
        with self._manifests():
            if files:
                into = names.raw if has_json else names.staging
                self._copy(into, contract.columns, files, "rows")
            if rejects:
                self._copy(names.staged_rejects, REJECTS, rejects, "rejects")
        if has_json:
            self._session.transaction(_parse_json(names))

    def totals(self) -> Mapping[str, Totals]:
        """What the staging table holds, by partition."""
        contract = self._names.contract
        compared = Compared.of(contract, self._snapshots)
        by = contract.partition_by
        partition = f"{quoted(by)}::varchar" if by else f"{literal(WHOLE)}::varchar"
        asked = ", ".join((partition, "count(*)", *compared.aggregates))
        return compared.totals(
            self._session.rows(f"SELECT {asked} FROM {place(self._names.staging)} GROUP BY 1")
        )

    def _copy(
        self, into: Name, columns: Iterable[Column], files: Sequence[DataFile], what: str
    ) -> None:
        manifest = f"{self._folder}{what}.manifest"
        self._lake.put(manifest, _manifest(self._lake, files))
        role = "default" if self._copy_role == "default" else literal(self._copy_role)
        try:
            self._session.execute(
                f"COPY {place(into)} ({', '.join(quoted(column.name) for column in columns)}) "
                f"FROM {literal(self._lake.where(manifest))} IAM_ROLE {role} "
                "FORMAT AS PARQUET MANIFEST STATUPDATE ON"
            )
        except RedshiftFailed as failed:
            if failed.transient:
                raise
            raise diagnose(
                self._session,
                failed,
                self._names.contract,
                self._lake,
                tag=self._tag,
                copy_role=self._copy_role,
            ) from failed

    @contextmanager
    def _manifests(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._lake.remove([self._folder])


def forget_manifests(lake: Storage, contract: Contract) -> None:
    """Removes the manifests of attempts that died."""
    lake.remove([f"loads/{contract.key}/"])


def _manifest(lake: Storage, files: Sequence[DataFile]) -> bytes:
    """The files of an attempt and no others, whatever else lies beside them."""
    entries = [
        {
            "url": lake.where(file.path),
            "mandatory": True,
            "meta": {"content_length": file.bytes},
        }
        for file in files
    ]
    return json.dumps({"entries": entries}, indent=1).encode()


def _parse_json(names: Names) -> list[str]:
    """COPY leaves JSON as text; Redshift reads it on its way into the staging table."""
    contract = names.contract
    columns = ", ".join(map(quoted, contract.column_names))
    parsed = ", ".join(
        f"JSON_PARSE({quoted(column.name)})" if column.type == "super" else quoted(column.name)
        for column in contract.columns
    )
    return [
        f"INSERT INTO {place(names.staging)} ({columns}) SELECT {parsed} FROM {place(names.raw)}",
        f"DROP TABLE {place(names.raw)}",
    ]
