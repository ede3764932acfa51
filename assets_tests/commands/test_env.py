"""`seniorlink env --settings` shows every setting, and what it is now."""

import pytest
from click.testing import CliRunner

from seniorlink_assets import cli
from seniorlink_assets.settings import SETTINGS


@pytest.fixture
def said(tmp_path, monkeypatch) -> str:
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    monkeypatch.setenv("SENIORLINK_HOME", str(tmp_path))
    monkeypatch.setenv("SENIORLINK_JOBS", "7")
    result = CliRunner().invoke(cli.main, ["env", "--settings"], prog_name="seniorlink")
    assert result.exit_code == 0, result.output
    return result.output


def test_every_setting_is_shown_with_its_meaning(said):
    lines = said.splitlines()

    shown = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert shown == [setting.name for setting in SETTINGS]
    assert "    Spark jobs side by side in one run" in lines


def test_a_value_is_shown_where_there_is_one_and_else_the_default(said):
    lines = said.splitlines()

    assert "SENIORLINK_JOBS  7" in lines
    assert "SENIORLINK_ISOLATION  not set; warm" in lines
    assert "JAVA_HOME  not set" in lines


def test_a_setting_of_aws_is_shown_with_who_needs_it_and_an_example(said):
    lines = said.splitlines()

    first = lines.index("SENIORLINK_EMR_APPLICATION  not set")
    assert lines[first + 1 : first + 3] == [
        "    the id of the EMR Serverless application (needed by emr-serverless)",
        "    as 00f1abcdefgh2345",
    ]


def test_nothing_is_made_in_the_home(said, tmp_path):
    assert [*tmp_path.iterdir()] == []
