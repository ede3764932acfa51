"""Judge a snapshot by its manifest: which checks hold, and may it be published?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from seniorlink_assets.calendar import ZONE
from seniorlink_assets.lake import Published
from spark.contract import Check, Contract
from spark.contract.manifest import Manifest


@dataclass(frozen=True)
class Verdict:
    """Whether one check holds for one partition, and the sentence that says by how much."""

    check: Check
    partition: str
    passed: bool
    sentence: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def blocks(self) -> bool:
        return self.check.blocking and not self.passed


def judge(
    contract: Contract, manifest: Manifest, before: Published | None, newest: str | None
) -> list[Verdict]:
    """The verdict on every check that the manifest alone can decide.

    `before` is what is published of the partition now; `newest` the newest day or value of the
    whole table once this snapshot is published.
    """
    judges = {
        "primary_key": _violations,
        "accepted_values": _violations,
        "in_range": _violations,
        "mostly_present": _presence,
        "keeps_rows_of": _rows_kept,
        "rejects_at_most": _rejects,
    }
    verdicts = []
    for check in contract.all_checks:
        if check.kind in judges:
            passed, sentence, numbers = judges[check.kind](check, manifest)
        elif check.kind == "row_count_change":
            passed, sentence, numbers = _change(check, manifest, before)
        elif check.kind == "newest_within":
            passed, sentence, numbers = _freshness(check, newest)
        else:
            continue
        verdicts.append(Verdict(check, manifest.partition, passed, sentence, numbers))
    return verdicts


def refusal(key: str, partition: str, verdicts: Iterable[Verdict]) -> str | None:
    """Why a partition must not be published, in one sentence; None if it may."""
    reasons = [
        f"{verdict.check.name}: {verdict.sentence}" for verdict in verdicts if verdict.blocks
    ]
    if not reasons:
        return None
    return f"{key} {partition} is not published, for {'; '.join(reasons)}"


_Judgement = tuple[bool, str, Mapping[str, Any]]


def _violations(check: Check, manifest: Manifest) -> _Judgement:
    rows = manifest.violations.get(check.name, 0)
    what = "repeat a key" if check.kind == "primary_key" else "break it"
    return rows == 0, f"{rows} of {manifest.rows} rows {what}", {"rows": rows}


def _presence(check: Check, manifest: Manifest) -> _Judgement:
    present = manifest.present.get(check.column or "", 0)
    share = present / manifest.rows if manifest.rows else 1.0
    wanted = (check.parameters or {})["share"]
    return (
        share >= wanted,
        f"{share:.1%} of the values are present, {wanted:.1%} are wanted",
        {"share": share},
    )


def _rows_kept(check: Check, manifest: Manifest) -> _Judgement:
    name = (check.parameters or {})["input"]
    given, rejects = manifest.inputs.get(name, 0), manifest.rejects - manifest.malformed
    dropped = sum(manifest.drops.values())
    numbers = {"input": given, "rows": manifest.rows, "rejects": rejects, **manifest.drops}
    return (
        given == manifest.rows + rejects + dropped,
        f"{given} rows of {name} = {manifest.rows} rows + {rejects} rejects + {dropped} dropped",
        numbers,
    )


def _rejects(check: Check, manifest: Manifest) -> _Judgement:
    total = manifest.rows + manifest.rejects
    share = manifest.rejects / total if total else 0.0
    wanted = (check.parameters or {})["share"]
    most = max(manifest.reject_reasons.items(), key=lambda item: item[1], default=("", 0))[0]
    sentence = f"{manifest.rejects} of {total} rows ({share:.1%}) are rejected, {wanted:.1%} may be"
    if share > wanted:
        sentence += f", most because a row {most}" if most.startswith("is ") else f", most: {most}"
    return share <= wanted, sentence, {"rejects": manifest.rejects, "share": share}


def _change(check: Check, manifest: Manifest, before: Published | None) -> _Judgement:
    if before is None or before.rows == 0:
        return True, "there is no published version to compare with", {}
    change = abs(manifest.rows - before.rows) / before.rows
    wanted = (check.parameters or {})["share"]
    return (
        change <= wanted,
        f"{before.rows} rows became {manifest.rows} ({change:.1%}), {wanted:.1%} may change",
        {"before": before.rows, "rows": manifest.rows},
    )


def _freshness(check: Check, newest: str | None) -> _Judgement:
    wanted = (check.parameters or {})["days"]
    if newest is None:
        return False, "there is no row", {}
    age = (datetime.now(ZoneInfo(ZONE)).date() - date.fromisoformat(newest[:10])).days
    return age <= wanted, f"the newest is of {newest[:10]}, {age} days old", {"days": age}
