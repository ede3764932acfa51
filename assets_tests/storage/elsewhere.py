"""What a test has another process do with a storage: count up, or hold a lock until it dies.

python -m assets_tests.storage.elsewhere count URL TIMES
python -m assets_tests.storage.elsewhere hold URL
"""

import sys
import threading
from pathlib import Path

from seniorlink_assets.launchers.aws import Aws
from seniorlink_assets.storage.base import Storage
from seniorlink_assets.storage.disk import DiskStorage
from seniorlink_assets.storage.s3 import S3Storage

COUNTER, LOCK = "counter", "published/care/moods/.turn.lock"


def count(storage: Storage, times: int) -> None:
    """Counts the counter up so many times, over whatever others do."""
    for _ in range(times):
        while True:
            found = storage.read(COUNTER)
            number = int(found.content) if found else 0
            if storage.write(COUNTER, b"%d" % (number + 1), over=found and found.version):
                break


def storage_at(url: str) -> Storage:
    if not url.startswith("s3://"):
        return DiskStorage(Path(url))
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    return S3Storage(bucket, prefix, lambda: Aws().client("s3"), lease_seconds=1)


def main() -> None:
    what, url, *more = sys.argv[1:]
    storage = storage_at(url)
    if what == "count":
        count(storage, int(more[0]))
        return
    with storage.locked(LOCK):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        threading.Event().wait()


if __name__ == "__main__":
    main()
