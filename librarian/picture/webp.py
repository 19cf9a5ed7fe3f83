"""What does a WebP's header say? Read here, because opening one in Pillow makes its whole canvas.

A file of 38 bytes may claim 144 megapixels, and libwebp's animation decoder, which Pillow uses for
every WebP, allocates eight bytes for each before a pixel is asked for. The layout is RFC 9649's,
section 2; that of the lossy frame header RFC 6386's, section 9.1.
"""

import struct
from dataclasses import dataclass

ALPHA, ANIMATED = 0x10, 0x02
LOSSLESS_ALPHA = 1 << 28


@dataclass(frozen=True, slots=True)
class Header:
    """The canvas in pixels, whether it may be transparent, how many frames, and the EXIF block."""

    width: int
    height: int
    alpha: bool
    frames: int = 1
    exif: bytes = b""


def read(content: bytes) -> Header:
    """Read the header. Raises ValueError, IndexError or struct.error for what is no WebP."""
    kind = content[12:16]
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", content, 26)
        return Header(width & 0x3FFF, height & 0x3FFF, alpha=False)
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = struct.unpack_from("<I", content, 21)[0]
        return Header(
            (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, alpha=bool(bits & LOSSLESS_ALPHA)
        )
    if kind == b"VP8X" and len(content) >= 30:
        return _extended(content)
    raise ValueError("no WebP header")


def _extended(content: bytes) -> Header:
    """Read the extended format, whose chunks hold the frames and the metadata."""
    flags, frames, exif = content[20], 0, b""
    at, end = 12, min(len(content), 8 + int.from_bytes(content[4:8], "little"))
    while at + 8 <= end:
        kind, size = struct.unpack_from("<4sI", content, at)
        if kind == b"ANMF":
            frames += 1
        elif kind == b"EXIF" and not exif:
            exif = content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    return Header(
        width=int.from_bytes(content[24:27], "little") + 1,
        height=int.from_bytes(content[27:30], "little") + 1,
        alpha=bool(flags & ALPHA),
        frames=frames if flags & ANIMATED else 1,
        exif=exif,
    )
