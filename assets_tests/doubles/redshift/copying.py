"""COPY … FORMAT PARQUET: the objects that a manifest or a prefix names, into a table."""

import json
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assets_tests.doubles.redshift.messages import Refused, engine_error
from assets_tests.doubles.redshift.parquet import File, LoadError, Target
from assets_tests.doubles.redshift.session import Session
from assets_tests.doubles.redshift.tables import relation
from assets_tests.doubles.redshift.tokens import Token, end_of, literal, quoted, split

_ALLOWED = {"MANIFEST", "SERIALIZETOJSON", "EXPLICIT_IDS"}
_ROLE = re.compile(r"arn:aws(-[a-z]+)*:iam::\d{12}:role/.+")


@dataclass
class Copy:
    """What a COPY asks for."""

    place: str
    columns: list[str]
    source: str
    options: set[str] = field(default_factory=set)
    statistics: bool | None = None


def copy(parts: list[Token]) -> Callable[[Session], str]:
    asked = _read(parts)

    def run(session: Session) -> str:
        load = {
            "query_id": session.query_id,
            "user_name": session.user,
            "session_id": session.backend.pid,
            "table_name": asked.place.split(".")[-1].strip('"'),
            "data_source": asked.source,
            "start_time": str(datetime.now(UTC).replace(tzinfo=None)),
            "status": "aborted",
        }
        began = time.monotonic()
        try:
            loaded = _load(session, asked)
            load |= {"status": "completed", **loaded}
        finally:
            load["duration"] = int((time.monotonic() - began) * 1e6)
            session.history.note(session.database, "loads", load)
        count = loaded["loaded_rows"]
        session.backend.run(
            f"SELECT set_config('double.copy_count', '{count}', false), "
            f"set_config('double.copy_id', '{session.query_id}', false)"
        )
        session.notices.append(
            f"Load into table '{load['table_name']}' completed, "
            f"{count} record(s) loaded successfully."
        )
        return "COPY"

    return run


def _load(session: Session, asked: Copy) -> dict[str, int]:
    """Loads every file or none; what was loaded, in figures."""
    targets = _targets(session, asked)
    was_empty = session.backend.run(f"SELECT FROM {asked.place} LIMIT 1") == []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closed:
        files, size = [], 0
        for url, path in _objects(session, asked, Path(folder)):
            size += path.stat().st_size
            files.append(File(url, path, targets, nested="SERIALIZETOJSON" in asked.options))
            closed.callback(files[-1].close)
        if not files:
            raise engine_error("No file was found to load", 8001, asked.source)
        try:
            for file in files:
                file.check()
        except LoadError as error:
            _note(session, asked, targets, error)
            raise error.said from error
        names = ", ".join(quoted(target.name) for target in targets)
        chunks = (chunk for file in files for chunk in file.rows(Path(folder)))
        session.backend.copy_in(f"COPY {asked.place} ({names}) FROM STDIN (FORMAT csv)", chunks)
        count = sum(file.count for file in files)
    statistics = asked.statistics if asked.statistics is not None else was_empty
    for figure in ["sorted"] * was_empty + ["analyzed"] * statistics:
        session.backend.run(f"SELECT pg_double.mark('{figure}', {literal(asked.place)}::regclass)")
    return {
        "loaded_rows": count,
        "loaded_bytes": size,
        "source_file_count": len(files),
        "source_file_bytes": size,
    }


def _read(parts: list[Token]) -> Copy:
    place, at = relation(parts, 1)
    columns = []
    if parts[at].text == "(":
        end = end_of(parts, at)
        columns = [part[0].name for part in split(parts[at + 1 : end])]
        at = end + 1
    if parts[at].word != "FROM":
        raise Refused("42601", f'syntax error at or near "{parts[at].text}"')
    if parts[at + 1].kind != "string":
        raise Refused("0A000", "COPY from STDIN is not supported")
    asked = Copy(place, columns, parts[at + 1].value)
    at += 2
    has_role = is_parquet = False
    unknown = []
    while at < len(parts):
        word = parts[at].word
        following = parts[at + 1] if at + 1 < len(parts) else Token("mark", "")
        if word == "IAM_ROLE":
            has_role = True
            if following.word != "DEFAULT" and not _ROLE.fullmatch(following.value):
                raise Refused("XX000", "Invalid IAM_ROLE: an ARN of a role, or default")
            at += 2
        elif word == "FORMAT":
            at += 3 if following.word == "AS" else 2
            is_parquet = parts[at - 1].word == "PARQUET"
        elif word == "STATUPDATE":
            has_value = following.word in ("ON", "OFF", "TRUE", "FALSE")
            asked.statistics = following.word not in ("OFF", "FALSE")
            at += 2 if has_value else 1
        elif word == "ACCEPTINVCHARS":
            at += 1
            while at < len(parts) and (parts[at].word == "AS" or parts[at].kind == "string"):
                at += 1
        elif word == "FILLRECORD":
            raise Refused("0A000", "the double has no FILLRECORD")
        elif word in _ALLOWED:
            asked.options.add(word)
            at += 1
        else:
            has_role |= word in ("CREDENTIALS", "ACCESS_KEY_ID")
            if word not in ("CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
                unknown.append(parts[at].text.upper())
            at += 1
            while at < len(parts) and (
                parts[at].kind in ("string", "number") or parts[at].word in ("AS", "ON", "OFF")
            ):
                at += 1
    if not has_role:
        raise Refused("XX000", "COPY needs credentials: an IAM_ROLE")
    if not is_parquet:
        raise Refused("0A000", "the double copies from Parquet alone")
    if unknown:
        raise Refused("0A000", f"{unknown[0]} argument is not supported for PARQUET based COPY")
    return asked


def _targets(session: Session, asked: Copy) -> list[Target]:
    """The table's columns in the order in which the file's are taken."""
    rows = session.backend.run(
        "SELECT a.attname, CASE WHEN t.typname = 'super' THEN 'super' "
        "ELSE format_type(a.atttypid, a.atttypmod) END, NOT a.attnotnull, a.attidentity "
        "FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        f"WHERE a.attrelid = {literal(asked.place)}::regclass AND a.attnum > 0 "
        "AND NOT a.attisdropped ORDER BY a.attnum"
    )
    known = {
        str(name): Target(str(name), str(kind), nullable == "t")
        for name, kind, nullable, identity in rows
        if not identity or "EXPLICIT_IDS" in asked.options or asked.columns
    }
    for name in asked.columns:
        if name not in known:
            raise Refused("42703", f'column "{name}" of relation {asked.place} does not exist')
    return [known[name] for name in asked.columns or known]


def _objects(session: Session, asked: Copy, folder: Path) -> Iterator[tuple[str, Path]]:
    """Every object to load, in a file of its own."""
    for place, (url, length, mandatory) in enumerate(_entries(session, asked)):
        path = folder / f"{place}.parquet"
        size = session.objects.save(url, path)
        if size is None:
            if not mandatory:
                continue
            raise engine_error(
                "Spectrum Scan Error",
                15001,
                "Error: HTTP response error code: 404 Message: NoSuchKey The specified key does "
                f"not exist. File name: {url}",
            )
        if size != length:
            raise engine_error(
                "Spectrum Scan Error",
                15001,
                f"File '{url}' has {size} bytes and not the {length} of its content_length.",
            )
        yield url, path


def _entries(session: Session, asked: Copy) -> list[tuple[str, int, bool]]:
    """Address, size and whether it must be there, of each object."""
    if "MANIFEST" not in asked.options:
        found = [(url, size, True) for url, size in session.objects.below(asked.source)]
        if not found:
            said = f"The specified S3 prefix '{asked.source}' does not exist"
            raise engine_error(said, 8001, asked.source)
        return found
    content = session.objects.read(asked.source)
    try:
        entries = json.loads(content)["entries"]
        listed = []
        for entry in entries:
            if "meta" not in entry:
                raise engine_error("File entry does not have 'meta' key.", 15003, "")
            if "content_length" not in entry["meta"]:
                raise engine_error("File entry does not have 'content_length' key.", 15003, "")
            listed.append(
                (entry["url"], entry["meta"]["content_length"], entry.get("mandatory", False))
            )
    except (ValueError, KeyError, TypeError) as error:
        raise engine_error("Invalid manifest file", 8001, asked.source) from error
    if not listed:
        raise engine_error("The manifest has no entries", 8001, asked.source)
    return listed


def _note(session: Session, asked: Copy, targets: list[Target], error: LoadError) -> None:
    """A row for the load-error views; it outlives the client's transaction."""
    target = error.target
    table = session.backend.run(f"SELECT {literal(asked.place)}::regclass::oid")[0][0]
    row = {
        "query_id": session.query_id,
        "user_name": session.user,
        "session_id": session.backend.pid,
        "table_id": int(table or 0),
        "file_name": error.url,
        "column_name": target.name,
        "column_type": target.type.removeprefix("character varying").split("(")[0] or "varchar",
        "column_length": target.size,
        "position": targets.index(target),
        "error_code": error.code,
        "error_message": error.reason,
        "value": error.value,
        "start_time": str(datetime.now(UTC).replace(tzinfo=None)),
    }
    session.history.note(session.database, "load_errors", row)
