"""How is a request's body read and taken apart? Bounded, whole, and strictly as its type says.

The forms are those of the HTML Standard (application/x-www-form-urlencoded), RFC 7578
(multipart/form-data) and RFC 8259 (JSON); everything else is a raw body.
"""

import io
import tempfile
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import parse_qsl

from werkzeug.sansio import multipart

from librarian import strictjson
from librarian.problem import Problem
from librarian.record import Carrier, Encoding
from librarian.stage import RECEIVE, SIZE, TYPE, Failure
from librarian.units import say_bytes
from librarian.web import urlencoded
from librarian.web.pace import FREE, Pace

CHUNK = 64 * 2**10
DRAINED = 64 * 2**20
"""How much of a refused body is read and thrown away, so that the client gets to our answer."""
IN_MEMORY = 64 * 2**10
"""Bytes of a body that wait in memory; of a longer one all waits on the disk."""
MOST_PIECES = 1000
LONGEST_HEAD = 128 * 2**10
"""Bytes that may stand before the content of a part of a multipart form."""
LABEL_ROOM = 2**20
"""Bytes of a body that labels and framing may take beside the data."""
GROWTH: dict[Encoding, float] = {"form": 1.5, "json": 1.4, "multipart": 1.4, "raw": 1.4}
"""How much larger than its data a body may be: base64 takes 4/3, a form's percent signs more."""

COPIES = {"form": 2.0, "json": 2.0, "multipart": 2.0, "text": 3.0, "raw": 1.0}
"""How many times a body's size it takes in memory to be taken apart and stored."""

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


def read(stream: IO[bytes], announced: int | None, most: int, pace: Pace = FREE) -> IO[bytes]:
    """Read the whole body, which waits on the disk until it is all there; give it from its start.

    Raises Failure (`size`; `receive` if it ends early or comes too slowly).
    """
    if announced is not None and announced > most:
        drain(stream, announced, pace)
        raise _too_large(most)
    # in the folder that TMPDIR names, without a name of its own: it goes with the request
    content = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - it is lent
    try:
        size = _receive(stream, content, announced, most, pace)
        if (announced is not None and size < announced) or pace.late:
            raise _incomplete(pace)
    except BaseException:
        content.close()
        raise
    content.seek(0)
    return content


def _receive(
    stream: IO[bytes], content: IO[bytes], announced: int | None, most: int, pace: Pace
) -> int:
    """Write a body to where it waits, and say how large it is. Raises Failure."""
    size = 0
    pace.allow(0)
    try:
        while chunk := stream.read(
            CHUNK if announced is None else min(CHUNK, announced - size + 1)
        ):
            content.write(chunk)
            size += len(chunk)
            if size > most:
                drain(stream, pace=pace)
                raise _too_large(most)
            pace.allow(size)
    except (Failure, MemoryError):
        raise
    except Exception as error:  # whatever a server raises here, the client's connection broke off
        raise _incomplete(pace) from error
    return size


def needed(encoding: Encoding, media_type: str, content: IO[bytes]) -> int:
    """Tell how much memory the rest of a request's work takes, but for decoding, in bytes."""
    kind = "text" if encoding == "raw" and media_type == "text/plain" else encoding
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return int(size * COPIES[kind])


def pairs(text: bytes, most: int) -> tuple[tuple[str, str], ...]:
    """Read a query string or an urlencoded form. Raises Failure (`receive`)."""
    try:
        return tuple(
            parse_qsl(text.decode(), keep_blank_values=True, errors="strict", max_num_fields=most)
        )
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "This is not UTF-8 text.")) from None
    except ValueError:
        raise _too_many(most) from None


def pieces(encoding: Encoding, body: IO[bytes], boundary: str) -> Pieces:
    """Take a body of pieces apart, in order. Raises Failure (`receive`)."""
    if encoding == "form":
        yield from _fields(body)
    elif encoding == "json":
        for name, value in members(body):
            yield name, Carrier("member", value)
    elif encoding == "multipart":
        yield from _parts(body, boundary)


def _fields(body: IO[bytes]) -> Pieces:
    try:
        for name, text in urlencoded.fields(body, MOST_PIECES):
            yield name, Carrier("field", text)
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "This is not UTF-8 text.")) from None
    except urlencoded.TooMany:
        raise _too_many(MOST_PIECES) from None


def members(body: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield the members of a body that is a JSON object. Raises Failure (`receive`)."""
    try:
        value = strictjson.loads(body.read())
    except strictjson.NotJson as error:
        raise Failure(RECEIVE, Problem("json", f"The body is broken: {error}.")) from None
    if not isinstance(value, dict):
        raise Failure(RECEIVE, Problem("json", "The body must be a JSON object."))
    yield from value.items()


def _parts(body: IO[bytes], boundary: str) -> Pieces:
    """Take a multipart form apart; a file field left empty, as browsers send it, is not there."""
    decoder = multipart.MultipartDecoder(boundary.encode(), max_parts=MOST_PIECES)
    opened, content = None, io.BytesIO()
    try:
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
    except UnicodeDecodeError:
        raise Failure(RECEIVE, Problem("utf-8", "A field of the form is not UTF-8 text.")) from None
    except Failure:
        raise
    except Exception as error:
        raise Failure(RECEIVE, Problem("multipart", "The form is broken or incomplete.")) from error


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
    kind = event.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Carrier("file", content, event.filename, kind)


def drain(stream: IO[bytes], size: int = DRAINED, pace: Pace = FREE) -> None:
    """Throw away a bounded part of a body; a client still sending would not read our answer."""
    pace.hurry()
    left = min(size, DRAINED)
    while left > 0 and (chunk := stream.read(min(CHUNK, left))):
        left -= len(chunk)


def _too_large(most: int) -> Failure:
    message = f"This is more than the {say_bytes(most)} that are taken at once."
    return Failure(SIZE, Problem("body", message, limit=most))


def _too_many(most: int) -> Failure:
    message = f"There are more than {most} fields."
    return Failure(RECEIVE, Problem("count", message, limit=most))


def _incomplete(pace: Pace) -> Failure:
    if pace.late:
        message = "The upload came too slowly; please try again where the connection is better."
        return Failure(RECEIVE, Problem("slow", message, limit=pace.rate))
    return Failure(RECEIVE, Problem("incomplete", "The upload broke off before its end."))
