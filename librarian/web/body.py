"""How is a request's body read and taken apart? Bounded, whole, and strictly as its type says.

The forms are those of the HTML Standard (application/x-www-form-urlencoded), RFC 7578
(multipart/form-data) and RFC 8259 (JSON); everything else is a raw body.
"""

from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import parse_qsl

from werkzeug.sansio import multipart

from librarian import strictjson
from librarian.problem import Problem
from librarian.record import Carrier, Encoding
from librarian.stage import RECEIVE, SIZE, TYPE, Failure
from librarian.units import say_bytes

CHUNK = 64 * 2**10
DRAINED = 64 * 2**20
"""How much of a refused body is read and thrown away, so that the client gets to our answer."""
MOST_PIECES = 1000
LABEL_ROOM = 2**20
"""Bytes of a body that labels and framing may take beside the data."""
GROWTH: dict[Encoding, float] = {"form": 1.5, "json": 1.4, "multipart": 1.4, "raw": 1.4}
"""How much larger than its data a body may be: base64 takes 4/3, a form's percent signs more."""

Pieces = Iterator[tuple[str, Carrier]]


def encoding_of(media_type: str) -> Encoding:
    """Tell the encoding from the request's media type. Raises Failure (`type`)."""
    if media_type == "application/x-www-form-urlencoded":
        return "form"
    if media_type == "multipart/form-data":
        return "multipart"
    if media_type == "application/json":
        return "json"
    if media_type.startswith("multipart/"):
        message = f"{media_type[:60]} is not taken; send multipart/form-data."
        raise Failure(TYPE, Problem("content-type", message))
    return "raw"


def most_bytes(encoding: Encoding, max_bytes: int, inputs: int) -> int:
    """Derive the largest body of an encoding from the largest piece of data, in bytes."""
    return int(max_bytes * inputs * GROWTH[encoding]) + LABEL_ROOM


def read(stream: IO[bytes], announced: int | None, most: int) -> bytes:
    """Read the whole body. Raises Failure (`size`; `receive` if it ends early)."""
    if announced is not None and announced > most:
        drain(stream, announced)
        raise _too_large(most)
    chunks, size = [], 0
    try:
        while chunk := stream.read(
            CHUNK if announced is None else min(CHUNK, announced - size + 1)
        ):
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                drain(stream)
                raise _too_large(most)
    except (Failure, MemoryError):
        raise
    except Exception as error:  # whatever a server raises here, the client's connection broke off
        raise _incomplete() from error
    if announced is not None and size < announced:
        raise _incomplete()
    return b"".join(chunks)


def pairs(text: bytes, most: int) -> tuple[tuple[str, str], ...]:
    """Read a query string or an urlencoded form. Raises Failure (`receive`)."""
    try:
        return tuple(
            parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=most)
        )
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "This is not UTF-8 text.")) from None
    except ValueError:
        message = f"There are more than {most} fields."
        raise Failure(RECEIVE, Problem("count", message, limit=most)) from None


def pieces(encoding: Encoding, body: bytes, boundary: str) -> Pieces:
    """Take a body of pieces apart, in order. Raises Failure (`receive`)."""
    if encoding == "form":
        for name, text in pairs(body, MOST_PIECES):
            yield name, Carrier("field", text)
    elif encoding == "json":
        for name, value in _members(body):
            yield name, Carrier("member", value)
    elif encoding == "multipart":
        yield from _parts(body, boundary)


def _members(body: bytes) -> Iterator[tuple[str, Any]]:
    try:
        value = strictjson.loads(body)
    except strictjson.NotJson as error:
        raise Failure(RECEIVE, Problem("json", f"The body is broken: {error}.")) from None
    if not isinstance(value, dict):
        raise Failure(RECEIVE, Problem("json", "The body must be a JSON object."))
    yield from value.items()


def _parts(body: bytes, boundary: str) -> Pieces:
    """Take a multipart form apart; a file field left empty, as browsers send it, is not there."""
    decoder = multipart.MultipartDecoder(boundary.encode(), max_parts=MOST_PIECES)
    decoder.receive_data(body)
    decoder.receive_data(None)
    try:
        event = decoder.next_event()
        while not isinstance(event, multipart.Epilogue):
            if isinstance(event, multipart.Field | multipart.File):
                opened, content = event, b""
            elif isinstance(event, multipart.Data):
                content += event.data
                if not event.more_data:
                    carrier = _part(opened, content)
                    if carrier is not None:
                        yield opened.name, carrier
            event = decoder.next_event()
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "A field of the form is not UTF-8 text.")) from None
    except Failure:
        raise
    except Exception as error:
        raise Failure(RECEIVE, Problem("multipart", "The form is broken or incomplete.")) from error


def _part(event: multipart.Field | multipart.File, content: bytes) -> Carrier | None:
    if not isinstance(event.name, str):
        raise ValueError("a part without a name")  # noqa: TRY004 - the form's fault, not the code's
    if isinstance(event, multipart.Field):
        return Carrier("field", content.decode())
    if not event.filename and not content:
        return None
    kind = event.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Carrier("file", content, event.filename, kind)


def drain(stream: IO[bytes], size: int = DRAINED) -> None:
    """Throw away a bounded part of a body; a client still sending would not read our answer."""
    left = min(size, DRAINED)
    while left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)


def _too_large(most: int) -> Failure:
    message = f"This is more than the {say_bytes(most)} that are taken at once."
    return Failure(SIZE, Problem("body", message, limit=most))


def _incomplete() -> Failure:
    return Failure(RECEIVE, Problem("incomplete", "The upload broke off before its end."))
