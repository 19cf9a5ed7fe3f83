"""Does damaged or hostile metadata ever bring out an exception, a place or another picture?

What is damaged is metadata, not the file's frame: which bytes those are is told by comparing with
a photo that has none. The names of fields are left whole: a field that a fault has renamed is no
longer one that tells a place, whoever reads it.
"""

import re
import struct
from collections.abc import Sequence
from contextlib import nullcontext, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from librarian import privacy
from librarian.privacy import exif, ifd, iim, photoshop, xmp
from librarian.privacy.clean import Cleaner, Unsafe
from librarian.record import Blob
from librarian.stage import Failure
from tests.pictures import make
from tests.privacy import photos

Damage = Sequence[tuple[float, int]]
DAMAGE = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=4)
BLOCKS: dict[str, tuple[bytes, Cleaner]] = {
    "exif, little": (photos.exif("<", photos.thumbnail()), exif.cleaned),
    "exif, big": (photos.exif(">", photos.thumbnail()), exif.cleaned),
    "exif alone": (photos.exif("<"), exif.cleaned),
    "iptc": (photos.iim(), iim.cleaned),
    "photoshop": (photos.photoshop(), photoshop.cleaned),
    "xmp": (photos.PACKET.encode(), xmp.cleaned),
    "xmp, utf-16": (photos.PACKET.encode("utf-16"), xmp.cleaned),
}
NAMES = re.compile(
    rb"8BIM..|\x1c.."  # which resource, which dataset
    rb"|[\w-]+(?=:?\w*=[\"'])|</?[\w:]+|\bxmlns:\w+=\"[^\"]*\"|[\w]+:[\w]+",
    re.DOTALL,
)


def damaged(content: bytes, damage: Damage, spots: Sequence[int]) -> bytes:
    made = bytearray(content)
    for where, value in damage:
        made[spots[int(where * len(spots))]] = value
    return bytes(made)


def unnamed(block: bytes) -> list[int]:
    """Give the places of a block that are no name of a field."""
    plain = block.replace(b"\0", b"") if block.startswith((b"\xff\xfe", b"\xfe\xff")) else block
    if plain is not block:
        return [at for at in range(0, len(block), 2) if block[at : at + 1] in b" 0123456789."]
    named = {at for found in NAMES.finditer(block) for at in range(*found.span())}
    return [at for at in range(len(block)) if at not in named]


@pytest.mark.parametrize("name", BLOCKS)
@given(damage=DAMAGE)
@settings(max_examples=60, deadline=None)
def test_a_damaged_block_keeps_its_length(name: str, damage: Damage) -> None:
    block, cleaner = BLOCKS[name]
    made = damaged(block, damage, range(len(block)))
    assert len(cleaner(made).content) == len(made)


@pytest.mark.parametrize("name", BLOCKS)
@given(damage=DAMAGE)
@settings(max_examples=60, deadline=None)
def test_a_damaged_block_tells_no_place(name: str, damage: Damage) -> None:
    block, cleaner = BLOCKS[name]
    spots = range(len(block)) if name.startswith("exif") else unnamed(block)
    made = damaged(block, damage[:1], spots)
    assert not photos.found(cleaner(made).content)


@pytest.mark.parametrize("name", BLOCKS)
@given(cut=st.floats(0, 1))
@settings(max_examples=30, deadline=None)
def test_a_block_that_is_cut_off_tells_no_place(name: str, cut: float) -> None:
    block, cleaner = BLOCKS[name]
    made = block[: int(cut * len(block))]
    kept = cleaner(made).content
    assert len(kept) == len(made)
    assert not photos.found(kept)


@pytest.mark.parametrize("name", BLOCKS)
@given(noise=st.binary(max_size=300))
@settings(max_examples=30, deadline=None)
def test_noise_is_no_place(name: str, noise: bytes) -> None:
    block, cleaner = BLOCKS[name]
    for made in (noise, block[:8] + noise, block[:4] + noise + block):
        assert len(cleaner(made).content) == len(made)


AVIF_EXIF = photos.avif()[photos.avif().index(b"II*\0") :].partition(b"<?xpacket")[0]
"""As Pillow has written it anew."""
EXIF_IN: dict[str, tuple[bytes, bytes]] = {
    "JPEG": (photos.jpeg(), photos.exif("<", photos.thumbnail())),
    "PNG": (make("PNG", 64, 48)[:33] + photos.chunk(b"eXIf", photos.exif())
            + make("PNG", 64, 48)[33:], photos.exif()),
    "WEBP": (photos.webp(), photos.exif("<", photos.thumbnail())),
    "AVIF": (photos.avif(), AVIF_EXIF),
}  # fmt: skip


@pytest.mark.parametrize("name", EXIF_IN)
@given(damage=DAMAGE, everything=st.booleans())
@settings(max_examples=25, deadline=None)
def test_damaged_metadata_never_touches_the_picture(
    name: str, damage: Damage, everything: bool
) -> None:
    photo, block = EXIF_IN[name]
    begin = photo.index(block)
    made = damaged(photo, damage, range(begin, begin + len(block)))
    if name == "PNG":
        spoilt = made[begin : begin + len(block)]
        made = photo[: begin - 8] + photos.chunk(b"eXIf", spoilt) + photo[begin + len(block) + 4 :]
    kept = privacy.stripped(Blob("image", made), everything=everything)
    assert everything or len(kept.content) == len(made)
    assert photos.decoded(kept.content, name) == photos.decoded(photo, name)


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("name", photos.PHOTOS)
@given(damage=DAMAGE, cut=st.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_any_damage_ends_in_a_part_or_a_clear_refusal(
    name: str, everything: bool, damage: Damage, cut: float
) -> None:
    photo = photos.CONTENT[name]
    made = damaged(photo, damage, range(16, len(photo)))
    made = made[: max(16, int(cut * len(made)))] if cut < 0.5 else made
    with suppress(Failure) if name in ("AVIF", "TIFF") else nullcontext():
        kept = privacy.stripped(Blob("image", made), everything=everything)
        assert everything or len(kept.content) == len(made)


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", tag, kind, count, value)


def tiff(*entries: bytes, following: int = 0, more: bytes = b"") -> bytes:
    rows = struct.pack("<H", len(entries)) + b"".join(entries) + struct.pack("<I", following)
    return b"II*\0\x08\0\0\0" + rows + more


TURNED = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
HOSTILE: dict[str, bytes] = {
    "directories in a ring": tiff(TURNED, following=8),
    "a sub directory that is its parent": tiff(TURNED, entry(0x8769, 4, 1, 8)),
    "a directory outside": tiff(TURNED, entry(0x8769, 4, 1, 4_000_000_000)),
    "more entries than there are bytes": b"II*\0\x08\0\0\0\xff\xff" + TURNED * 2,
    "a first directory outside": b"II*\0\xff\xff\xff\x7f" + TURNED * 3,
    "a place within another field": tiff(
        TURNED, entry(0x8825, 4, 1, 62), entry(0x010E, 2, 60, 62), more=bytes(12)
        + photos.directory("<", photos.gps("<"), 62),
    ),
    "sub directories without end": tiff(TURNED, entry(0x014A, 4, 5000, 62), more=bytes(20_100)),
    "the same bytes claimed again and again": tiff(
        TURNED, *(entry(0x9000 + i, 2, 60_000, 8 + 2 + 12 * 1001 + 4) for i in range(1000)),
        more=bytes(60_000),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_block_that_cannot_be_taken_apart_keeps_only_its_orientation(case: str) -> None:
    block = HOSTILE[case]
    with pytest.raises(Unsafe):
        ifd.cleaned(block, exif.places, exif.inner, "leftovers")
    kept, removed = exif.cleaned(block)
    assert removed == ("exif",)
    assert len(kept) == len(block)
    assert kept.startswith(exif.minimal(1 if "first directory" in case else 6))
    assert not kept[26:].strip(b"\0")


def test_a_field_with_a_huge_count_is_no_fault() -> None:
    block = tiff(TURNED, entry(0x010F, 2, 0xFFFFFFFF, 40))
    assert exif.cleaned(block) == (block, ())


def test_a_packet_that_could_hide_something_is_blanked_whole() -> None:
    packet = photos.PACKET
    for made in (
        packet.replace("<x:xmpmeta", '<!DOCTYPE a [<!ENTITY t "x">]><x:xmpmeta', 1),
        packet.replace("</ps:State>", "</ps:Stat>"),
        packet.replace("rdf:about", "nobody:about"),
        packet + "<",
        packet.replace("<rdf:Bag>", "<a>" * 300),
    ):
        kept, removed = xmp.cleaned(made.encode())
        assert removed == ("xmp",)
        assert kept.startswith(xmp.NOTHING)
        assert not kept.removeprefix(xmp.NOTHING).strip()
    latin = photos.PACKET.encode("latin-1", "xmlcharrefreplace")
    declared = b'<?xml version="1.0" encoding="EBCDIC-CP-US"?>' + latin
    assert xmp.cleaned(declared).removed == ("xmp",)


@pytest.mark.parametrize("name", ["JPEG", "GIF", "PNG", "WEBP"])
def test_a_broken_picture_that_an_owner_accepts_is_stripped_too(name: str) -> None:
    photo = photos.CONTENT[name]
    for share in range(1, 20):
        made = photo[: len(photo) * share // 20]
        kept = privacy.stripped(Blob("image", made), everything=False)
        assert len(kept.content) == len(made)
        assert not photos.found(kept.content)
