"""How do documents lie in a growing file? As a JSON array, or as lines of JSON.

What is written here has each document on one line of its own; files that others made are read
however they are laid out. Positions are in bytes from the beginning of the file.
"""

import json
import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from librarian.stage import StoreError

Text = mmap.mmap | bytes
BLANK = b" \t\r\n"
GAP = BLANK + b","
"""What may lie between two documents."""
CHUNK = 64 * 1024


class Span(NamedTuple):
    """Where one whole document lies, and what it says."""

    offset: int
    length: int
    value: Any


@dataclass(frozen=True)
class Layout:
    """What stands before, between and after the documents of a file, and how they are found."""

    opening: bytes
    first: bytes
    """What stands before the first document, after the opening."""
    separator: bytes
    closing: bytes
    closed: re.Pattern[bytes]
    """What the rest after the last document looks like when it is whole."""
    follows: re.Pattern[bytes]
    """What lies between a document and the one after it."""
    start: Callable[[Text], int]
    """Give where the documents begin. Raises StoreError for another kind of file."""
    spans: Callable[[Text, int], Iterator[Span]]
    """Give every whole document, up to the first that is none."""

    def added(self, text: Text, end: int, document: bytes) -> bytes:
        """Give what to write at the end of the documents to add one."""
        empty = end == 0 or text[end - 1 : end] == b"["
        return (self.first if empty else self.separator) + document + self.closing

    def ending(self, end: int) -> bytes:
        """Give what to write after the last document."""
        return self.closing if end else b""

    def cut(self, text: Text, offset: int, length: int) -> tuple[int, int | None]:
        """Tell what to take out to remove a document: from where, and to where if others follow.

        What goes in the middle is blanked with its separator, so that nothing else moves; what is
        last is cut off together with the blanks before it.
        """
        between = self.follows.match(text, offset + length)
        if between is not None:
            return offset, between.end()
        while offset:
            chunk = text[max(0, offset - CHUNK) : offset]
            kept = len(chunk.rstrip(GAP))
            offset -= len(chunk) - kept
            if kept:
                break
        return offset, None

    def is_whole(self, rest: bytes, end: int) -> bool:
        """Say whether a rest after the last document is as it must be."""
        return self.closed.fullmatch(rest) is not None or not (end or rest.strip(BLANK))

    def is_torn(self, rest: bytes) -> bool:
        """Say whether a rest is what an append leaves that was broken off, and nothing more.

        An append writes one line; so whatever holds more than that is not its doing.
        """
        left = rest.strip(GAP + b"\0")
        return left in (b"", b"]") or (left.startswith(b"{") and b"\n" not in left)


def _array_start(text: Text) -> int:
    found = re.match(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*\[", text)
    if found is None:
        raise StoreError("the file is there already and holds no JSON array")
    return found.end()


def _array_spans(text: Text, at: int) -> Iterator[Span]:
    """Find documents first by lines, as they are written here, else by their brackets."""
    by_lines = True
    while True:
        at = _GAP.match(text, at).end()  # type: ignore[union-attr]
        if at == len(text) or text[at : at + 1] == b"]":
            return
        span = _line(text, at, GAP) if by_lines else None
        if span is None:
            by_lines = False
            span = _read(text, at, _end(text, at))
        if span is None:
            return
        yield span
        at += span.length


def _line_spans(text: Text, at: int) -> Iterator[Span]:
    while True:
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]
        span = None if at == len(text) else _line(text, at, BLANK)
        if span is None:
            return
        yield span
        at += span.length


def _line(text: Text, at: int, gap: bytes) -> Span | None:
    """Read the rest of a line as one document, None where it is none."""
    end = text.find(b"\n", at)
    line = text[at : end if end >= 0 else len(text)].rstrip(gap)
    return _read(text, at, at + len(line))


def _read(text: Text, at: int, end: int) -> Span | None:
    try:
        return Span(at, end - at, json.loads(text[at:end]))
    except (ValueError, RecursionError):
        return None


def _end(text: Text, at: int) -> int:
    """Give where the JSON value that begins here ends (RFC 8259), or where it breaks off."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token[0] in b"{[":
            depth += 1
        elif token[0] in b"]}":
            depth -= 1
        if depth == 0:
            return token.end()
    return len(text)


_GAP = re.compile(rb"[ \t\r\n,]*+")
_BLANK = re.compile(rb"[ \t\r\n]*+")
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]|[^\s,:"\[\]{}]++', re.DOTALL)

ARRAY = Layout(
    opening=b"[",
    first=b"\n",
    separator=b",\n",
    closing=b"\n]\n",
    closed=re.compile(rb"[ \t\r\n]*\][ \t\r\n]*"),
    follows=re.compile(rb"[ \t\r\n]*,"),
    start=_array_start,
    spans=_array_spans,
)
LINES = Layout(
    opening=b"",
    first=b"",
    separator=b"\n",
    closing=b"\n",
    closed=re.compile(rb"[ \t\r]*\n[ \t\r\n]*"),
    follows=re.compile(rb"[ \t\r]*\n(?=[ \t\r\n]*[^ \t\r\n])"),
    start=lambda text: 3 if text[:3] == b"\xef\xbb\xbf" else 0,
    spans=_line_spans,
)
