"""AWS of this process for tests of Redshift: the double."""

from collections.abc import Iterator

import pytest

from assets_tests.doubles.aws.running import Double
from seniorlink_assets.launchers.aws import forget_clients

CLUSTER, WORKGROUP = "dwh", "company"


@pytest.fixture
def amazon(aws: Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """The double, as this process sees AWS."""
    yield from _seen(aws, monkeypatch)


@pytest.fixture(scope="module")
def lasting_amazon(aws_process: Double) -> Iterator[Double]:
    """The same for all tests of a file, as the ones before left it."""
    aws_process.reset()
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield from _seen(aws_process, monkeypatch)


@pytest.fixture
def new_clients() -> Iterator[None]:
    """Lets a test change the credentials of this process."""
    forget_clients()
    yield
    forget_clients()


def _seen(aws: Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    aws.time(minute=60, pace=0)
    forget_clients()
    yield aws
    forget_clients()
