"""How is a JSON body read? Strictly; the base64 of a picture in it never passes the parser.

JSON is RFC 8259's, as `strictjson` reads it.
"""

from typing import IO, Any

from librarian import strictjson
from librarian.web.cutting import LONG, WORD, Cut

MOST_QUOTES = 4000
"""Quotation marks that are looked at; a contribution has some dozens."""
PREFIX = b"data:"
LONGEST_PREFIX = 200


def members(body: IO[bytes]) -> dict[str, Any]:
    """Read the members of the body's object. Raises NotJson."""
    text = body.read()
    value = _quick(text)
    return strictjson.members(text) if value is None else value


def _quick(text: bytes) -> dict[str, Any] | None:
    """Read it without its long base64 members, and put them in; None where that cannot be done.

    Then the parser reads all of it, and says what is wrong.
    """
    cut = Cut.of(text, _long(text))
    if not cut.contents:
        return None
    try:
        value = strictjson.members(cut.rest)
    except strictjson.NotJson:
        return None
    left = len(cut.contents)
    for name, member in value.items():
        if isinstance(member, str) and (content := cut.contents.get(member[-WORD:])) is not None:
            value[name] = member[:-WORD] + str(content, "ascii")
            left -= 1
    return None if left else value  # one of them stands elsewhere than as a member


def _long(text: bytes) -> list[tuple[int, int]]:
    """Find the long strings that are base64 and nothing else, each without a `data:` prefix.

    Where no quotation mark is escaped, each second one ends a string.
    """
    import pybase64

    spans: list[tuple[int, int]] = []
    # to look for one character takes a seventieth of the time that two take
    if len(text) < LONG or (b"\\" in text and b'\\"' in text):
        return spans
    view, start = memoryview(text), text.find(b'"')
    for _ in range(MOST_QUOTES // 2):
        end = text.find(b'"', start + 1)
        if start < 0 or end < 0:
            break
        begin = start + 1
        if end - begin >= LONG:
            if text.startswith(PREFIX, begin):
                begin = text.find(b",", begin, begin + LONGEST_PREFIX) + 1 or end
            try:
                pybase64.b64decode(view[begin:end], validate=True)
            except ValueError:
                return []
            spans.append((begin, end))
        start = text.find(b'"', end + 1)
    return spans
