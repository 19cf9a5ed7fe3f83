"""What does a text chunk of a PNG say of a place? Keyword and text, as they are or compressed.

Chunks keep their length: compressed text is compressed anew and filled up with stored blocks of
spaces (RFC 1951, section 3.2.4), which are white space at the end of the text. ImageMagick and
exiftool keep EXIF, IPTC and XMP in text as well, as hexadecimal "raw profiles".
Source: PNG (W3C, third edition), section 11.3.3.
"""

import re
import zlib
from typing import NamedTuple

from librarian.media import is_utf8
from librarian.privacy import place, profile, xmp
from librarian.privacy.clean import Clean, Cleaner

XMP = b"XML:com.adobe.xmp"
RAW = b"Raw profile type "
RAW_TEXT = re.compile(rb"\s*+[^\n]++\n\s*+[0-9]++\s++([0-9a-fA-F\s]*+)")
LEAST_RAW, MOST_RAW = 64, 4 * 2**20
COLOURS = frozenset({b"Raw profile type icc", b"Raw profile type icm"})
MOST, MOST_TOGETHER = 8 * 2**20, 32 * 2**20
"""Bytes of a compressed text, and of all in a file, that are looked at; above, they are blanked."""
SPACES = 0xFFFF


class Text(NamedTuple):
    """One text chunk: all before its text, its keyword, and the text, compressed or not."""

    head: bytes
    keyword: bytes
    packed: bool
    body: bytes


class Reader:
    """Reads the texts of one file, which together may not grow without end, nor take long."""

    def __init__(self) -> None:
        self._left = MOST_TOGETHER
        self.packets = xmp.few()

    def unpacked(self, body: bytes) -> bytes | None:
        """Decompress, None for what is broken, goes on after its end, or is too long."""
        inflate, most = zlib.decompressobj(), min(MOST, self._left)
        try:
            text = inflate.decompress(body, most) if most > 0 else b""
        except zlib.error:
            return None
        self._left -= len(text)
        return text if inflate.eof and not inflate.unused_data.strip(b"\0") else None


def cleaned(kind: bytes, data: bytes, reader: Reader) -> tuple[bytes, Clean]:
    """Blank what a text chunk says of a place; give its kind, which may change, and its bytes."""
    found = _read(kind, data)
    if found is None:
        return _emptied(data, "text")
    plain = reader.unpacked(found.body) if found.packed else found.body
    if plain is None:
        return _emptied(data, "text")
    content, removed = _text(found.keyword, plain, reader.packets)
    if not removed:
        return kind, Clean(data)
    if not found.packed:
        return kind, Clean(found.head + content, removed)
    packed = _packed(content, len(found.body))
    if packed is None:
        return _emptied(data, *removed)
    return kind, Clean(found.head + packed, removed)


def _read(kind: bytes, data: bytes) -> Text | None:
    """Take a chunk apart, None where it is not as the standard says."""
    keyword, zero, rest = data.partition(b"\0")
    if not zero:
        return None
    if kind == b"tEXt":
        return Text(data[: len(keyword) + 1], keyword, packed=False, body=rest)
    if kind == b"zTXt":
        head = data[: len(keyword) + 2]
        return Text(head, keyword, packed=True, body=rest[1:]) if rest[:1] == b"\0" else None
    marks, words = rest[:2], rest[2:].split(b"\0", 2)  # a language, the keyword in it, the text
    if marks not in (b"\0\0", b"\1\0") or len(words) < 3:
        return None
    body = words[2]
    if marks == b"\0\0" and not is_utf8(body):
        return None
    return Text(data[: len(data) - len(body)], keyword, packed=marks == b"\1\0", body=body)


def _text(keyword: bytes, text: bytes, packets: Cleaner) -> Clean:
    if keyword in COLOURS:
        return Clean(text)
    if keyword.startswith(RAW) or (len(text) > LEAST_RAW and RAW_TEXT.fullmatch(text)):
        return _hexadecimal(text) if text.strip() else Clean(text)
    if keyword == XMP or xmp.looks_like(text):
        return xmp.emptied(text) if b"\0" in text else packets(text)  # it must be UTF-8 here
    named = keyword.decode("latin-1").rpartition(":")[2]
    if place.names(named) and text.strip():
        return Clean(b" " * len(text), ("text-location",))
    return Clean(text)


def _hexadecimal(text: bytes) -> Clean:
    """Clean a block that is written as hexadecimal digits, each digit in its place."""
    found = RAW_TEXT.fullmatch(text)
    digits = b"".join(found[1].split()) if found else b""
    if found is None or len(digits) % 2 or len(text) > MOST_RAW:
        return Clean(b" " * len(text), ("text",))
    content, removed = profile.cleaned(bytes.fromhex(digits.decode()))
    if not removed:
        return Clean(text)
    new = iter(content.hex().encode())
    body = bytes(each if each in b" \t\r\n\v\f" else next(new) for each in found[1])
    return Clean(text[: found.start(1)] + body + text[found.end(1) :], removed)


def _packed(text: bytes, size: int) -> bytes | None:
    """Compress to exactly so many bytes, None where they are too few."""
    deflate = zlib.compressobj(9)
    packed = deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)
    left = size - len(packed) - 4  # the checksum comes last
    blocks, checksum = [], zlib.adler32(text)
    while left > 0:
        last = left <= SPACES + 5
        spaces = (left if last else min(left - 5, SPACES)) - 5
        if spaces < 0:
            return None
        blocks.append(bytes((last,)) + spaces.to_bytes(2, "little")
                      + (spaces ^ 0xFFFF).to_bytes(2, "little") + b" " * spaces)  # fmt: skip
        checksum = zlib.adler32(b" " * spaces, checksum)
        left -= spaces + 5
    return packed + b"".join(blocks) + checksum.to_bytes(4, "big") if blocks else None


def _emptied(data: bytes, *words: str) -> tuple[bytes, Clean]:
    """Make it a chunk of plain text that says nothing."""
    keyword = data.partition(b"\0")[0] if 0 < data.find(b"\0") < 80 else b"Comment"
    return b"tEXt", Clean((keyword + b"\0").ljust(len(data), b" ")[: len(data)], words)
