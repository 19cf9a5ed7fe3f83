"""Is what people and clients write read as a selection, and what is none refused in plain words?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.selection import Cursor, Selection, Where, moment_of
from librarian.state import STATES


def test_nothing_written_is_every_record() -> None:
    assert Selection.read() == Selection()
    assert Selection().any_state
    assert Selection.read(["not-rejected"]).states == frozenset(STATES) - {"rejected"}
    assert Selection.read(["approved", "flagged"]).states == {"approved", "flagged"}


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("mood=happy", "mood", ("happy",)),
        ("box.x=1", "box.x", ("1", 1)),
        ("x=1.50", "x", ("1.50", 1.5)),
        ("ok=true", "ok", ("true", True)),
        ("formula==1+1", "formula", ("=1+1",)),
        ("empty=", "empty", ("",)),
        ('said="1"', "said", ('"1"', "1")),
        ("nan=NaN", "nan", ("NaN",)),
        ('x={"$gt":0}', "x", ('{"$gt":0}', {"$gt": 0})),
    ],
)
def test_a_label_and_its_value_are_read_as_text_and_as_what_they_could_be(
    text: str, name: str, values: tuple[Any, ...]
) -> None:
    assert repr(Where.read(text)) == repr(Where(name, values))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"states": ["aproved"]}, "“aproved” is no state; there are received, flagged"),
        ({"where": ["mood"]}, "“mood” is no label and value; write mood=happy"),
        ({"where": ["=1"]}, "no label's name"),
        ({"where": ["a..b=1"]}, "no label's name"),
        ({"where": ["_librarian.contributor=x"]}, "is no label"),
        ({"where": ["uid=x"]}, "is no label"),
        ({"since": "yesterday"}, "“yesterday” is no moment; write 2026-11-23"),
        ({"until": "0001-01-01T00:00:00+14:00"}, "is no moment"),
    ],
)
def test_what_is_none_is_refused_with_what_to_write(written: Any, said: str) -> None:
    with pytest.raises(ValueError, match="no") as caught:
        Selection.read(**written)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", ""),
        ("2026-11-23", "2026-11-23T00:00:00.000Z"),
        ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000Z"),
        ("2026-11-23T10:00:00.5+02:00", "2026-11-23T08:00:00.500Z"),
        (" 2026-11-23 10:00 ", "2026-11-23T10:00:00.000Z"),
    ],
)
def test_moments_are_written_as_records_have_them(text: str, at: str) -> None:
    assert moment_of(text) == at


def test_since_is_the_first_moment_and_until_the_first_that_is_not_meant() -> None:
    asked = Selection.read(since="2026-11-23", until="2026-11-24")
    ours: dict[str, Any] = {"data": []}
    found = [
        asked.fits({"_librarian": {**ours, "received_at": at}})
        for at in (
            "2026-11-22T23:59:59.999Z", "2026-11-23T00:00:00.000Z",
            "2026-11-23T23:59:59.999Z", "2026-11-24T00:00:00.000Z",
        )
    ]  # fmt: skip
    assert found == [False, True, True, False]


@given(st.text(), st.from_regex(r"[0-9a-f]{24}", fullmatch=True))
def test_a_cursor_comes_back_as_it_was_given_out(at: str, own: str) -> None:
    cursor = Cursor(at, own)
    assert Cursor.read(cursor.text) == cursor
    assert cursor.text.replace("-", "").replace("_", "").isalnum()


@given(st.text() | st.binary().map(bytes.hex))
def test_any_other_text_is_no_cursor(text: str) -> None:
    try:
        found = Cursor.read(text)
    except ValueError as error:
        assert str(error) == "this is no cursor that was given out here"  # noqa: PT017 - or it is one
    else:
        assert isinstance(found.received_at, str)
