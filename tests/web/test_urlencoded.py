"""Is an urlencoded form read as the library does it whole, wherever its chunks end?"""

import io
import tracemalloc
from urllib.parse import parse_qsl, quote_from_bytes, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.web import urlencoded

PIECES = ("a", "b", "&", "=", "%", "+", " ", "4", "G", "é", "\0", "%41", "%C3%A9", "%C3", "%2")
NEAR = ("%2b", "%2F", "\r", "\n", "==", "%%", "%3D", "%3d", "%3", "3D", "%zz", "=3D", "%ff")
"""What quoted-printable reads otherwise, or as if it did."""
TEXT = st.lists(st.sampled_from(PIECES)).map("".join)


def read(body: bytes, most: int = 1000) -> list[tuple[str, str]]:
    return list(urlencoded.fields(io.BytesIO(body), most))


@given(TEXT, st.integers(1, 7))
def test_any_chunks_give_what_the_library_reads_at_once(text: str, chunk: int) -> None:
    kept, urlencoded.CHUNK = urlencoded.CHUNK, chunk
    try:
        wanted = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(UnicodeDecodeError):
            read(text.encode())
    else:
        assert read(text.encode()) == wanted
    finally:
        urlencoded.CHUNK = kept


@given(st.lists(st.sampled_from((*PIECES, *NEAR))).map("".join))
def test_the_quick_way_gives_what_the_library_gives_or_leaves_it_to_it(text: str) -> None:
    written = text.encode()
    assert urlencoded._quick(written) in (None, unquote_to_bytes(written))


@given(st.binary(max_size=200))
def test_the_quick_way_is_taken_for_whatever_a_browser_escapes(content: bytes) -> None:
    assert urlencoded._quick(quote_from_bytes(content, safe="").encode()) == content


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_are_no_utf_8(body: bytes) -> None:
    try:
        found = read(body)
    except UnicodeDecodeError:
        return
    assert all(isinstance(part, str) for pair in found for part in pair)


def test_more_fields_than_may_be_are_refused_before_they_are_read() -> None:
    assert len(read(b"a=1&" * 9 + b"a=1", 10)) == 10
    with pytest.raises(urlencoded.TooMany):
        read(b"a=1&" * 10 + b"a=1", 10)


def test_a_large_field_takes_no_more_than_twice_its_size() -> None:
    body = b"image=" + b"ab%2Bc" * 2**20
    tracemalloc.start()
    try:
        [(_, text)] = read(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(text) == 4 * 2**20
    assert most < 2.3 * len(text) + len(body)
