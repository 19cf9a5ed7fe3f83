"""How is a file forged that claims, lacks or is what it should not? Byte by byte, as it is told."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.corpus import PHOTO
from tests.pictures import make

SMALL = (48, 32)
HTML = b"<!doctype html><script>alert(document.cookie)</script>"


def archive() -> bytes:
    """Pack a web page."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        zipped.writestr(zipfile.ZipInfo("a.html"), HTML)
    return content.getvalue()


def saved(image: Image.Image, name: str) -> bytes:
    content = io.BytesIO()
    image.save(content, name)
    return content.getvalue()


def pieces(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of every chunk of a PNG."""
    at = 8
    while at < len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        yield kind, content[at + 8 : at + 8 + size]
        at += 12 + size


def together(parts: Iterator[tuple[bytes, bytes]]) -> bytes:
    """Write chunks as a PNG, with right lengths and checksums."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + kind + part + struct.pack(">I", zlib.crc32(kind + part))
        for kind, part in parts
    )


def chunked(*more: tuple[bytes, bytes]) -> bytes:
    """Give a whole PNG with more chunks behind its header."""
    header, *rest = pieces(make("PNG", *SMALL))
    return together(iter([header, *more, *rest]))


def without(content: bytes, gone: bytes) -> bytes:
    return together((kind, part) for kind, part in pieces(content) if kind != gone)


def with_pixels(packed: bytes) -> bytes:
    header, *_, end = pieces(make("PNG", *SMALL))
    return together(iter([header, (b"IDAT", packed), end]))


def spoiled(content: bytes, kind: bytes) -> bytes:
    """Change the checksum of the first chunk of a kind."""
    at = content.index(kind)
    end = at + 4 + int.from_bytes(content[at - 4 : at], "big")
    return content[:end] + bytes(b ^ 0xFF for b in content[end : end + 4]) + content[end + 4 :]


def resized(content: bytes, width: int, height: int) -> bytes:
    (kind, part), *rest = pieces(content)
    return together(iter([(kind, struct.pack(">II", width, height) + part[8:]), *rest]))


def header_byte(content: bytes, at: int, value: int) -> bytes:
    (kind, part), *rest = pieces(content)
    return together(iter([(kind, part[:at] + bytes([value]) + part[at + 1 :]), *rest]))


def interlaced() -> bytes:
    """Write the eight pixels of an Adam7 image by hand, for Pillow writes none (PNG, section 8)."""
    header = struct.pack(">IIBBBBB", 4, 4, 8, 0, 0, 0, 1)
    # an image of 4 by 4 has no second pass, and one row in each of the third to fifth
    rows = b"".join(
        b"\0" + bytes([90]) * width
        for width, height in [(1, 1), (1, 1), (2, 1), (2, 2), (4, 2)]
        for _ in range(height)
    )
    return together(iter([(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]))


def striped(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((1 + (width + 7) // 8) * height), 9)
    return together(iter([(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]))


def jpeg_claiming(width: int, height: int) -> bytes:
    at = PHOTO.index(b"\xff\xc0")
    return PHOTO[: at + 5] + struct.pack(">HH", height, width) + PHOTO[at + 9 :]


def many_scans(count: int) -> bytes:
    """Repeat a progressive JPEG's last scan."""
    whole = make("JPEG", *SMALL, progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


PIXEL = b"\x02\x02\x44\x01\x00"
"""One pixel as GIF packs it: a code size, one block of two bytes, the end."""


def gif(
    frames: list[tuple[int, int]] | None = None,
    pixels: bytes = PIXEL,
    canvas: tuple[int, int] = (1, 1),
) -> bytes:
    """Write a GIF of frames of one pixel, by their places."""
    head = b"GIF89a" + struct.pack("<HHBBB", *canvas, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    places = [(0, 0)] if frames is None else frames
    return (
        head
        + b"".join(b"," + struct.pack("<4HB", left, top, 1, 1, 0) + pixels for left, top in places)
        + b";"
    )


def many_frames(count: int) -> bytes:
    return gif([(0, 0)] * count)


def gif_claiming(width: int, height: int) -> bytes:
    head = gif(frames=[])[:-1]
    frame = b"," + struct.pack("<4HB", 0, 0, width, height, 0) + PIXEL
    return head[:6] + struct.pack("<HH", width, height) + head[10:] + frame + b";"


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    inner = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(part)) + part + b"\0" * (len(part) % 2)
        for kind, part in chunks
    )
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


def extended(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes([flags, 0, 0, 0]) + sides


def webp_claiming(width: int, height: int) -> bytes:
    return riff(extended(width, height), (b"VP8 ", b""))


def webp_lossless(width: int, height: int) -> bytes:
    return riff((b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(9)))


def webp_zero() -> bytes:
    return riff((b"VP8 ", b"\x10\0\0\x9d\x01\x2a" + bytes(24)))


def webp_noise() -> bytes:
    whole = make("WEBP", *SMALL)
    return whole[:30] + bytes(b ^ 0x5A for b in whole[30:])


def webp_frames(count: int) -> bytes:
    frame = (b"ANMF", bytes(16))
    return riff(extended(1, 1, flags=2), (b"ANIM", bytes(6)), *[frame] * count)


def avif_claiming(width: int, height: int) -> bytes:
    whole = make("AVIF", *SMALL)
    at = whole.index(b"ispe") + 8
    return whole[:at] + struct.pack(">II", width, height) + whole[at + 8 :]


def avif_noise() -> bytes:
    whole = make("AVIF", *SMALL)
    at = whole.index(b"mdat") + 4
    return whole[:at] + bytes(b ^ 0x5A for b in whole[at:])
