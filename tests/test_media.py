import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import media
from tests import pictures


def box(kind: bytes, content: bytes = b"") -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_every_picture_is_told_from_its_bytes(name: str) -> None:
    kind = media.sniff(pictures.make(name, 32, 24))
    assert kind.type == f"image/{name.lower()}"
    assert media.KNOWN[kind.type] == kind


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04rest", "application/zip"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"\x7fELF\x02", "application/x-elf"),
        (b"MZ\x90\x00\x03", "application/vnd.microsoft.portable-executable"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"fLaC\x00", "audio/flac"),
        (b"ID3\x04\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"RIFF\x24\x00\x00\x00ACON", "application/octet-stream"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01webm V_VP9 A_OPUS", "video/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01webm A_OPUS", "audio/webm"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01matroska V_VP9", "video/x-matroska"),
        (box(b"ftyp", b"isom\0\0\0\0isom"), "video/mp4"),
        (box(b"ftyp", b"qt  \0\0\0\0qt  "), "video/quicktime"),
        (box(b"ftyp", b"M4A \0\0\0\0M4A "), "audio/mp4"),
        (box(b"ftyp", b"heic\0\0\0\0mif1heic"), "image/heic"),
        (box(b"ftyp", b"mif1\0\0\0\0mif1heic"), "image/heic"),
        (box(b"ftyp", b"mif1\0\0\0\0mif1avif"), "image/avif"),
        (b"<!DOCTYPE html><p>", "text/html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><gpx/>", "application/xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg/>", "image/svg+xml"),
        (b"a,b\r\n1,2\r\n", "text/plain"),
        ("größer, 大きい".encode(), "text/plain"),
        (b"with a \x00 in it", "application/octet-stream"),
        (b"\xe4\xf6\xfc", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)  # fmt: skip
def test_kinds_are_told_from_bytes(content: bytes, kind: str) -> None:
    assert media.sniff(content).type == kind


@pytest.mark.parametrize("text", [b"BMW is a car", b"MZ is short", b"ID3 holds titles"])
def test_a_sentence_that_begins_like_a_signature_is_text(text: bytes) -> None:
    assert media.sniff(text) == media.TEXT


@pytest.mark.parametrize(
    ("tracks", "kind"),
    [(b"soun", media.M4A), (b"vide", media.MP4), (b"vide soun", media.MP4), (b"", media.MP4)],
)
def test_sound_alone_in_an_mp4_is_a_sound(tracks: bytes, kind: media.Media) -> None:
    head = box(b"ftyp", b"mp42\0\0\0\0isom") + box(b"mdat", b"vide soun")
    assert media.sniff(head + box(b"moov", tracks)) == kind


@given(st.binary(max_size=64), st.sampled_from([b"", b"RIFF", b"\0\0\0\x18ftyp", b"\x1aE\xdf\xa3"]))
def test_no_bytes_trouble_it(content: bytes, head: bytes) -> None:
    assert media.sniff(head + content).type


@pytest.mark.parametrize(
    ("words", "said"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_alternatives_are_said_in_one_breath(words: list[str], said: str) -> None:
    assert media.one_of(words) == said
