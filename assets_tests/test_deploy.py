"""The code of jobs: packed the same everywhere, shipped once, importable where nothing else is."""

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from seniorlink_assets.deploy import DeployError, Package, Shipped, last_used, pack, ship, unshipped
from seniorlink_assets.environments import CHECKOUT
from seniorlink_assets.storage.disk import DiskStorage

FILES = {
    "__init__.py": "",
    "entry.py": "print('job')\n",
    "run.py": "import spark\n",
    "care/messages.py": "NAME = 'messages'\n",
    "care/totals.sql": "SELECT 1\n",
    "log4j2.properties": "rootLogger.level = warn\n",
}


@pytest.fixture
def root(tmp_path) -> Path:
    return checkout(tmp_path / "checkout")


def checkout(root: Path) -> Path:
    for name, content in FILES.items():
        path = root / "spark" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


@pytest.fixture
def lake(tmp_path) -> DiskStorage:
    return DiskStorage(tmp_path / "lake")


def names(package: Package) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(package.code)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def written(storage: DiskStorage) -> dict[str, tuple[int, bytes]]:
    found = [path for path in storage.root.rglob("*") if path.is_file() and path.name[0] != "."]
    return {
        path.relative_to(storage.root).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in found
    }


def test_a_package_has_the_jobs_their_files_and_what_they_report_through(root):
    found = names(pack(root))

    assert {f"spark/{name}" for name in FILES} <= {*found}
    assert "dagster_pipes/__init__.py" in found


def test_caches_and_hidden_files_and_other_things_are_left_at_home(root):
    for name in ("__pycache__/run.cpython-311.pyc", ".run.py.swp", "care/notes.txt", ".git/x.py"):
        path = root / "spark" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x", encoding="utf-8")

    found = [name for name in names(pack(root)) if name.startswith("spark/")]

    assert {name for name in found if name[-1] != "/"} == {f"spark/{name}" for name in FILES}
    assert {name for name in found if name[-1] == "/"} == {"spark/", "spark/care/"}


def test_the_same_files_make_the_same_bytes_wherever_and_whenever(root, tmp_path):
    first = pack(root)
    elsewhere = checkout(tmp_path / "elsewhere")
    for path in elsewhere.rglob("*"):
        os.utime(path, (10**9, 10**9))
    (elsewhere / "spark" / "run.py").chmod(0o755)

    again = pack(elsewhere)

    assert (again.hash, again.code, again.content) == (first.hash, first.code, first.content)


def test_the_order_in_which_files_are_found_makes_no_difference():
    files = {f"spark/{name}": content.encode() for name, content in FILES.items()}

    there, back = Package(files, b""), Package(dict(reversed(files.items())), b"")

    assert (there.hash, there.code) == (back.hash, back.code)


@pytest.mark.parametrize("name", FILES)
def test_a_package_is_another_when_any_of_its_files_is(root, name):
    before = pack(root).hash
    (root / "spark" / name).write_text("# another\n", encoding="utf-8")

    assert pack(root).hash != before


def test_a_file_that_is_renamed_makes_another_package(root):
    before = pack(root).hash
    (root / "spark" / "run.py").rename(root / "spark" / "ran.py")

    assert pack(root).hash != before


def test_a_symbolic_link_is_packed_as_what_it_leads_to(root, tmp_path):
    linked = tmp_path / "linked"
    (linked / "spark").mkdir(parents=True)
    for path in (root / "spark").iterdir():
        (linked / "spark" / path.name).symlink_to(path)

    assert pack(linked).hash == pack(root).hash


def test_a_checkout_without_an_entry_is_refused(root):
    (root / "spark" / "entry.py").unlink()

    with pytest.raises(DeployError, match=r"spark/entry\.py is missing"):
        pack(root)


def test_what_is_shipped_is_named_by_its_hash(root, lake):
    package = pack(root)

    shipped = ship(package, lake)

    place = f"{lake.root}/code/{package.hash}"
    size = len(package.code) + len(package.entry) + len(package.content)
    assert shipped == Shipped(package.hash, f"{place}/entry.py", f"{place}/code.zip", size)
    assert shipped.folder_url == place
    assert Path(shipped.code_url).read_bytes() == package.code
    assert Path(shipped.entry_url).read_text() == "print('job')\n"


def test_a_manifest_says_what_was_shipped(root, lake):
    package = pack(root)

    shipped = ship(package, lake)

    listed = json.loads(Path(shipped.folder_url, "files.json").read_bytes())
    assert listed["spark/care/totals.sql"] == {
        "bytes": 9,
        "sha256": hashlib.sha256(b"SELECT 1\n").hexdigest(),
    }
    assert {*listed} == {"entry.py", *package.files}


def test_nothing_is_uploaded_when_nothing_has_changed(root, lake):
    first = ship(pack(root), lake)
    before = written(lake)

    again = ship(pack(root), lake)

    assert first.uploaded > 0
    assert again.uploaded == 0
    assert written(lake) == before


def test_code_that_is_used_again_after_a_day_is_seen_to_be_in_use(root, lake):
    package = pack(root)
    place = Path(ship(package, lake).folder_url)
    for path in place.iterdir():
        os.utime(path, (10**9, 10**9))

    again = ship(package, lake)

    assert again.uploaded == 0
    assert [path.name for path in place.iterdir() if path.stat().st_mtime > 10**9] == ["files.json"]
    assert last_used(lake.listed(f"{package.place}/")) > 10**9


def test_a_deploy_leaves_the_code_of_a_running_job_as_it_is(root, lake):
    running = ship(pack(root), lake)
    before = written(lake)
    (root / "spark" / "run.py").write_text("import spark.care\n", encoding="utf-8")

    deployed = ship(pack(root), lake)

    assert deployed.hash != running.hash
    assert {name: written(lake)[name] for name in before} == before


@pytest.mark.parametrize("name", ["code.zip", "entry.py", "files.json"])
def test_what_an_interrupted_deploy_left_out_is_brought_by_the_next(root, lake, name):
    package = pack(root)
    ship(package, lake)
    (lake.root / package.place / name).unlink()

    missing = unshipped(package, lake)
    shipped = ship(package, lake)

    assert [*missing] == [f"{package.place}/{name}"]
    assert shipped.uploaded == len(missing[f"{package.place}/{name}"])
    assert unshipped(package, lake) == {}


def test_modules_are_found_in_the_archive_itself_with_or_without_an_init_file(root, lake):
    shipped = ship(pack(root), lake)
    code = (
        f"import sys; sys.path.insert(0, {shipped.code_url!r})\n"
        "import dagster_pipes, spark.run, spark.care.messages\n"
        "print(spark.__file__, dagster_pipes.__file__)"
    )

    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )

    assert said.stdout.split() == [
        f"{shipped.code_url}/spark/__init__.py",
        f"{shipped.code_url}/dagster_pipes/__init__.py",
    ]


def test_the_real_checkout_is_packed_with_every_job():
    package = pack(CHECKOUT)

    jobs = [
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "spark").rglob("*")
        if path.suffix in (".py", ".sql")
    ]
    assert jobs
    assert {*jobs} <= {*package.files}
    assert package.entry == (CHECKOUT / "spark" / "entry.py").read_bytes()
    assert len(package.code) < 2_000_000
