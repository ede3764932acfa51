"""Why a COPY failed: the file, the column, the value and what to do, as far as Redshift tells."""

import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from seniorlink_assets.destination import DestinationError
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.warehouses.redshift.copy_signs import SIGNS, UNKNOWN
from seniorlink_assets.warehouses.redshift.sql import literal
from seniorlink_assets.warehouses.redshift.transport import RedshiftFailed, Session, Tag
from spark.contract import Contract

_SHOWN = 40

_RECORDS = (
    # What concerns values is left out of the one; the other knows nothing of workgroups.
    "SELECT trim(e.file_name), e.line_number, trim(e.column_name), '', e.error_code, "
    "trim(e.error_message) FROM sys_load_error_detail e "
    "JOIN sys_query_history q ON q.query_id = e.query_id "
    "WHERE q.query_label = {label} ORDER BY e.start_time DESC LIMIT 1",
    "SELECT trim(e.filename), e.line_number, trim(e.colname), trim(e.raw_field_value), e.err_code, "
    "trim(e.err_reason) FROM stl_load_errors e JOIN stl_query q ON q.query = e.query "
    "WHERE q.label = {label} ORDER BY e.starttime DESC LIMIT 1",
)
_LOG = "SELECT trim(message) FROM svl_s3log WHERE query = {query} ORDER BY eventtime LIMIT 5"
"""Has whole what the message to a client is cut from."""

_FILE = re.compile(r"(?:snapshots|loads)/[^\s'\"?]*?\.(?:parquet|manifest)")
_COLUMN = re.compile(
    r"data column (\w+)|for column '[^']*?(\w+)'|NULL value into column \"?(\w+)"
    r'|null value in column "(\w+)"'
)
_VALUE = re.compile(r"Value '(.+?)', Pos", re.DOTALL)
_CODE = re.compile(r"\bcode:\s+(\d+)")
_QUERY = re.compile(r"\bquery:\s+([1-9]\d*)")


@dataclass(frozen=True)
class _Told:
    """All that was said of a failure, and what was told apart from it."""

    text: str
    line: str = ""
    column: str = ""
    value: str = ""
    code: str = ""


def diagnose(
    session: Session,
    failed: RedshiftFailed,
    contract: Contract,
    lake: Storage,
    *,
    tag: Tag,
    copy_role: str,
) -> DestinationError:
    """What is to be raised of a COPY that failed; the session must be in no transaction.

    What Redshift says may quote values: it chooses the sentence, and is not shown.
    """
    told = _recorded(session, failed, tag) or _logged(session, failed)
    named = told.column or _first(_COLUMN, told.text)
    column = named if named in contract.column_names else ""
    code = told.code or _first(_CODE, told.text) or failed.code or "unknown"
    sign, found = next((sign, found) for sign in SIGNS if (found := sign.pattern.search(told.text)))
    if sign is UNKNOWN and failed.trouble == "refused":
        return failed
    words = {
        "column": column or "a column",
        "role": "Redshift's default role" if copy_role == "default" else f"the role {copy_role}",
        "bucket": lake.url.removeprefix("s3://").partition("/")[0],
        "lake": lake.url,
        "code": code,
        "label": tag.query_group,
        **found.groupdict(),
    }
    what, remedy = sign.what.format_map(words), sign.remedy.format_map(words)
    details = {
        "file": _first(_FILE, unquote(told.text)),
        "line": told.line,
        "column": column,
        "value": _shown(told.value or _first(_VALUE, told.text), column, contract),
        "code": code,
        "query label": tag.query_group,
        "remedy": remedy,
    }
    return DestinationError(
        f"{contract.key} was not loaded: {what}; {remedy}",
        transient=sign.transient,
        details={name: detail for name, detail in details.items() if detail},
    )


def _recorded(session: Session, failed: RedshiftFailed, tag: Tag) -> _Told | None:
    for sql in _RECORDS:
        with suppress(RedshiftFailed):  # a view may be missing, or not be for us
            for file, line, column, value, code, reason in session.rows(
                sql.format(label=literal(tag.query_group))
            ):
                text = f"{file} {reason}\n{failed.said}"
                shown = str(line) if (line or 0) > 0 else ""  # files of columns have no lines
                return _Told(text, shown, column or "", value or "", str(code or ""))
    return None


def _logged(session: Session, failed: RedshiftFailed) -> _Told:
    log: list[str] = []
    if query := _first(_QUERY, failed.said):
        with suppress(RedshiftFailed):
            log = [message or "" for (message,) in session.rows(_LOG.format(query=query))]
    return _Told("\n".join((*log, failed.said)))


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return next(filter(None, (*found.groups(), found[0])), "") if found else ""


def _shown(value: str, column: str, contract: Contract) -> str:
    if not value or not column or contract.column(column).phi:
        return value and f"<{len(value)} characters>"
    return value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
