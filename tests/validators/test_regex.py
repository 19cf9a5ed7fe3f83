from typing import Any

import pytest

from librarian.validators import VALIDATORS
from tests.configured import faults, messages, refusals, validator


@pytest.mark.parametrize(
    ("text", "fine"), [("AB-12", True), ("AB-12\n", False), ("xAB-12", False), ("", False)]
)
def test_the_whole_text_must_match(text: str, fine: bool) -> None:
    found = faults(validator("regex", {"plate": "[A-Z]+-[0-9]+"}), {"plate": text})
    assert found == ([] if fine else [("pattern", ("plate",))])


def test_alternatives_are_matched_whole_too() -> None:
    assert faults(validator("regex", {"x": "a|b"}), {"x": "ab"}) == [("pattern", ("x",))]


@pytest.mark.parametrize("value", [3, None, True, ["a"]])
def test_what_is_no_text_is_refused(value: Any) -> None:
    assert faults(validator("regex", {"x": ".*"}), {"x": value}) == [("type", ("x",))]


def test_text_that_is_too_long_is_refused_unread() -> None:
    step = validator("regex", {"x": "(a+)+"}, max_length=100)
    assert faults(step, {"x": "a" * 100}) == []
    assert faults(step, {"x": "a" * 100_000 + "!"}) == [("maxLength", ("x",))]


def test_an_absent_label_is_no_fault() -> None:
    assert faults(validator("regex", {"x": "a"}), {}) == []


def test_the_owners_words_say_what_is_asked_for() -> None:
    step = validator("regex", {"x": "[0-9]{5}", "y": "a"}, forms={"x": "five digits"})
    assert messages(step, {"x": "no", "y": "b"}) == [
        "“x” must be five digits.",
        "“y” does not have the asked form.",
    ]


def test_text_stays_text() -> None:
    step = validator("regex", {"zip": "[0-9]{5}"})
    assert step.declares() == {"zip": "str"}
    assert step.schema()["properties"]["zip"]["pattern"] == "^(?:[0-9]{5})$"


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "*", "(" * 5000, 3, None])
def test_what_is_no_expression_is_refused_at_start(pattern: Any) -> None:
    said = refusals(VALIDATORS, "regex", {"x": pattern, "y": "a"})
    assert list(said) == ["args[0].x"]
    assert "regular expression" in said["args[0].x"]


def test_words_for_a_label_without_expression_are_refused_at_start() -> None:
    said = refusals(VALIDATORS, "regex", {"plate": "a"}, forms={"plato": "an a"})
    assert said == {"kwargs.forms": '“plato” has no expression here. Did you mean "plate"?'}
