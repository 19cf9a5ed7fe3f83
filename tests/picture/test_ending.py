"""Is the quick way to the end of a JPEG's pixels the way of the careful walk?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import media
from librarian.picture import ending
from librarian.privacy import segments
from tests.pictures import make

PIXELS = st.lists(
    st.sampled_from([b"\xff", b"\0", b"\xd9", b"\xd0", b"\xda", b"\xff\0", b"\xff\xd9", b"a"])
).map(b"".join)


@given(PIXELS, st.integers(0, 3))
def test_the_quick_way_finds_what_the_careful_one_finds_or_leaves_it_to_it(
    content: bytes, at: int
) -> None:
    found = ending.MARKER.search(content, at)
    quick = ending.jpeg_scan_ends(content, at)
    assert quick is None or (found is not None and quick == found.start())


@given(PIXELS, PIXELS)
def test_a_photo_of_any_pixels_is_walked_alike(first: bytes, second: bytes) -> None:
    photo = make("JPEG", 8, 8)
    start = photo.index(b"\xff\xda") + 14
    content = photo[:start] + first + b"\xff\xda\0\x02" + second + photo[start:]
    quick = ending.of(content, media.JPEG), _walked(content)
    with pytest.MonkeyPatch.context() as patched:
        for place in (ending, segments):
            patched.setattr(place, "jpeg_scan_ends", lambda *_: None)
        assert (ending.of(content, media.JPEG), _walked(content)) == quick


def test_a_plain_photo_is_walked_the_quick_way() -> None:
    photo = make("JPEG", 200, 100)
    start = photo.index(b"\xff\xda") + 14
    assert ending.jpeg_scan_ends(photo, start) == len(photo) - 2


def _walked(content: bytes) -> list[segments.Segment]:
    return list(segments.walk(content))
