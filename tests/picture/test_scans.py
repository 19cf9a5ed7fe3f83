"""Is a JPEG whose pixels are counted told as one that is walked from marker to marker?"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from librarian.picture import scans
from tests import pictures

PIECES = st.sampled_from(
    [
        b"\xff",
        b"\0",
        b"\xff\0",
        b"\xff\xd0",
        b"\xff\xd7",
        b"\xff\xd9",
        b"\xff\xda\0\2",
        b"\xd9",
        b"p",
    ]
)

PIXELS = st.sampled_from([b"\xff\0", b"\0", b"\xd9", b"p"])
BODIES = st.lists(PIXELS, max_size=40) | st.lists(PIECES, max_size=40)


@given(pieces=BODIES, begin=st.integers(0, 12), marked=st.booleans())
@settings(max_examples=2000, deadline=None)
@example(pieces=[b"p\xff\0"], begin=0, marked=True)
@example(pieces=[b"\xff\xff\0"], begin=0, marked=True)
@example(pieces=[b"\xff\xd9"], begin=1, marked=False)
@example(pieces=[], begin=1, marked=True)
def test_what_is_counted_is_told_as_what_is_walked(
    pieces: list[bytes], begin: int, marked: bool
) -> None:
    content = b"".join(pieces) + b"\xff\xd9" * marked
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scans, "_pixels_alone", lambda *_: False)
        walked = scans.walk(content, begin)
    assert scans.walk(content, begin) == walked


def test_pixels_of_one_scan_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    content, at = photo()
    monkeypatch.setattr(scans, "MARKER", None)
    assert scans.walk(content, at) == (len(content), [])


def test_restarts_are_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    content, at = photo(restarts=2)
    assert scans.walk(content, at) == (len(content), [])
    monkeypatch.setattr(scans, "MARKER", None)
    with pytest.raises(AttributeError):
        scans.walk(content, at)


@pytest.mark.parametrize("restarts", [0, 2])
def test_a_cut_is_seen_and_what_follows_the_end_is_not_the_pictures(restarts: int) -> None:
    content, at = photo(restarts)
    assert scans.walk(content[:-2], at) == (0, [])
    assert scans.walk(content + b"more", at) == (len(content), [])
    assert scans.walk(content + content, at) == (len(content), [])


def photo(restarts: int = 0) -> tuple[bytes, int]:
    """Give a picture in whose pixels there is 0xFF, and where these begin."""
    content = pictures.make("JPEG", 640, 480, restart_marker_blocks=restarts)
    at = content.index(b"\xff\xda") + 14
    assert b"\xff\0" in content[at:]
    return content, at
