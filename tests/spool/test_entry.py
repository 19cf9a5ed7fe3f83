"""Is what lies in the spool exactly what was put there, and is anything else told from it?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import media
from librarian.commit import Attempt
from librarian.reading import fingerprint
from librarian.record import LABELS, Blob, Document, Part, Record
from librarian.spool.entry import Corrupt, Entry, head, read, written

ATTEMPT = Attempt("0123abcd", "2026-11-24T10:00:00.000Z")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def entry(*data: Part, labels: object = None) -> Entry:
    labelled = Document(LABELS, labels if labels is not None else {"label": "cat"})
    record = Record("a" * 24, labelled, data, fingerprint(data, labelled), True, "somebody-1")
    return Entry(record, ({"rule": "blurred"},), "config", ATTEMPT)


WHOLE = written(entry(Blob("image", b"\xff\xd8\n\x00bytes", "phöto.jpg"), Blob("mask", b"m")))


@given(st.binary(max_size=200), JSON, st.dictionaries(st.text("abc"), JSON, max_size=3))
def test_every_record_is_read_as_it_was_written(
    content: bytes, value: object, labels: object
) -> None:
    put = entry(Blob("image", content, "a.jpg"), Document("answers", value), labels=labels)
    got = read(written(put))
    assert got.attempt == put.attempt
    assert (got.flags, got.config) == (put.flags, put.config)
    assert got.record.labels.content == put.record.labels.content
    assert [part.content for part in got.record.data] == [p.content for p in put.record.data]
    assert [type(part) for part in got.record.data] == [Blob, Document]
    assert got.record.data[0].filename == "a.jpg"
    assert fingerprint(got.record.data, got.record.labels) == put.record.fingerprint
    assert (got.record.uid, got.record.keyed, got.record.contributor) == (
        put.record.uid,
        True,
        "somebody-1",
    )


def test_what_came_as_text_is_text_still_when_it_is_delivered() -> None:
    put = entry(Blob("note", b"GIF89a is old", kind=media.TEXT), Blob("image", b"GIF89a"))
    got = read(written(put)).record.data
    assert [part.media for part in got] == [media.TEXT, media.GIF]


def test_labels_nested_as_deep_as_they_are_taken_are_read_again() -> None:
    deep: object = 1
    for _ in range(90):
        deep = {"a": deep}
    assert read(written(entry(Blob("image", b"x"), labels=deep))).record.labels.value == deep


@pytest.mark.parametrize("length", [*range(0, len(WHOLE), 7), WHOLE.index(b"\n")])
def test_a_torn_file_is_corrupt(length: int) -> None:
    with pytest.raises(Corrupt):
        read(WHOLE[:length])


@pytest.mark.parametrize("place", range(0, len(WHOLE), 5))
def test_a_file_with_one_byte_changed_is_corrupt(place: int) -> None:
    changed = bytearray(WHOLE)
    changed[place] ^= 1
    with pytest.raises(Corrupt):
        read(bytes(changed))


def test_a_file_that_is_longer_is_corrupt() -> None:
    with pytest.raises(Corrupt, match="longer"):
        read(WHOLE + b"\n")


def test_the_first_line_says_what_there_is_without_the_bytes() -> None:
    told = head(WHOLE.partition(b"\n")[0])
    assert told["attempt"] == "0123abcd"
    assert [(each["tag"], each["kind"], each["bytes"]) for each in told["parts"]] == [
        ("image", "blob", 9),
        ("mask", "blob", 1),
    ]
