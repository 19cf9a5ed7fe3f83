from typing import Any

import pytest

from librarian.cross import CROSS
from librarian.record import Blob, Document
from tests.configured import contradictions, cross, record, refusals

WRONG = [("fname", ("labels", "filename"))]


def named(filename: str, tag: str = "image") -> Blob:
    return Blob(tag, b"x", filename)


@pytest.mark.parametrize(
    ("claimed", "true", "fine"),
    [
        ("a.jpg", "a.jpg", True),
        ("a.jpg", "b.jpg", False),
        ("A.jpg", "a.jpg", False),
        ("a.jpg", "holiday/a.jpg", True),
        ("C:\\fakepath\\a.jpg", "a.jpg", True),
        ("a.jpg", "C:\\photos\\a.jpg", True),
        ("Zoe\u0308.jpg", "Zo\u00eb.jpg", True),
        ("my photo.jpg", "my photo.jpg", True),
        ("", "a.jpg", False),
        ("2020", "2020", True),
    ],
)
def test_the_label_must_equal_the_name_without_folders(claimed: str, true: str, fine: bool) -> None:
    found = contradictions(cross("fname"), {"filename": claimed}, named(true))
    assert found == ([] if fine else WRONG)


def test_nothing_to_compare_is_no_fault() -> None:
    assert contradictions(cross("fname"), {}, named("a.jpg")) == []
    assert contradictions(cross("fname"), {"filename": "a.jpg"}, named("")) == []
    assert contradictions(cross("fname"), {"filename": "a.jpg"}) == []


@pytest.mark.parametrize("odd", [2020, None, ["a.jpg"]])
def test_a_name_that_is_no_text_is_refused(odd: Any) -> None:
    found = contradictions(cross("fname"), {"filename": odd}, named("2020"))
    assert found == [("type", ("labels", "filename"))]


def test_the_label_may_have_another_name() -> None:
    step = cross("fname", "photo.name")
    labels = {"photo": {"name": "b"}, "filename": "c"}
    assert contradictions(step, labels, named("a")) == [("fname", ("labels", "photo", "name"))]
    assert step.declares() == {"photo.name": "str"}


def test_it_looks_at_the_first_data_with_a_name_or_at_the_one_it_is_told() -> None:
    parts = (Blob("note", b"x"), named("m.png", "mask"), Document("answers", {}, filename="a.json"))
    assert contradictions(cross("fname"), {"filename": "m.png"}, *parts) == []
    assert contradictions(cross("fname", input="answers"), {"filename": "a.json"}, *parts) == []
    assert contradictions(cross("fname", input="note"), {"filename": "m"}, *parts) == []


def test_the_message_names_both_names() -> None:
    (problem,) = cross("fname").check(record({"filename": "a.jpg"}, named("b.jpg")))
    assert problem.message == "“filename” is “a.jpg”, but the file is called “b.jpg”."


def test_an_unknown_param_is_refused_at_start() -> None:
    assert list(refusals(CROSS, "fname", tag="image")) == ["kwargs.tag"]
    assert list(refusals(CROSS, "fname", "a..b")) == ["args[0]"]
