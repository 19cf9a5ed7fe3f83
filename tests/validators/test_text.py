"""Does `text` take text, and nothing else?"""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from librarian.problem import Problem
from librarian.record import Blob
from librarian.validators.text import Text
from tests import pictures


def made(**kwargs: Any) -> Text:
    return TypeAdapter(Text).validate_python(kwargs)


def faults_of(content: bytes, **kwargs: Any) -> list[Problem]:
    return list(made(**kwargs).check(Blob("sentence", content)))


@pytest.mark.parametrize("text", ["größer", "a\tb\r\nc\f", "大きい 👍🏽", "", "\ufeffwith a mark"])
def test_text_is_taken(text: str) -> None:
    assert faults_of(text.encode()) == []


@pytest.mark.parametrize(
    "content",
    [b"\xe4\xf6", b"a\0b", b"\x1b[31mred", b"\x7f", "\x85".encode(), b"\xed\xa0\x80",
     pictures.make("PNG", 8, 8)],
)  # fmt: skip
def test_what_is_no_text_is_another_kind_of_data(content: bytes) -> None:
    [fault] = faults_of(content)
    assert (fault.rule, fault.stage, fault.limit) == ("encoding", "type", "utf-8")
    assert fault.message == "This is not text in UTF-8."


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "shift_jis"])
def test_other_encodings_are_read_where_they_are_named(encoding: str) -> None:
    text = "größer" if encoding != "shift_jis" else "大きい"
    assert faults_of(text.encode(encoding), encoding=encoding, regex=text) == []


def test_length_is_counted_in_characters() -> None:
    assert faults_of("大きい".encode(), min_length=3, max_length=3) == []
    [short] = faults_of("大きい".encode(), min_length=4)
    assert short.message == "This text has 3 characters; at least 4 are needed."
    assert (short.rule, short.limit, short.actual) == ("min_length", 4, 3)
    [long] = faults_of("大きい".encode(), max_length=2)
    assert long.message == "This text has 3 characters; at most 2 are taken."
    assert (long.rule, long.limit, long.actual) == ("max_length", 2, 3)


def test_the_whole_text_must_have_the_form() -> None:
    assert faults_of(b"ab12", regex="[a-z]+[0-9]+") == []
    [fault] = faults_of(b"ab12!", regex="[a-z]+[0-9]+")
    assert (fault.rule, fault.limit) == ("pattern", "[a-z]+[0-9]+")


def test_every_fault_is_told_at_once() -> None:
    assert [fault.rule for fault in faults_of(b"!", min_length=2, regex="[a-z]*")] == [
        "min_length",
        "pattern",
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"encoding": "utf-9"}, {"encoding": "base64"}, {"regex": "("}, {"max_length": 0},
     {"min_length": 3, "max_length": 2}],
)  # fmt: skip
def test_what_no_text_fits_is_a_problem_at_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**wrong)
