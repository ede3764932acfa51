"""Timestamps from text, as Spark reads them."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[ T](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?([^\d.].*)?)?)?)?",
    re.ASCII,
)
_OFFSET = re.compile(
    r"(?:UTC|GMT|UT)?([+-])(?:(\d{1,2})|(\d{1,2}):(\d{1,2})(?::(\d{2}))?|(\d{2})(\d{2})(\d{2})?)",
    re.ASCII,
)
_SHORT = {
    "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo", "AST": "America/Anchorage", "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
    "CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris", "EST": "America/Panama", "HST": "Pacific/Honolulu",
    "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia", "MST": "America/Phoenix", "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}  # fmt: skip
"""Java's short names of zones, some of which are others elsewhere."""

_REGION = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]+", re.ASCII)


def moment_of(text: str) -> datetime | None:
    """The moment in UTC that a text says, UTC where it names no zone; None if it is none."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    *numbers, fraction, zone = found.groups()
    place = UTC if zone is None else _zone(zone.strip())
    if place is None:
        return None
    micros = int((fraction or "")[:6].ljust(6, "0"))
    try:
        year, month, day, hour, minute, second = (int(number or 0) for number in numbers)
        local = datetime(year, month, day, hour, minute, second, micros, place)
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(name: str) -> tzinfo | None:
    if name in ("Z", "UTC", "GMT", "UT"):
        return UTC
    offset = _OFFSET.fullmatch(name)
    if offset is not None:
        sign, hours, *rest = offset.groups()
        numbers = [int(number or 0) for number in (hours, *rest)]
        hour, minute, second = (
            numbers[0] + numbers[1] + numbers[4],
            numbers[2] + numbers[5],
            numbers[3] + numbers[6],
        )
        length = timedelta(hours=hour, minutes=minute, seconds=second)
        if minute > 59 or second > 59 or length > timedelta(hours=18):
            return None
        return timezone(-length if sign == "-" else length)
    try:
        return ZoneInfo(_SHORT.get(name, name)) if _REGION.fullmatch(name) else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
