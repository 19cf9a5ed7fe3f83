"""How is a request's body read? Bounded and whole; it waits in memory or on the disk."""

import io
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import IO, TypeVar

from flask import Request

from librarian.problem import Problem
from librarian.record import Encoding
from librarian.settings import Settings
from librarian.stage import RECEIVE, SIZE, TYPE, Failure
from librarian.units import say_bytes
from librarian.web.pace import Pace, hurried, watched

T = TypeVar("T")
U = TypeVar("U")
CHUNK = 64 * 2**10
DRAINED = 64 * 2**20
"""How much of a refused body is read and thrown away, so that the client gets to our answer."""
IN_MEMORY = 64 * 2**10
"""Bytes of a body that wait in memory in any case; of a longer one all may wait on the disk."""
LABEL_ROOM = 2**20
"""Bytes of a body that labels and framing may take beside the data."""
GROWTH: dict[Encoding, float] = {"form": 1.5, "json": 1.4, "multipart": 1.4, "raw": 1.4}
"""How much larger than its data a body may be: base64 takes 4/3, a form's percent signs more."""

AGAIN = 1
"""Seconds after which what broke off may be sent again."""

COPIES = {"form": 2.0, "json": 2.0, "multipart": 2.0, "text": 3.0, "raw": 1.0}
"""How many times a body's size it takes in memory to be taken apart and stored."""


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


def of(request: Request) -> IO[bytes]:
    """Give what a request's body is read from, as directly as its end is known.

    werkzeug's own stream copies each piece three times on its way.
    """
    told = request.content_length is not None
    source: IO[bytes] = request.environ["wsgi.input"] if told else request.stream
    return source


def whole(
    request: Request, settings: Settings, most: int, *, in_memory: int = IN_MEMORY
) -> IO[bytes]:
    """Read a request's body as `read` does, at the pace that is asked of all. Raises Failure."""
    with watched(request, settings) as pace:
        return read(of(request), request.content_length, most, pace, in_memory=in_memory)


def refuse(request: Request) -> None:
    """Throw a request's body away, in a bounded time; its sender is being turned away."""
    with hurried(request) as pace:
        drain(of(request), pace)


def read(
    stream: IO[bytes],
    announced: int | None,
    most: int,
    pace: Pace,
    *,
    in_memory: int = IN_MEMORY,
) -> IO[bytes]:
    """Read the whole body, and give it from its start.

    One of more bytes than `in_memory` waits on the disk until it is all there. Raises Failure
    (`size`; `receive` if it ends early or comes too slowly).
    """
    if announced is not None and announced > most:
        drain(stream, pace, announced)
        raise _too_large(most)
    in_memory = max(in_memory, IN_MEMORY)
    if announced is not None and announced <= in_memory:
        return _gathered(stream, announced, pace)
    # in the folder that TMPDIR names, without a name of its own: it goes with the request
    content = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115 - it is lent
    try:
        size = 0
        for piece in _pieces(stream, announced, CHUNK, pace):
            content.write(piece)
            size += len(piece)
            if size > most:
                drain(stream, pace)
                raise _too_large(most)
        if announced is not None and size < announced:
            raise _incomplete(pace)
    except BaseException:
        content.close()
        raise
    content.seek(0)
    return content


def _gathered(stream: IO[bytes], announced: int, pace: Pace) -> IO[bytes]:
    """Read a body into memory that is asked for once, and given to whoever reads it whole.

    Raises Failure (`receive`).
    """
    content = io.BytesIO(bytes(announced))
    with content.getbuffer() as room:
        size = _filled(stream, room, pace)
    if size < announced or pace.late:
        raise _incomplete(pace)
    return content


def _filled(stream: IO[bytes], room: memoryview, pace: Pace) -> int:
    """Put a body where there is room as it comes; say how much came. Raises Failure."""
    fill = getattr(stream, "readinto", None) or partial(_copied, stream)
    size = 0
    pace.allow(0)
    while size < len(room) and (came := _come(fill, room[size:], pace)):
        size += came
        pace.allow(size)
    return size


def _copied(stream: IO[bytes], room: memoryview) -> int:
    """Do what a stream cannot do that only gives pieces: gunicorn's own is one."""
    piece = stream.read(min(CHUNK, len(room)))
    room[: len(piece)] = piece
    return len(piece)


def _pieces(stream: IO[bytes], announced: int | None, most: int, pace: Pace) -> Iterator[bytes]:
    """Yield a body as it comes, in pieces of so many bytes at most. Raises Failure (`receive`)."""
    left = announced
    pace.allow(0)
    size = 0
    while left is None or left > 0:
        piece = _come(stream.read, most if left is None else min(most, left), pace)
        if not piece:
            break
        yield piece
        size += len(piece)
        left = None if left is None else left - len(piece)
        pace.allow(size)
    if pace.late:
        raise _incomplete(pace)


def _come(take: Callable[[T], U], what: T, pace: Pace) -> U:
    """Wait for what comes next. Raises Failure (`receive`)."""
    try:
        return take(what)
    except MemoryError:
        raise
    except Exception as error:  # whatever a server raises, the client's connection broke off
        raise _incomplete(pace) from error


def needed(encoding: Encoding, media_type: str, content: IO[bytes]) -> int:
    """Tell how much memory the rest of a request's work takes, but for decoding, in bytes."""
    kind = "text" if encoding == "raw" and media_type == "text/plain" else encoding
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    return int(size * COPIES[kind])


def drain(stream: IO[bytes], pace: Pace, size: int = DRAINED) -> None:
    """Throw away a bounded part of a body; a client still sending would not read our answer."""
    pace.hurry()
    left = min(size, DRAINED)
    with suppress(Exception):  # it is refused already, however the rest of it ends
        while left > 0 and (chunk := stream.read(min(CHUNK, left))):
            left -= len(chunk)


def _too_large(most: int) -> Failure:
    message = f"This is more than the {say_bytes(most)} that are taken at once."
    return Failure(SIZE, Problem("body", message, limit=most))


def _incomplete(pace: Pace) -> Failure:
    if pace.late:
        message = "The upload came too slowly; please try again where the connection is better."
        return Failure(RECEIVE, Problem("slow", message, limit=pace.rate), retry_after=AGAIN)
    message = "The upload broke off before its end."
    return Failure(RECEIVE, Problem("incomplete", message), retry_after=AGAIN)
