"""Is a plain JPEG read as Pillow and the walks that forgive more read it, and an odd one left?"""

import io
import struct
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from librarian import media, picture
from librarian.picture import cost, ending, jpeg
from librarian.picture.known import Plain
from librarian.privacy import jpeg as privacy
from librarian.privacy import segments
from tests import pictures
from tests.privacy import photos


def note(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def noted(*notes: bytes, how: bytes = b"") -> bytes:
    plain = how or pictures.make("JPEG", 61, 47)
    return plain[:2] + b"".join(notes) + plain[2:]


def tags(*entries: tuple[int, int, int, int], order: str = "<", after: bytes = bytes(4)) -> bytes:
    rows = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    return b"Exif\0\0" + head + struct.pack(order + "H", len(entries)) + rows + after


ICC = note(0xE2, b"ICC_PROFILE\0\x01\x01" + bytes(40))
PLAIN = {
    "as Pillow writes it": pictures.make("JPEG", 61, 47),
    "grey": pictures.make("JPEG", 61, 47, mode="L"),
    "of four colours": pictures.make("JPEG", 61, 47, mode="CMYK"),
    "progressive": pictures.make("JPEG", 61, 47, progressive=True),
    "with restarts": pictures.make("JPEG", 61, 47, restart_marker_blocks=2),
    "turned": pictures.make("JPEG", 61, 47, orientation=6),
    "with a place": pictures.make("JPEG", 61, 47, orientation=8, gps=True),
    "with a profile": noted(ICC),
    "with a comment": noted(note(0xFE, b"a remark")),
    "with an index": noted(note(0xE2, b"MPF\0" + bytes(40))),
    "with XMP": noted(note(0xE1, photos.XMP_HEAD + photos.PACKET.encode())),
    "with a note nobody knows": noted(note(0xE5, b"whatever")),
    "of no resolution": noted(note(0xE1, tags((0x128, 3, 1, 2), (0x11A, 5, 1, 8)))),
    "with something behind its end": pictures.make("JPEG", 61, 47) + b"more" * 9,
    "with a picture behind its end": pictures.make("JPEG", 61, 47) * 2,
}
ODD = {
    "junk between segments": noted(b"junk"),
    "filling": noted(b"\xff\xff"),
    "a short profile": noted(note(0xE2, b"ICC_PROFILE\0")),
    "Photoshop's block": noted(note(0xED, b"Photoshop 3.0\0" + photos.photoshop())),
    "two blocks of EXIF": noted(*[note(0xE1, tags((0x112, 3, 1, 6)))] * 2),
    "an orientation of another kind": noted(note(0xE1, tags((0x112, 4, 1, 6)))),
    "a field outside the block": noted(note(0xE1, tags((0x10F, 2, 99, 60_000)))),
    "a broken block of EXIF": noted(note(0xE1, b"Exif\0\0")),
    "a reserved segment": noted(note(0x50, b"")),
    "a second frame": noted(note(0xC0, bytes((8, 0, 9, 0, 9, 1, 1, 17, 0)))),
    "twelve bits": noted(note(0xC1, bytes((12, 0, 9, 0, 9, 1, 1, 17, 0)))),
    "a table of nothing known": noted(note(0xDB, bytes(64))),
    "no pixels": pictures.make("JPEG", 61, 47)[:100],
    "nothing": b"",
}
SAMPLES = [*PLAIN.values(), *ODD.values()]


def opened(content: bytes) -> tuple[object, ...] | None:
    """Tell what Pillow tells of a JPEG, None where it refuses it."""
    try:
        with JpegImagePlugin.JpegImageFile(io.BytesIO(content)) as image:
            turn = picture._turn(image.info.get("exif", b""))
            return (*image.size, image.mode, turn)
    except Exception:  # whatever a decoder raises
        return None


def decoded(image: Image.Image) -> tuple[object, ...]:
    """Decode as `verify` does; what is complained of is told by its kind."""
    try:
        with image:
            image.draft(None, (1, 1))
            image.load()
            return image.mode, image.size, image.tobytes()
    except Exception as error:  # whatever a decoder raises
        return type(error), str(error)


def agrees(content: bytes) -> bool:
    """Compare what is told of a file with what the ways tell that forgive more; say if it is."""
    plain = jpeg.read(content)
    if plain is None:
        return False
    assert (plain.width, plain.height, plain.mode, plain.turn) == opened(content)
    assert decoded(Plain(content, plain)) == decoded(picture.opened(content, media.JPEG))
    assert ending.jpeg_begins(content)
    assert not plain.by_rows or cost._coefficients(content) == 0
    if plain.end:
        assert plain.end == ending.of(content, media.JPEG)
        walked = list(segments.walk(content))
        assert walked[-1].end == plain.end
        told = [(each.marker, each.start, each.end) for each in walked]
        assert told[: len(plain.segments)] == plain.segments
        assert not [each for each in walked[len(plain.segments) :] if each.app >= 0]
        assert privacy.cleaned(content, plain) == privacy.cleaned(content)
    return True


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_file_is_told_without_pillow(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content = PLAIN[name]
    assert agrees(content)
    monkeypatch.setattr(picture, "opened", None)
    facts = picture.look(content, media.JPEG)
    assert (facts.width, facts.height) == ((47, 61) if facts.orientation > 4 else (61, 47))
    monkeypatch.setattr(ending, "of", None)
    assert picture.reach_end(content, media.JPEG, facts) == facts.jpeg.end  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ODD)
def test_an_odd_file_is_left_to_others(name: str) -> None:
    assert jpeg.read(ODD[name]) is None


def damaged(content: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    for at, put, gone in changes:
        content = content[:at] + put + content[at + gone :]
    return content


CHANGES = st.lists(
    st.tuples(st.integers(0, 900), st.binary(max_size=4), st.integers(0, 4)), max_size=3
)


@given(content=st.sampled_from(SAMPLES), changes=CHANGES)
@settings(max_examples=400, deadline=None)
def test_a_damaged_file_is_told_as_others_tell_it_or_left(
    content: bytes, changes: list[tuple[int, bytes, int]]
) -> None:
    agrees(damaged(content, changes))


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from([0x112, 0x128, 0x11A, 0x10F, 0x8825]),
        st.integers(0, 13),
        st.integers(0, 3),
        st.one_of(st.integers(0, 90), st.integers(0, 9).map(lambda n: n << 16)),
    ),
    max_size=4,
)


@given(entries=ENTRIES, order=st.sampled_from("<>"), after=st.binary(max_size=40))
@settings(max_examples=400, deadline=None)
@example(entries=[(0x112, 3, 1, 9), (0x112, 3, 1, 6)], order="<", after=bytes(4))
@example(entries=[(0x112, 3, 1, 6)], order="<", after=bytes(4))
@example(entries=[(0x112, 3, 1, 6 << 16)], order=">", after=bytes(4))
def test_an_orientation_is_read_as_pillow_reads_it(
    entries: list[tuple[int, int, int, int]], order: str, after: bytes
) -> None:
    bare = pictures.make("JPEG", 61, 47)
    without = bare[:2] + bare[20:]  # JFIF's resolution, which spares Pillow that of EXIF
    for how in (bare, without):
        agrees(noted(note(0xE1, tags(*entries, order=order, after=after)), how=how))


def test_all_that_follows_the_scans_header_may_be_odd() -> None:
    content = pictures.make("JPEG", 61, 47)
    oddities: list[Callable[[bytes], bytes]] = [
        lambda text: text[:-2],
        lambda text: text[:-2] + note(0xE1, b"late") + text[-2:],
        lambda text: text[:-2] + b"\xff\xc4\0\0" + text[-2:],
        lambda text: text[:-2] + note(0xDA, bytes(4)) * 101 + text[-2:],
    ]
    for oddity in oddities:
        plain = jpeg.read(oddity(content))
        assert plain is not None
        assert plain.end == 0


def test_a_note_under_the_sign_of_another_kind_is_blanked() -> None:
    for marker, payload in ((0xED, b"JFIF\0"), (0xE4, b"Adobe"), (0xE0, b"MPF\0")):
        content = noted(note(marker, payload + b"Kanarienstadt"))
        for known in (jpeg.read(content), None):
            clean = privacy.cleaned(content, known)
            assert clean.removed == (f"app{marker - 0xE0}",)
            assert b"Kanarienstadt" not in clean.content


def test_a_picture_of_a_phone_is_plain() -> None:
    saved = io.BytesIO()
    exif = Image.Exif()
    exif.update({0x10F: "a phone", 0x112: 6, 0x128: 2, 0x11A: 72.0, 0x11B: 72.0})
    pictures.scene(61, 47).save(saved, "JPEG", exif=exif, icc_profile=bytes(500))
    content = saved.getvalue()
    assert agrees(content[:2] + content[20:])
