"""Is every broken picture refused, every whole one taken, and nothing decoded to look at it?"""

import io
import re
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from librarian import media, picture
from librarian.memory import PICTURES
from librarian.picture import ending
from librarian.picture.grey import grey
from tests import pictures

VARIANTS: list[tuple[str, dict[str, object]]] = [
    *[(name, {}) for name in pictures.FORMATS],
    *[(name, dict[str, object](frames=3)) for name in pictures.ANIMATED],
    ("JPEG", {"progressive": True}),
    ("JPEG", {"restart_marker_blocks": 2}),
    ("JPEG", {"orientation": 6, "gps": True}),
    ("JPEG", {"mode": "CMYK"}),
    ("PNG", {"mode": "I;16"}),
    ("PNG", {"mode": "P"}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"mode": "RGBA", "orientation": 6}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("BMP", {"mode": "P"}),
]
SAMPLES = {
    f"{name} {', '.join(map(str, how.values()))}".strip(): pictures.make(
        name, 61, 47, **how  # type: ignore[arg-type]
    )
    for name, how in VARIANTS
}  # fmt: skip


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> bytes:
    return SAMPLES[request.param]


def refusal(content: bytes, kind: media.Media) -> str:
    """Give the rule that refuses a picture; both ways of decoding refuse the same ones."""
    found = []
    for decode in (picture.decoded, lent):
        try:
            with decode(content, kind):
                found.append("")
        except picture.Unreadable as error:
            found.append(error.rule)
    assert bool(found[0]) == bool(found[1]), found
    return found[0]


@contextmanager
def lent(content: bytes, kind: media.Media) -> Iterator[None]:
    picture.verify(content, kind)
    yield


def held() -> int:
    return PICTURES._held()


def test_a_whole_picture_is_taken(sample: bytes) -> None:
    kind = media.sniff(sample)
    seen = picture.look(sample, kind)
    assert {seen.width, seen.height} == {61, 47}
    assert seen.format == picture.FORMATS[kind.type]
    assert seen.pixels == seen.frames * 61 * 47
    assert refusal(sample, kind) == ""


def test_a_picture_cut_anywhere_is_refused_as_truncated(sample: bytes) -> None:
    kind, end = media.sniff(sample), len(sample)
    if kind == media.TIFF:
        end = len(sample.rstrip(b"\0"))  # pages are filled up with zeros, which nobody misses
    lengths = {12, 16, 20, 30, end - 1, end - 2, end - 3, end - 5, *range(40, end, 41)}
    cuts = {length: refusal(sample[:length], kind) for length in sorted(lengths)}
    assert {length for length, rule in cuts.items() if rule != "truncated"} == set()


def test_looking_at_a_cut_picture_either_tells_its_size_or_says_so(sample: bytes) -> None:
    kind = media.sniff(sample)
    for length in range(12, len(sample), 29):
        try:
            seen = picture.look(sample[:length], kind)
        except picture.Unreadable as error:
            rule = str(error.rule)
        else:
            rule = "truncated" if {seen.width, seen.height} == {61, 47} else "wrong size"
        assert rule == "truncated", length


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP"])
@pytest.mark.parametrize("trailer", [b"\0" * 64, b"\xff\xd8\xff\xe1 a depth map", b"SEFT\x01" * 9])
def test_bytes_after_the_end_are_nobodys_business(name: str, trailer: bytes) -> None:
    content = pictures.make(name, 61, 47)
    assert refusal(content + trailer, media.sniff(content)) == ""


def test_a_phones_second_picture_is_no_second_frame() -> None:
    content = io.BytesIO()
    small = pictures.scene(31, 23)
    pictures.scene(61, 47).save(content, "MPO", save_all=True, append_images=[small])
    for sent in (content.getvalue(), content.getvalue()[:-200]):
        seen = picture.look(sent, media.JPEG)
        assert (seen.width, seen.height, seen.frames) == (61, 47, 1)
        assert refusal(sent, media.JPEG) == ""


def test_an_end_within_the_thumbnail_is_not_the_end() -> None:
    content = SAMPLES["JPEG"]
    note = b"Exif\0\0 \xff\xd9 \xff\xd9"
    noted = content[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(note)) + note + content[2:]
    assert refusal(noted, media.JPEG) == ""
    assert refusal(noted[:-2], media.JPEG) == "truncated"


def test_a_jpeg_whose_rest_is_zeros_is_truncated() -> None:
    content = SAMPLES["JPEG"]
    assert refusal(content[:900] + bytes(len(content) - 900), media.JPEG) == "truncated"


def test_damage_inside_a_png_is_corrupt() -> None:
    content = bytearray(SAMPLES["PNG"])
    for at in range(60, len(content) - 20, 97):
        content[at] ^= 0x55
        assert refusal(bytes(content), media.PNG) in ("corrupt", "truncated")
        content[at] ^= 0x55
    content[len(content) // 2] ^= 1
    assert refusal(bytes(content), media.PNG) == "corrupt"


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_a_signature_alone_is_refused(name: str) -> None:
    content = pictures.make(name, 61, 47)[:12]
    assert refusal(content, media.sniff(content)) == "truncated"


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "AVIF", "TIFF"])
def test_noise_after_a_true_beginning_is_refused(name: str) -> None:
    content = pictures.make(name, 61, 47)
    noise = bytes(byte * 7 % 256 for byte in range(len(content) - 40))
    assert refusal(content[:40] + noise, media.sniff(content))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_bytes_bring_out_anything_but_unreadable(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(list(SAMPLES.values()))))
    kind = media.sniff(bytes(content))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(
            st.integers(4, min(len(content) - 1, data.draw(st.sampled_from([64, 99999]))))
        )
        new = data.draw(st.binary(min_size=1, max_size=6))
        content[at : at + data.draw(st.sampled_from([0, len(new), 20]))] = new
    changed = bytes(content)
    try:
        seen = picture.look(changed, kind)
    except picture.Unreadable:
        assert refusal(changed, kind)
        return
    assert seen.width > 0 < seen.height
    assert seen.pixels >= seen.largest > 0 < seen.frames
    if seen.pixels < 1_000_000:  # what is larger, the service refuses unseen
        assert refusal(changed, kind) in ("", "truncated", "corrupt")


@settings(max_examples=200)
@given(st.sampled_from(list(ending.WALKS)), st.binary(max_size=80))
def test_any_bytes_under_any_kind_are_refused_calmly(kind: str, content: bytes) -> None:
    known = media.KNOWN[kind]
    with pytest.raises(picture.Unreadable):
        picture.look(content, known)
    assert ending.fault(content, known) in (None, "truncated", "corrupt")


def webp_claiming(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    chunk = b"VP8L" + struct.pack("<IBI", 10, 0x2F, bits) + bytes(5)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )  # fmt: skip

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def address_space() -> int:
    status = Path("/proc/self/status")  # where there is none, tracemalloc alone must tell
    found = re.search(r"VmPeak:\s+(\d+)", status.read_text("ascii") if status.exists() else "")
    return int(found[1]) * 1024 if found else 0


@pytest.mark.parametrize("claim", [webp_claiming(12_000, 12_000), png_claiming(50_000, 50_000)])
def test_looking_at_a_tiny_file_that_claims_to_be_huge_costs_no_memory(claim: bytes) -> None:
    kind = media.sniff(claim)
    picture.look(SAMPLES["PNG"], media.PNG)  # so that Pillow is imported
    picture.look(SAMPLES["WEBP"], media.WEBP)
    before = address_space()
    tracemalloc.start()
    try:
        seen = picture.look(claim, kind)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seen.pixels >= 144_000_000
    assert most < 1_000_000
    assert address_space() - before < 50_000_000


def test_a_webps_header_says_what_pillow_says() -> None:
    for name, content in SAMPLES.items():
        if name.startswith("WEBP"):
            with Image.open(io.BytesIO(content), formats=["WEBP"]) as image:
                seen = picture.look(content, media.WEBP)
                assert seen.mode == image.mode
                assert seen.frames == getattr(image, "n_frames", 0)
                assert {seen.width, seen.height} == set(image.size)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF"])
def test_width_and_height_are_what_people_see(name: str, orientation: int) -> None:
    content = pictures.make(name, 61, 47, orientation=orientation)
    seen = picture.look(content, media.sniff(content))
    turned = orientation in picture.TURNED
    assert (seen.width, seen.height) == ((47, 61) if turned else (61, 47))


def test_a_broken_exif_block_is_no_broken_picture() -> None:
    note = b"Exif\0\0MM\0*\0\0\0\x08\0\x05broken"
    content = pictures.make("JPEG", 61, 47, exif=note)
    assert picture.look(content, media.JPEG).orientation == 1
    assert refusal(content, media.JPEG) == ""


@pytest.mark.parametrize("name", pictures.ANIMATED)
def test_every_frame_is_counted_and_decoded(name: str) -> None:
    content = pictures.make(name, 61, 47, frames=5)
    kind = media.sniff(content)
    assert picture.look(content, kind).frames == 5
    with picture.decoded(content, kind) as image:
        assert image.tell() == 0


def test_damage_in_a_later_frame_is_found() -> None:
    content = bytearray(pictures.make("PNG", 61, 47, frames=3))
    last = content.rindex(b"fdAT")
    content[last + 40 : last + 60] = bytes(20)
    assert refusal(bytes(content), media.PNG) == "corrupt"


def test_a_gif_that_grows_with_a_later_frame_counts_as_large_as_it_grows() -> None:
    content = bytearray(pictures.make("GIF", 61, 47, frames=2))
    edges = list(ending.gif_frames(bytes(content)))
    assert edges == [(61, 47), (61, 47)]
    found = [at.start() for at in re.finditer(rb",\0\0\0\0" + struct.pack("<HH", 61, 47), content)]
    content[found[-1] + 5 : found[-1] + 9] = struct.pack("<HH", 60_000, 50_000)
    assert picture.look(bytes(content), media.GIF).largest == 60_000 * 50_000


def test_pages_of_a_tiff_count_each_with_its_size() -> None:
    content = io.BytesIO()
    more = [pictures.scene(100, 100), pictures.scene(10, 10)]
    pictures.scene(61, 47).save(content, "TIFF", save_all=True, append_images=more)
    seen = picture.look(content.getvalue(), media.TIFF)
    assert (seen.width, seen.height, seen.frames) == (61, 47, 3)
    assert (seen.pixels, seen.largest) == (61 * 47 + 10_000 + 100, 10_000)


def test_a_jpeg_of_hundreds_of_scans_is_refused_undecoded() -> None:
    content = pictures.make("JPEG", 61, 47, progressive=True)
    scans = [at.start() for at in re.finditer(rb"\xff\xda", content)]
    last, end = scans[-1], len(content) - 2
    assert refusal(content[:last] + content[last:end] * 20 + content[end:], media.JPEG) == ""
    assert (
        refusal(content[:last] + content[last:end] * 200 + content[end:], media.JPEG) == "corrupt"
    )


@pytest.mark.parametrize("junk", [b"\xff\xe1\0\2", b"\xff\x01", b"\xff", b"\0"])
def test_a_jpeg_that_never_comes_to_its_pixels_is_refused_unread(
    junk: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = SAMPLES["JPEG"]
    sent = content[:2] + junk * 100_000 + content[2:]
    monkeypatch.setattr(picture, "opened", lambda *_: pytest.fail("Pillow was asked"))
    with pytest.raises(picture.Unreadable):
        picture.look(sent, media.JPEG)


def test_a_tiff_of_thousands_of_pages_is_refused_unread() -> None:
    page = struct.pack("<HHHII", 1, 256, 3, 1, 5)
    pages = [8 + at * 18 for at in range(5_000)]
    content = b"II*\0" + struct.pack("<I", 8)
    content += b"".join(page + struct.pack("<I", nxt) for _, nxt in pairwise([*pages, 0]))
    with pytest.raises(picture.Unreadable, match="damaged"):
        picture.look(content, media.TIFF)


def test_a_fault_of_the_borrower_stays_his_own() -> None:
    with pytest.raises(KeyError), picture.decoded(SAMPLES["PNG"], media.PNG):
        raise KeyError
    assert held() == 0


def test_a_failing_decoder_gives_its_pixels_back() -> None:
    for _ in range(3):
        assert refusal(SAMPLES["PNG"][:900], media.PNG) == "truncated"
        with pytest.raises(picture.Unreadable):
            grey(SAMPLES["PNG"][:900], media.PNG, 64)
    assert held() == 0


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1"])
def test_a_glance_is_grey_and_small_whatever_the_pixels(mode: str) -> None:
    content = pictures.make("PNG", 200, 100, mode=mode)
    seen = grey(content, media.PNG, 50)
    assert (seen.mode, seen.size) == ("L", (50, 25))
    low, high = seen.getextrema()
    assert 0 <= low < high <= 255  # type: ignore[operator]


def test_sixteen_bits_are_brought_to_eight_not_clipped() -> None:
    image = Image.new("I;16", (20, 20), 128 * 257)
    assert grey(pictures.png(image), media.PNG, 20).getextrema() == (128, 128)


def test_what_is_transparent_is_seen_on_white() -> None:
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert grey(pictures.png(image), media.PNG, 20).getextrema() == (255, 255)
