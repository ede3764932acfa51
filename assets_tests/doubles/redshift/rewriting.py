"""Queries and commands that PostgreSQL knows by other words."""

from collections.abc import Sequence

from assets_tests.doubles.redshift.tokens import Token, end_of, quoted, tokens

_FUNCTIONS = {
    "NVL": "coalesce",
    "ISNULL": "coalesce",
    "JSON_SERIALIZE": "pg_double.json_serialize",
}
_WITH_PART = ("DATEADD", "DATEDIFF", "DATE_ADD", "DATE_DIFF")


def rewritten(sql: str) -> str:
    """The same statement for PostgreSQL, its spaces and comments kept."""
    return "".join(part.text for part in _rewritten(list(tokens(sql))))


def rewritten_tokens(parts: Sequence[Token]) -> str:
    """The same, of significant tokens."""
    return " ".join(part.text for part in _rewritten(list(parts)))


def _rewritten(parts: list[Token]) -> list[Token]:
    written = list(parts)
    solid = [i for i, part in enumerate(parts) if part.kind not in ("space", "comment")]
    for place, index in enumerate(solid):
        part = parts[index]
        following = parts[solid[place + 1]] if place + 1 < len(solid) else Token("mark", "")
        if part.kind == "quoted":
            written[index] = Token("quoted", quoted(part.name))
        elif part.word == "SYSDATE":
            written[index] = Token("word", "pg_catalog.sysdate()")
        elif part.word in _FUNCTIONS and following.text == "(":
            written[index] = Token("word", _FUNCTIONS[part.word])
        elif part.word in _WITH_PART and following.text == "(":
            unit = solid[place + 2]
            written[index] = Token("word", part.word.replace("_", "").lower())
            written[unit] = Token("string", f"'{parts[unit].name}'")
        elif part.word == "MAX" and parts[solid[place - 1]].text == "(":
            if following.text == ")":
                written[index] = Token("number", "65535")
        elif part.word == "MINUS":
            written[index] = Token("word", "EXCEPT")
        elif part.word == "APPROXIMATE":
            written[index] = Token("word", "")
        elif part.word == "LISTAGG" and following.text == "(":
            _within_group(parts, written, solid[place + 1])
    return written


def _within_group(parts: list[Token], written: list[Token], opening: int) -> None:
    """LISTAGG(x, ',') WITHIN GROUP (ORDER BY y) is LISTAGG(x, ',' ORDER BY y)."""
    closing = end_of(parts, opening)
    after = [
        index
        for index in range(closing + 1, len(parts))
        if parts[index].kind not in ("space", "comment")
    ][:3]
    if [parts[index].word for index in after[:2]] != ["WITHIN", "GROUP"]:
        return
    end = end_of(parts, after[2])
    order = "".join(f" {part.text}" for part in parts[after[2] + 1 : end])
    written[closing] = Token("mark", f"{order})")
    for index in range(closing + 1, end + 1):
        written[index] = Token("space", "")
