"""What the services of AWS have in common."""

import pytest

from seniorlink_assets.launchers.aws_service import as_tag


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("care/daily_notes", "care/daily_notes"),
        ("2025-01-01..2025-01-31 (31)", "2025-01-01..2025-01-31 _31_"),
        ("", "-"),
        ("x" * 300, "x" * 256),
    ],
)
def test_a_tag_has_only_what_every_service_takes(value, tag):
    assert as_tag(value) == tag
