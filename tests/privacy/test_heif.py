"""Are the items of an AVIF or HEIC cleaned wherever they lie, and is what is not sure refused?"""

import struct
from collections.abc import Sequence

import pytest

from librarian.privacy import exif, heif, xmp
from librarian.privacy.clean import Unsafe
from tests.privacy import photos

PIXELS = b"\x12\x00the pixels of a picture" * 3
EXIF = bytes(4) + photos.exif("<", b"")
PACKET = photos.PACKET.encode()
Item = tuple[bytes, bytes, int]
"""Its type, what it holds, and how iloc says where it lies (0: the file, 1: idat)."""
ITEMS: tuple[Item, ...] = ((b"hvc1", PIXELS, 0), (b"Exif", EXIF, 0), (b"mime", PACKET, 0))


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def heic(
    items: Sequence[Item] = ITEMS,
    *,
    version: int = 1,
    content_type: bytes = b"application/rdf+xml\0",
    moved: int = 0,
    more: bytes = b"",
) -> bytes:
    """Write a HEIC by hand: `moved` shifts where every item but the first is said to lie."""
    infos = b"".join(
        box(b"infe", struct.pack(">IHH", 2 << 24, number, 0) + kind + b"\0"
            + (content_type if kind == b"mime" else b""))
        for number, (kind, _, _) in enumerate(items, 1)
    )  # fmt: skip
    iinf = box(b"iinf", struct.pack(">IH", 0, len(items)) + infos)
    idat = box(b"idat", b"".join(data for _, data, method in items if method == 1))
    hdlr = box(b"hdlr", bytes(8) + b"pict" + bytes(13))

    def iloc(begin: int) -> bytes:
        rows, within, outside = b"", 0, begin
        for number, (_, data, method) in enumerate(items, 1):
            at = within if method == 1 else outside
            shift = moved if number > 1 else 0
            rows += struct.pack(">H", number) + (struct.pack(">H", method) if version else b"")
            rows += struct.pack(">HHII", 0, 1, at + shift, len(data))
            within, outside = ((within + len(data), outside) if method == 1
                               else (within, outside + len(data)))  # fmt: skip
        return box(b"iloc", struct.pack(">IHH", version << 24, 0x4400, len(items)) + rows)

    def whole(begin: int) -> bytes:
        meta = box(b"meta", bytes(4) + hdlr + iinf + iloc(begin) + idat)
        data = b"".join(data for _, data, method in items if method != 1)
        return box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta + more + box(b"mdat", data)

    return whole(whole(0).rindex(b"mdat") + 4)


@pytest.mark.parametrize("version", [0, 1])
def test_items_in_the_files_data_are_cleaned(version: int) -> None:
    photo = heic(version=version)
    kept, removed = heif.cleaned(photo)
    assert removed == ("exif-gps", "xmp-location", "xmp-comment")
    assert len(kept) == len(photo)
    assert not photos.found(kept)
    assert PIXELS in kept
    assert photos.CAMERA in kept


def test_items_within_the_meta_box_are_cleaned() -> None:
    photo = heic(
        [(kind, data, 1) if kind != b"hvc1" else (kind, data, 0) for kind, data, _ in ITEMS]
    )
    kept, removed = heif.cleaned(photo)
    assert removed == ("exif-gps", "xmp-location", "xmp-comment")
    assert not photos.found(kept)
    assert PIXELS in kept


def test_all_blanks_the_items_and_leaves_the_pixels() -> None:
    kept, removed = heif.bare(heic())
    assert removed == ("exif", "xmp")
    assert PIXELS in kept
    assert exif.minimal(1) in kept
    assert xmp.NOTHING in kept
    assert photos.CAMERA not in kept


def test_an_item_of_an_unknown_kind_is_blanked() -> None:
    kept, removed = heif.cleaned(heic([ITEMS[0], (b"uri ", photos.TOWN.encode(), 0)]))
    assert removed == ("unknown",)
    assert not photos.found(kept)


def test_a_packed_packet_is_blanked_unread() -> None:
    kept, removed = heif.cleaned(heic(content_type=b"application/rdf+xml\0deflate\0"))
    assert removed == ("exif-gps", "unknown")
    assert not photos.found(kept)


def test_data_of_no_item_are_blanked() -> None:
    kept, removed = heif.cleaned(heic(more=box(b"mdat", photos.TOWN.encode())))
    assert "leftovers" in removed
    assert not photos.found(kept)


def test_what_a_film_says_of_itself_is_blanked() -> None:
    place = box(b"udta", box(b"\xa9xyz", photos.LATITUDE.encode()))
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"pict" + bytes(13))) + place)
    kept, removed = heif.cleaned(heic(more=box(b"moov", track + place)))
    assert "unknown" in removed
    assert not photos.found(kept)


@pytest.mark.parametrize("more", [
    box(b"moov", box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"meta" + bytes(13))))),
    box(b"moov", box(b"trak", b"") * 3 + b"\0\0\0\x04"),
    box(b"meta", bytes(4)),
])  # fmt: skip
def test_boxes_that_could_hide_a_place_are_refused(more: bytes) -> None:
    with pytest.raises(Unsafe):
        heif.cleaned(heic(more=more))


def test_boxes_within_boxes_have_an_end() -> None:
    deep = b""
    for _ in range(5000):
        deep = box(b"trak", deep)
    with pytest.raises(Unsafe):
        heif.cleaned(heic(more=box(b"moov", deep)))


@pytest.mark.parametrize("moved", [-20, -60, 2**31, 10])
def test_metadata_that_lie_among_pixels_or_outside_are_refused(moved: int) -> None:
    with pytest.raises(Unsafe):
        heif.cleaned(heic(moved=moved))


@pytest.mark.parametrize("method", [2, 3])
def test_items_made_of_items_are_refused(method: int) -> None:
    with pytest.raises(Unsafe):
        heif.cleaned(heic([ITEMS[0], (b"Exif", EXIF, method)]))


def test_a_file_without_items_is_refused() -> None:
    with pytest.raises(Unsafe):
        heif.cleaned(box(b"ftyp", b"avif\0\0\0\0") + box(b"mdat", photos.TOWN.encode()))
