"""Thousands of small documents in a few requests: a listing, and an index that it proves.

The index remembers contents of a folder by their ETags. Whatever it has with the ETag of the
listing is right, whoever wrote it and when; the rest is read one by one.
"""

import gzip
import json
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from seniorlink_assets.storage.base import Document, StorageError

if TYPE_CHECKING:
    from seniorlink_assets.storage.s3 import S3Storage

_TOLERATED = 16
_TOLERATED_SHARE = 50
"""So many documents, or one in so many, are read one by one before the index is written again."""


def read_all_with_index(storage: "S3Storage", folder: str) -> Mapping[str, Document]:
    """What is directly in a folder and does not begin with a dot."""
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(_read, storage, _place(folder))
        there = {
            name: version
            for name, version in storage.names_in(folder).items()
            if not name.startswith(".") and not name.endswith("/")
        }
        known = reading.result()
    return _documents(storage, folder, there, there, known)


def read_with_index(
    storage: "S3Storage", folder: str, there: Mapping[str, str], names: Collection[str]
) -> Mapping[str, Document]:
    """The documents of these names in a folder; `there` are the versions of all that are like them.

    The index goes on to remember those that are not asked for.
    """
    return _documents(storage, folder, there, names, _read(storage, _place(folder)))


def _documents(
    storage: "S3Storage",
    folder: str,
    there: Mapping[str, str],
    names: Collection[str],
    known: Mapping[str, Document],
) -> Mapping[str, Document]:
    found = {
        name: document for name, document in known.items() if there.get(name) == document.version
    }
    unknown = [name for name in names if name not in found]
    read = storage.each(lambda name: storage.read(f"{folder}/{name}"), unknown)
    found.update({name: document for name, document in zip(unknown, read, strict=True) if document})
    stale = len(unknown) + len(known.keys() - there.keys())
    if stale > max(_TOLERATED, len(there) // _TOLERATED_SHARE):
        with suppress(StorageError):  # whoever may only read reads one by one
            write_index(storage, folder, found)
    return {name: found[name] for name in sorted(names) if name in found}


def write_index(storage: "S3Storage", folder: str, found: Mapping[str, Document]) -> None:
    """Remembers these documents of a folder."""
    content = {
        name: (document.version, document.content.decode("latin-1"))
        for name, document in found.items()
    }
    packed = gzip.compress(json.dumps(content).encode(), compresslevel=1)
    storage.put(_place(folder), packed)


def _read(storage: "S3Storage", place: str) -> Mapping[str, Document]:
    """Nothing if there is none, or if it is damaged."""
    found = storage.read(place)
    if found is None:
        return {}
    try:
        content = json.loads(gzip.decompress(found.content))
        return {
            name: Document(text.encode("latin-1"), version)
            for name, (version, text) in content.items()
        }
    except (OSError, EOFError, ValueError, TypeError, AttributeError):
        return {}


def _place(folder: str) -> str:
    return f".index/{folder}.gz"
