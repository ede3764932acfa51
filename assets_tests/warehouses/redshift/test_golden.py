"""The DDL of every table is what somebody has read: `make golden` writes it anew, for review."""

import pytest

from assets_tests.warehouses.redshift.golden_files import FOLDER, contracts, golden, golden_file

CONTRACTS = contracts()


@pytest.mark.parametrize("key", CONTRACTS)
def test_the_ddl_of_a_table_is_what_was_reviewed(key):
    contract = CONTRACTS[key]
    file = golden_file(contract)
    if not file.exists():
        file.write_text(golden(contract), encoding="utf-8")
        pytest.fail(f"{file.name} was missing and is written now; read it, and commit it")

    assert golden(contract) == file.read_text(encoding="utf-8")


def test_no_file_is_without_its_table():
    known = {golden_file(contract) for contract in CONTRACTS.values()}

    assert {*FOLDER.iterdir()} <= known
