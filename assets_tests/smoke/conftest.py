"""The account of each file's tests."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from assets_tests.smoke.account import Account, is_real, opened
from seniorlink_assets.sentence import SentenceError


@pytest.fixture(scope="module")
def account(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """A real account if SENIORLINK_SMOKE=aws, else the double."""
    with ExitStack() as stack:
        try:
            double = None if is_real(os.environ) else request.getfixturevalue("aws_process")
            account = opened(tmp_path_factory.mktemp("smoke"), double)
            there = stack.enter_context(account)
        except SentenceError as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
        yield there
