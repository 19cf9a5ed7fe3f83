from typing import Any

import pytest

from librarian.validators import VALIDATORS
from tests.configured import faults, messages, refusals, validator


def test_exactly_the_asked_labels_are_fine_whatever_they_hold() -> None:
    assert faults(validator("key", ["x", "y"]), {"x": None, "y": {"z": [1]}}) == []


def test_what_is_missing_and_what_is_not_asked_for_are_both_told() -> None:
    step = validator("key", ["x", "y"])
    assert faults(step, {"x": 1, "z": 2}) == [("required", ("y",)), ("unexpected", ("z",))]
    assert messages(step, {"x": 1, "z": 2}) == ["“y” is missing.", "“z” is not asked for."]


def test_without_strict_other_labels_are_let_through_but_none_may_be_missing() -> None:
    step = validator("key", ["x"], strict=False)
    assert faults(step, {"x": 1, "z": 2}) == []
    assert faults(step, {"z": 2}) == [("required", ("x",))]


def test_an_optional_label_may_be_there_or_not() -> None:
    step = validator("key", ["x", "note?"])
    assert faults(step, {"x": 1}) == faults(step, {"x": 1, "note": ""}) == []


def test_of_a_label_whose_members_are_named_those_are_the_only_ones() -> None:
    step = validator("key", ["box.x", "box.y?"])
    assert faults(step, {"box": {"x": 1, "y": 2}}) == []
    assert faults(step, {"box": {"y": 1, "z": 2}}) == [
        ("required", ("box", "x")),
        ("unexpected", ("box", "z")),
    ]


def test_a_label_named_whole_may_hold_anything() -> None:
    assert faults(validator("key", ["box", "box.x"]), {"box": {"x": 1, "z": 2}}) == []


def test_members_of_an_optional_label_are_asked_for_only_where_it_is() -> None:
    step = validator("key", ["box?", "box.x"])
    assert faults(step, {}) == []
    assert faults(step, {"box": {}}) == [("required", ("box", "x"))]


@pytest.mark.parametrize("value", [[], "x", None, 3])
def test_a_document_that_is_no_object_is_refused(value: Any) -> None:
    assert faults(validator("key", ["x"]), value) == [("type", ())]


def test_its_schema_closes_what_it_closes() -> None:
    assert validator("key", ["box.x", "note?"]).schema() == {
        "properties": {
            "box": {"properties": {"x": {}}, "required": ["x"], "additionalProperties": False},
            "note": {},
        },
        "required": ["box"],
        "additionalProperties": False,
    }
    assert "additionalProperties" not in validator("key", ["x"], strict=False).schema()


@pytest.mark.parametrize("names", [["x", "x"], ["x", "x?"], ["a..b"], [], "x", [3]])
def test_names_that_cannot_be_are_refused_at_start(names: Any) -> None:
    assert all(path.startswith("args[0]") for path in refusals(VALIDATORS, "key", names))
