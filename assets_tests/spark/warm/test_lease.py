"""What a job learns of the warm JVM that it is to be served by."""

import shutil

import pytest

from spark import gateway
from spark.gateway import GatewayError
from spark.warm.lease import EXIT, Lease


def test_a_jvm_that_has_ended_is_not_waited_for(tmp_path):
    (tmp_path / EXIT).write_text("1")

    with pytest.raises(GatewayError, match="ended before it could be used"):
        Lease(tmp_path).connect()


def test_a_jvm_that_was_taken_away_is_not_waited_for(tmp_path):
    jvm = tmp_path / "jvm"
    jvm.mkdir()
    lease = Lease(jvm)
    shutil.rmtree(jvm)

    with pytest.raises(GatewayError, match="ended before it could be used"):
        lease.connect()


def test_a_jvm_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway, "_PATIENCE_SECONDS", 0)

    with pytest.raises(GatewayError, match="did not answer within two minutes"):
        Lease(tmp_path).connect()


def test_how_a_jvm_ended_is_known_once_it_has(tmp_path):
    lease = Lease(tmp_path)
    assert lease.exit_code(patience=0) is None

    (tmp_path / EXIT).write_text("-9")

    assert lease.exit_code(patience=0) == -9
