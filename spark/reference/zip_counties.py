"""Keep the county with most of a zip code's residents, as its newest edition has it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_ZIP = re.compile(r"\d{5}", re.ASCII)
_SHARE = re.compile(r"\d+(\.\d+)?", re.ASCII)


def zip_counties(zip_codes: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    editions: dict[str, str] = {}
    largest: dict[str, tuple[float, str]] = {}
    for line in zip_codes:
        if not _fits(line):
            continue
        zip_code, day = line["zip"], line["_source"]["day"]
        ranked = (float(line["residents_share"]), line["county_fips"])
        if day > editions.get(zip_code, ""):
            editions[zip_code], largest[zip_code] = day, ranked
        elif day == editions[zip_code]:
            largest[zip_code] = max(largest[zip_code], ranked)
    seen = set()
    for line in zip_codes:
        said = tuple(value for name, value in line.items() if name != "_source")
        day = line["_source"]["day"]
        yield {
            **line,
            "sent_on": day,
            "_dropped": "same line again"
            if (day, said) in seen
            else _dropped(line, editions, largest),
            "_rejected": None if _ZIP.fullmatch(line["zip"] or "") else "zip is not five digits",
        }
        seen.add((day, said))


def _fits(line: Mapping[str, Any]) -> bool:
    is_whole = all(line[name] for name in ("county_fips", "county_name", "state"))
    is_zip = _ZIP.fullmatch(line["zip"] or "")
    return bool(is_whole and is_zip and _SHARE.fullmatch(line["residents_share"] or ""))


def _dropped(
    line: Mapping[str, Any],
    editions: Mapping[str, str],
    largest: Mapping[str, tuple[float, str]],
) -> str | None:
    if not _fits(line):
        return None
    if line["_source"]["day"] != editions[line["zip"]]:
        return "older edition"
    is_largest = line["county_fips"] == largest[line["zip"]][1]
    return None if is_largest else "fewer residents live there"
