"""The order that a job receives as JSON: what to compute, from what, and where to put it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from spark.contract import Contract, LandingSet
from spark.contract.jvm import Jvm


@dataclass(frozen=True)
class LandingInput:
    """Files of a landing set by day, as absolute paths or URLs."""

    landing: LandingSet
    days: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class SnapshotInput:
    """Published snapshots of a table by partition: absolute paths or URLs of Parquet files."""

    contract: Contract
    partitions: Mapping[str, tuple[str, ...]]

    @property
    def files(self) -> list[str]:
        return [file for files in self.partitions.values() for file in files]


@dataclass(frozen=True)
class Job:
    """One asset and one range of its partitions, for one process.

    `fingerprints` names the snapshot to commit of each partition. The data goes to
    `<lake>/<data>`, a manifest to `<lake>/<manifests[partition]>`.
    """

    attempt: str
    contract: Contract
    code_version: str
    lake: str
    data: str
    fingerprints: Mapping[str, str]
    manifests: Mapping[str, str]
    inputs: Mapping[str, LandingInput | SnapshotInput]
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    jvm: Jvm | None = None
    """None where spark-submit has started one."""
    code_package: str = ""
    """The hash of the package of code that was shipped; "" where the checkout itself runs."""

    @property
    def partitions(self) -> list[str]:
        return sorted(self.fingerprints)

    @property
    def reads_landing(self) -> bool:
        return any(isinstance(given, LandingInput) for given in self.inputs.values())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Job":
        return cls(
            **{
                **fields,
                "contract": Contract.from_json(fields["contract"]),
                "inputs": {name: _input(given) for name, given in fields["inputs"].items()},
                "jvm": Jvm.from_json(fields["jvm"]) if fields["jvm"] else None,
            }
        )


def _input(fields: Mapping[str, Any]) -> LandingInput | SnapshotInput:
    if "landing" in fields:
        return LandingInput(LandingSet.from_json(fields["landing"]), _tuples(fields["days"]))
    contract = Contract.from_json(fields["contract"])
    return SnapshotInput(contract, _tuples(fields["partitions"]))


def _tuples(files: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    return {partition: tuple(paths) for partition, paths in files.items()}
