"""Is the place gone from every format, and nothing else: no byte moved, no pixel, no field?"""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import ExifTags, Image

from librarian import privacy
from librarian.record import Blob
from tests.pictures import FORMATS, GPS, make
from tests.privacy import photos

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


def stripped(content: bytes, *, everything: bool = False) -> Blob:
    part = privacy.stripped(Blob("image", content), everything=everything)
    assert isinstance(part, Blob)
    return part


def fields(content: bytes, name: str) -> dict[Any, Any]:
    """Give every EXIF field as Pillow reads it, but for where things lie in the file."""
    with Image.open(io.BytesIO(content), formats=[name]) as image:
        exif = image.getexif()
        told: dict[Any, Any] = dict(exif)
        for sub in (ExifTags.IFD.Exif, ExifTags.IFD.IFD1, ExifTags.IFD.GPSInfo):
            told |= {(sub, tag): value for tag, value in exif.get_ifd(sub).items()}
    blocks = (ExifTags.IFD.Exif, 0x02BC, 0x83BB, 0x8649)  # what is in these changes
    return {tag: value for tag, value in told.items() if last(tag) not in blocks}


def last(tag: Any) -> int:
    return int(tag[1] if isinstance(tag, tuple) else tag)


def is_place(tag: Any) -> bool:
    inside = isinstance(tag, tuple) and tag[0] == ExifTags.IFD.GPSInfo
    return inside or last(tag) in (GPS, 33922, 34737)


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("name", photos.PHOTOS)
def test_the_place_is_gone_and_nothing_else_changed(name: str, encoding: str, order: str) -> None:
    photo = photos.PHOTOS[name](order, encoding)
    assert photos.found(photo)
    kept = stripped(photo)
    assert not photos.found(kept.content)
    assert len(kept.content) == len(photo)
    assert photos.decoded(kept.content, name) == photos.decoded(photo, name)
    before, after = fields(photo, name), fields(kept.content, name)
    assert after == {tag: value for tag, value in before.items() if not is_place(tag)}
    assert name == "GIF" or (any(map(is_place, before)) and after)
    assert kept.received_sha256 == Blob("image", photo).sha256 != kept.sha256
    assert "xmp-location" in kept.removed


@pytest.mark.parametrize("name", photos.PHOTOS)
def test_what_is_stripped_already_is_left_alone(name: str) -> None:
    once = stripped(photos.CONTENT[name])
    assert stripped(once.content).removed == ()
    bare = stripped(photos.CONTENT[name], everything=True)
    assert stripped(bare.content, everything=True).content == bare.content


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("frames", [1, 3])
def test_a_photo_without_a_place_is_kept_byte_for_byte(name: str, frames: int) -> None:
    animated = name in ("GIF", "PNG", "WEBP", "AVIF", "TIFF")
    turned = 0 if name == "BMP" or (name, frames) == ("AVIF", 3) else 6  # Pillow 13 crashes there
    photo = make(name, 64, 48, orientation=turned, frames=frames if animated else 1)
    kept = stripped(photo)
    if (name, frames) == ("TIFF", 3):
        assert kept.removed == ("leftovers",)  # Pillow writes a header before each page
    else:
        assert kept.content == photo
        assert (kept.removed, kept.received_sha256) == ((), kept.sha256)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_the_place_that_pillow_wrote_is_gone(name: str) -> None:
    photo = make(name, 64, 48, orientation=3, gps=True)
    with Image.open(io.BytesIO(photo)) as image:
        assert image.getexif().get_ifd(GPS)
    kept = stripped(photo)
    assert kept.removed == ("exif-gps",)
    with Image.open(io.BytesIO(kept.content)) as image:
        exif = image.getexif()
        assert (GPS in exif, exif.get_ifd(GPS)) == (False, {})
        assert exif[0x0112] == 3


@pytest.mark.parametrize("encoding", ["utf-8"])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_what_the_packet_says_beside_the_place_stays(name: str, encoding: str) -> None:
    kept = stripped(photos.PHOTOS[name]("<", encoding)).content
    assert all(text.encode(encoding) in kept for text in photos.STAYS)
    with Image.open(io.BytesIO(kept), formats=[name]) as image:
        told = image.info["xmp"]
    told = told.decode() if isinstance(told, bytes) else told
    assert "A headline that stays" in told
    assert "GPS" not in told
    assert "City" not in told


def test_iptc_fields_that_are_no_place_stay() -> None:
    with Image.open(io.BytesIO(stripped(photos.CONTENT["JPEG"]).content)) as image:
        record = image.info["photoshop"][0x0404]
    assert b"By-line" in record
    assert b"A title" in record
    assert len(record) == len(photos.iim())


def test_a_jpegs_comment_colours_and_second_picture_stay() -> None:
    kept = stripped(photos.CONTENT["JPEG"]).content
    assert b"a comment" in kept
    assert b"a profile" in kept
    second = kept.index(b"\xff\xd8\xff", kept.index(b"\xff\xd9\xff\xd8"))
    photo = photos.CONTENT["JPEG"]
    assert photos.decoded(kept[second:], "JPEG") == photos.decoded(photo[second:], "JPEG")


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_line_break_behind_the_end_stays_and_more_goes(name: str) -> None:
    photo = make(name, 64, 48)
    assert stripped(photo + b"\r\n").content == photo + b"\r\n"
    kept = stripped(photo + photos.TOWN.encode())
    assert kept.content == photo + bytes(len(photos.TOWN))
    assert kept.removed == ("trailer",)


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """Read a PNG's chunks, and make sure that each checksum is right."""
    at = 8
    told: list[tuple[bytes, bytes]] = []
    while at < len(content) and (not told or told[-1][0] != b"IEND"):
        size, kind = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", content, at + 8 + size)[0] == zlib.crc32(kind + data)
        told.append((kind, data))
        at += 12 + size
    return told


@pytest.mark.parametrize("everything", [False, True])
def test_every_checksum_of_a_png_is_right(everything: bool) -> None:
    assert chunks(stripped(photos.CONTENT["PNG"], everything=everything).content)


def test_compressed_text_of_a_png_is_compressed_text_again() -> None:
    before, after = chunks(photos.CONTENT["PNG"]), chunks(stripped(photos.CONTENT["PNG"]).content)
    assert [kind for kind, _ in before] == [kind for kind, _ in after]
    (packed,) = [d for k, d in after if k == b"iTXt" and d[17:20] == b"\0\1\0"]
    inflate = zlib.decompressobj()
    text = inflate.decompress(packed[22:]).decode()
    assert inflate.eof
    assert inflate.unused_data == b""
    assert "A headline that stays" in text
    assert (b"tEXt", b"Comment\0a comment that stays") in after


def test_a_gps_directory_without_a_place_is_none() -> None:
    block = b"II*\0\x08\0\0\0" + photos.directory("<", [
        (0x8825, photos.LONG, 1, struct.pack("<I", 26)),
    ], 8) + photos.directory("<", [(0, 1, 4, b"\2\3\0\0")], 26)  # fmt: skip
    photo = photos.with_segments(make("JPEG", 32, 24), [(1, b"Exif\0\0" + block)])
    assert stripped(photo).content == photo


@pytest.mark.parametrize("name", photos.PHOTOS)
def test_all_leaves_only_what_shows_the_picture(name: str) -> None:
    photo = photos.CONTENT[name]
    kept = stripped(photo, everything=True)
    assert not photos.found(kept.content)
    for told in (b"A headline that stays", photos.CAMERA[:-1], photos.MOMENT[:-1], b"a comment",
                 photos.NOTE[:-1], b"By-line"):  # fmt: skip
        assert told not in kept.content
    assert photos.decoded(kept.content, name) == photos.decoded(photo, name)
    assert kept.picture == Blob("image", photo).picture  # orientation, size, frames
    assert name != "JPEG" or b"a profile" in kept.content
    assert name not in ("JPEG", "PNG", "WEBP") or (kept.picture and kept.picture.orientation == 6)


@pytest.mark.parametrize("name", FORMATS)
def test_all_leaves_a_photo_without_metadata_as_it_is(name: str) -> None:
    photo = make(name, 64, 48)
    kept = stripped(photo, everything=True)
    assert photos.decoded(kept.content, name) == photos.decoded(photo, name)
    if name in ("JPEG", "PNG", "WEBP", "GIF", "BMP"):
        assert kept.content == photo


def test_an_animation_keeps_its_timing_when_all_is_taken_out() -> None:
    photo = make("GIF", 64, 48, mode="P", frames=3, loop=2, comment=b"a comment")
    kept = stripped(photo, everything=True)
    assert kept.removed == ("comment",)
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (image.info["duration"], image.info["loop"]) == (100, 2)
        assert "comment" not in image.info
