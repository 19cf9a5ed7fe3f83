"""Is an image told that is another kind of file too, and a phone's photo left in peace?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import media
from librarian.picture import polyglot
from tests import pictures
from tests.corpus.forging import archive

PHOTO = pictures.make("JPEG", 32, 24)
MOVIE = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x08moov" + bytes(200)


@pytest.mark.parametrize(
    "more",
    [
        b"",
        b"\r\n",
        bytes(64),
        b"SEFT\x01" * 9,
        PHOTO,
        MOVIE,
        PHOTO + bytes(9) + MOVIE,
        b"MotionPhoto_Data" + MOVIE,
        b"taken by camera 7",
        b"SEFT\x01PK\x05\x06 is no end of an archive",
    ],
    ids=lambda more: repr(more[:12]),
)
def test_what_phones_append_makes_no_other_file(more: bytes) -> None:
    assert polyglot.also(PHOTO + more, media.JPEG) is None


@pytest.mark.parametrize("name", pictures.FORMATS)
def test_a_plain_image_is_nothing_else(name: str) -> None:
    content = pictures.make(name, 32, 24)
    assert polyglot.also(content, media.sniff(content)) is None


@pytest.mark.parametrize("name", pictures.FORMATS)
@pytest.mark.parametrize("remark", [b"", b"a remark", b"PK\x05\x06"])
def test_an_archive_at_the_end_is_found_in_every_format(name: str, remark: bytes) -> None:
    content = pictures.make(name, 32, 24)
    packed = archive()[:-2] + len(remark).to_bytes(2, "little") + remark
    assert polyglot.also(content + packed, media.sniff(content)) == media.ZIP


@given(st.sampled_from(pictures.FORMATS), st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_trouble_it(name: str, inside: bytes, behind: bytes) -> None:
    content = SAMPLES[name]
    for sent in (content[:40] + inside, content + behind, content[:60] + inside + content[60:]):
        polyglot.also(sent, media.sniff(content))


SAMPLES = {name: pictures.make(name, 16, 12) for name in pictures.FORMATS}
