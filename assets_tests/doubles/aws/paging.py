"""Pages of a list, with tokens that are good for one list only."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from assets_tests.doubles.aws.refused import invalid


def page(
    items: Sequence[Any],
    asked: Mapping[str, Any],
    most: int,
    token_in: str = "nextToken",  # noqa: S107
    token_out: str = "nextToken",  # noqa: S107
) -> tuple[list[Any], dict[str, str]]:
    """One page, and the token of the next one if there is one."""
    size = min(int(asked.get("maxResults") or most), most)
    start = _start(asked[token_in]) if asked.get(token_in) else 0
    end = start + size
    if end >= len(items):
        return list(items[start:]), {}
    return list(items[start:end]), {token_out: base64.urlsafe_b64encode(b"%d" % end).decode()}


def _start(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise invalid("The next token is not valid.") from error
