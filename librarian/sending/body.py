"""How is a contribution written as a request's body? As it is read, never whole in memory.

A multipart form (RFC 7578): labels as one part with JSON, or as a field each where they are text
from a table; files as parts. Where an input takes base64 only, a file goes as a field of it; where
it takes a raw body only, the file is the body and the labels stand in the address.
"""

import base64
import mimetypes
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from librarian import strictjson
from librarian.record import LABELS
from librarian.sending.contribution import Contribution
from librarian.sending.labelling import Labels

READ_AS_FILES = {"file", "text", "json"}
"""Input types that take a file of a form."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body: its type, its length in bytes, what stands in the address, how it is read."""

    media_type: str
    length: int
    query: str
    pieces: Callable[[], Iterator[bytes]]


def write(
    contribution: Contribution, types: Mapping[str, Sequence[str]], count: Callable[[int], None]
) -> Body:
    """Write a contribution as its inputs take it. Raises OSError."""
    tags = list(contribution.files)
    if len(tags) == 1 and set(types[tags[0]]) == {"raw"}:
        return _raw(contribution, tags[0], count)
    boundary = secrets.token_hex(16)
    parts = [_Part(name, content) for name, content in _labels(contribution.labels)]
    sizes = [len(_head(boundary, part)) + len(part.content) + 2 for part in parts]
    files = [_file(contribution, tag, types[tag]) for tag in tags]
    sizes += [len(_head(boundary, part)) + part.length + 2 for part in files]
    end = f"--{boundary}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        for part in parts:
            yield _head(boundary, part) + part.content + b"\r\n"
        for part, tag in zip(files, tags, strict=True):
            yield _head(boundary, part)
            read = contribution.read(tag, count)
            yield from _coded(read) if part.coded else read
            yield b"\r\n"
        yield end

    length = sum(sizes) + len(end)
    return Body(f"multipart/form-data; boundary={boundary}", length, "", pieces)


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    content: bytes = b""
    length: int = 0
    filename: str = ""
    media_type: str = ""
    coded: bool = False


def _raw(contribution: Contribution, tag: str, count: Callable[[int], None]) -> Body:
    media_type = _media_type(contribution.files[tag].name)
    query = urlencode(list(_texts(contribution.labels.values)))
    size = contribution.prints[tag].size
    return Body(media_type, size, query, lambda: contribution.read(tag, count))


def _file(contribution: Contribution, tag: str, types: Sequence[str]) -> _Part:
    path = contribution.files[tag]
    size = contribution.prints[tag].size
    if not READ_AS_FILES & set(types):
        return _Part(tag, length=(size + 2) // 3 * 4, coded=True)
    return _Part(tag, length=size, filename=path.name, media_type=_media_type(path.name))


def _labels(labels: Labels) -> Iterator[tuple[str, bytes]]:
    if labels.written:
        for name, text in labels.values.items():
            yield name, text.encode()
    elif labels.values:
        yield LABELS, strictjson.dumps(labels.values)


def _texts(values: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    """Write labels as a query does: box.x for a member of box."""
    for name, value in values.items():
        if isinstance(value, dict) and value:
            yield from _texts(value, f"{within}{name}.")
        else:
            text = value if isinstance(value, str) else strictjson.dumps(value).decode()
            yield within + name, text


def _head(boundary: str, part: _Part) -> bytes:
    told = f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.filename:
        told += f'; filename="{_quoted(part.filename)}"\r\nContent-Type: {part.media_type}'
    return f"{told}\r\n\r\n".encode(errors="replace")


def _quoted(name: str) -> str:
    """Write a name as browsers do (HTML Standard, multipart/form-data)."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _coded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Write bytes as base64, in whole letters until the last piece."""
    left = b""
    for piece in pieces:
        left += piece
        whole = len(left) - len(left) % 3
        yield base64.b64encode(left[:whole])
        left = left[whole:]
    yield base64.b64encode(left)


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
