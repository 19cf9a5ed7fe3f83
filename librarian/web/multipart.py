"""How is a multipart form taken apart? By werkzeug's parser, where it is not as browsers write it.

The form is RFC 7578's, its borders RFC 2046's (section 5.1).
"""

import io
import re
from collections.abc import Iterator
from typing import IO

from stringzilla import find
from werkzeug.sansio import multipart

from librarian.record import Carrier
from librarian.web.cutting import LONG, Cut

CHUNK = 64 * 2**10
LONGEST_HEAD = 128 * 2**10
"""Bytes that may stand before the content of a part."""
END, GAP, CLOSE = b"\r\n", b"\r\n\r\n", b"--"
PLAIN = re.compile(
    rb"""Content-Disposition:\ form-data;\ name="([^"\\%\x00-\x1f\x7f]{1,999})"
    (?:;\ filename="([^"\\%\x00-\x1f\x7f]{0,999})")?
    (?:\r\nContent-Type:\ ([\x20-\x7e]{1,999}))?\r\n\r\n""",
    re.VERBOSE,
)
"""A part's head of which nothing is escaped, as browsers, curl and most libraries write it."""
Part = tuple[str, Carrier]
Parts = Iterator[Part]
Span = tuple[int, int, int]
"""Where a part's head begins, where its content does, and where it ends."""


def parts(body: IO[bytes], boundary: str, most: int) -> Parts:
    """Yield name and content of each part; a file field left empty, as browsers send it, is none.

    Raises ValueError and what else the parser raises; UnicodeDecodeError for a field's text.
    """
    text = body.read()
    spans = _spans(text, b"--" + boundary.encode(), most)
    found = _plain(text, spans)
    if found:
        yield from found
        return
    cut = Cut.of(text, [(start, end) for _, start, end in spans if end - start >= LONG])
    if not cut.contents:
        del text, cut
        body.seek(0)
        yield from _parsed(body, boundary, most)
        return
    for name, carrier in _parsed(io.BytesIO(cut.rest), boundary, most):
        word = carrier.value if isinstance(carrier.value, str) else carrier.value.decode("latin-1")
        content = cut.contents.get(word)
        if content is None:
            yield name, carrier
        elif carrier.kind == "field":
            yield name, carrier._replace(value=str(content, "utf-8"))
        else:
            yield name, carrier._replace(value=bytes(content))


def _plain(text: bytes, spans: list[Span]) -> list[Part]:
    """Read parts whose heads are all plain; none where one is not, or its text is no UTF-8."""
    found: list[Part] = []
    view = memoryview(text)
    for head, start, end in spans:
        plain = PLAIN.match(text, head)
        if plain is None or plain.end() != start:
            return []
        name, filename, kind = plain.groups()
        content = view[start:end]
        try:
            if filename is None:
                carrier = Carrier("field", str(content, "utf-8"))
            elif filename or content:
                carrier = _file(filename.decode(), (kind or b"").decode(), bytes(content))
            else:
                continue
            found.append((name.decode(), carrier))
        except UnicodeDecodeError:
            return []
    return found


def _parsed(body: IO[bytes], boundary: str, most: int) -> Parts:
    decoder = multipart.MultipartDecoder(boundary.encode(), max_parts=most)
    opened, content = None, io.BytesIO()
    for event in _events(decoder, body):
        if isinstance(event, multipart.Field | multipart.File):
            opened, content = event, io.BytesIO()
        elif isinstance(event, multipart.Data) and opened is not None:
            content.write(event.data)
            if not event.more_data:
                carrier = _part(opened, content.getvalue())
                content = io.BytesIO()
                if carrier is not None:
                    yield opened.name, carrier


def _events(decoder: multipart.MultipartDecoder, body: IO[bytes]) -> Iterator[multipart.Event]:
    """Feed the decoder, yield what it finds. Raises what it raises; ValueError for long heads."""
    while not decoder.complete:
        chunk = body.read(CHUNK)
        decoder.receive_data(chunk or None)
        while not isinstance(event := decoder.next_event(), multipart.NeedData):
            if isinstance(event, multipart.Epilogue):
                return
            yield event
        if len(decoder.buffer) > LONGEST_HEAD:
            raise ValueError("what stands before a part's content is too long")


def _part(event: multipart.Field | multipart.File, content: bytes) -> Carrier | None:
    if not isinstance(event.name, str):
        raise ValueError("a part without a name")  # noqa: TRY004 - the form's fault, not the code's
    if isinstance(event, multipart.Field):
        return Carrier("field", content.decode())
    if not event.filename and not content:
        return None
    return _file(event.filename, event.headers.get("content-type", ""), content)


def _file(filename: str, kind: str, content: bytes) -> Carrier:
    return Carrier("file", content, filename, kind.partition(";")[0].strip().lower())


def _spans(text: bytes, border: bytes, most: int) -> list[Span]:
    """Find the parts; none where the parser could see other borders than are seen here.

    That is wherever a border is not written as browsers write it: a line of its own, ended by CR
    and LF, and a part's head likewise.
    """
    spans: list[Span] = []
    at = len(border)
    if not text.startswith(border + END):
        return []
    for _ in range(most):
        if not text.startswith(END, at):
            return spans if text.startswith(CLOSE, at) else []
        head = at + len(END)
        start = text.find(GAP, head, head + LONGEST_HEAD) + len(GAP)
        border_at = find(text, border, head)
        end = border_at - len(END)
        if not len(GAP) <= start <= end or text[end:border_at] != END or _odd(text[head:start]):
            return []
        spans.append((head, start, end))
        at = border_at + len(border)
    return []


def _odd(head: bytes) -> bool:
    """Say whether there is a line end in it that is not CR and LF."""
    lines = head.replace(END, b"")
    return b"\r" in lines or b"\n" in lines
