"""Is an image refused that is mostly notes, before anybody reads or inflates them?"""

import struct
import zlib

import pytest

from librarian import media, picture
from librarian.picture import ballast
from tests import pictures
from tests.picture.test_png import chunk

MIB = 2**20


def jpeg(notes: int, marker: int = 0xE2) -> bytes:
    plain = pictures.make("JPEG", 61, 47)
    note = bytes([0xFF, marker]) + struct.pack(">H", 65_000) + bytes(64_998)
    return plain[:2] + note * (notes // 65_000) + plain[2:]


def png(*chunks: bytes) -> bytes:
    plain = pictures.make("PNG", 61, 47)
    return plain[:33] + b"".join(chunks) + plain[33:]


def webp(size: int) -> bytes:
    plain = pictures.make("WEBP", 61, 47, orientation=6)
    content = plain + b"XMP " + struct.pack("<I", size) + bytes(size)
    return content[:4] + struct.pack("<I", len(content) - 8) + content[8:]


def gif(size: int) -> bytes:
    plain = pictures.make("GIF", 61, 47)
    at = 13 + (3 << (plain[10] & 7) + 1 if plain[10] & 0x80 else 0)
    comment = b"\x21\xfe" + (b"\xff" + bytes(255)) * (size // 255) + b"\0"
    return plain[:at] + comment + plain[at:]


def deflated(name: bytes, size: int) -> bytes:
    text = zlib.compress(bytes(size), 9)
    before = {b"iTXt": b"note\0\1\0en\0note\0"}.get(name, b"note\0\0")
    return chunk(name, before + text)


HEAVY = {
    "a JPEG of profiles": jpeg(9 * MIB),
    "a JPEG of comments": jpeg(9 * MIB, 0xFE),
    "a PNG with a long text": png(chunk(b"tEXt", b"note\0" + b"x" * 9 * MIB)),
    "a PNG of many texts": png(*[chunk(b"tEXt", b"note\0" + b"x" * MIB)] * 9),
    "a PNG whose text inflates": png(deflated(b"zTXt", 60 * MIB)),
    "a PNG whose other text inflates": png(deflated(b"iTXt", 60 * MIB)),
    "a PNG whose profile inflates": png(deflated(b"iCCP", 60 * MIB)),
    "a PNG of many texts that inflate": png(*[deflated(b"zTXt", MIB - 9)] * 9),
    "a PNG with an unknown chunk": png(chunk(b"juNk", bytes(9 * MIB))),
    "a WebP of notes": webp(9 * MIB),
    "a GIF of comments": gif(9 * MIB),
}


@pytest.mark.parametrize("name", HEAVY)
def test_more_than_cameras_write_is_refused_unopened(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "opened", lambda *_: pytest.fail("Pillow was asked"))
    with pytest.raises(picture.Unreadable) as refused:
        picture.look(HEAVY[name], media.sniff(HEAVY[name]))
    assert refused.value.rule == "ballast"


@pytest.mark.parametrize(
    "content",
    [
        jpeg(3 * MIB),
        png(chunk(b"tEXt", b"note\0" + b"x" * 3 * MIB)),
        png(deflated(b"zTXt", 1000), deflated(b"iTXt", 1000)),
        webp(3 * MIB),
        gif(3 * MIB),
    ],
    ids=["JPEG", "PNG", "PNG deflated", "WebP", "GIF"],
)
def test_what_phones_write_beside_a_picture_is_taken(content: bytes) -> None:
    kind = media.sniff(content)
    assert not ballast.is_heavy(content, kind)
    assert picture.look(content, kind).width > 0
    picture.verify(content, kind)


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_a_file_cut_anywhere_is_weighed_calmly(name: str) -> None:
    content = pictures.make(name, 61, 47)
    for length in range(12, len(content), 37):
        assert not ballast.is_heavy(content[:length], media.sniff(content))
