"""One line of CSV as fields, read as Spark reads it."""


def csv_fields(line: str) -> list[str | None]:
    """The fields of a line; an empty one is None."""
    fields: list[str | None] = []
    start, end = 0, len(line)
    while True:
        text, start = (
            _quoted(line, start) if line[start : start + 1] == '"' else _plain(line, start)
        )
        fields.append(text or None)
        if start >= end:
            return fields
        start += 1
        if start == end:  # the line ends with a comma
            return [*fields, None]


def _plain(line: str, start: int) -> tuple[str, int]:
    comma = line.find(",", start)
    end = len(line) if comma < 0 else comma
    return line[start:end], end


def _quoted(line: str, start: int) -> tuple[str, int]:
    """A field that begins with a quote, in which two quotes are one."""
    text, place = "", start + 1
    while (quote := line.find('"', place)) >= 0:
        if line[quote + 1 : quote + 2] == '"':
            text += line[place : quote + 1]
            place = quote + 2
            continue
        after = quote + 1
        while after < len(line) and line[after] <= " ":
            after += 1
        if after == len(line) or line[after] == ",":
            return text + line[place:quote], after
        break
    # What goes on after its last quote was not quoted at all.
    rest, end = _plain(line, place)
    return f'"{text}{rest}', end
