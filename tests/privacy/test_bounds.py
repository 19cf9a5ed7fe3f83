"""Is hostile metadata given up before it costs time or memory? Told by what is done, not clocks."""

import struct
import zlib

import pytest

from librarian.privacy import gif, iim, jpeg, photoshop, png, webp, xmp
from librarian.privacy.clean import Unsafe
from tests.pictures import make
from tests.privacy import photos

SMALL = {name: make(name, 8, 8) for name in ("JPEG", "PNG", "WEBP")} | {
    "GIF": make("GIF", 8, 8, mode="P")
}


@pytest.mark.parametrize("packet", [
    b"<" + b"a" * 2**20, b"<a" + b" " * 2**20, b"<!--" * 2**18, b"<a " + b"b=" * 2**19,
    b"<a>" + b"<b/>" * 60_000 + b"</a>", b"<a" + b' b=""' * 60_000 + b"/>",
    b"<a" + b"".join(b' xmlns:p%d=""' % i for i in range(300)) + b"/>",
])  # fmt: skip
def test_a_packet_that_takes_long_is_blanked_unread(packet: bytes) -> None:
    assert xmp.cleaned(packet).removed == ("xmp",)


def test_many_packets_are_blanked_unread() -> None:
    segment = (1, photos.XMP_HEAD + photos.PACKET.encode())
    kept, removed = jpeg.cleaned(photos.with_segments(SMALL["JPEG"], [segment] * 40))
    assert kept.count(b"A headline that stays") == 16
    assert "xmp" in removed
    assert not photos.found(kept)


def test_a_record_of_too_many_fields_is_blanked_unread() -> None:
    assert iim.cleaned(b"\x1c\x02\x05\0\0" * 6_000).removed == ("iptc",)
    assert photoshop.cleaned(b"8BIM\x03\xed\0\0\0\0\0\0" * 3_000).removed == ("photoshop",)


def test_text_that_grows_too_long_is_blanked_unread() -> None:
    bomb = photos.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * (9 * 2**20)))
    many = photos.chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * (7 * 2**20))) * 6
    for chunks, left in ((bomb, 0), (many, 4)):
        photo = SMALL["PNG"][:33] + chunks + SMALL["PNG"][33:]
        kept, removed = png.cleaned(photo)
        assert removed == ("text",)
        assert len(kept) == len(photo)
        assert kept.count(b"zTXt") == left


def test_a_file_of_too_many_pieces_is_refused() -> None:
    size = struct.pack("<I", 1_000_012)
    for cleaner, content in (
        (jpeg.cleaned, SMALL["JPEG"][:20] + b"\xff\xe1\0\2" * 21_000 + SMALL["JPEG"][20:]),
        (png.cleaned, SMALL["PNG"][:33] + photos.chunk(b"abCd", b"") * 101_000),
        (gif.cleaned, SMALL["GIF"][:-1] + b"!\xfe\0" * 201_000 + b";"),
        (gif.cleaned, SMALL["GIF"][:-1] + b"!\xff" + b"\1a" * 201_000 + b"\0;"),
        (webp.cleaned, b"RIFF" + size + b"WEBP" + b"ABCD\0\0\0\0" * 101_000),
    ):
        with pytest.raises(Unsafe):
            cleaner(content)
