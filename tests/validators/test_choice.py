from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.validators import VALIDATORS
from tests.configured import faults, messages, refusals, validator

SCALARS: list[Any] = ["1", "true", "", 1, 0, True, False, None, [], {}]


@given(st.sampled_from(SCALARS), st.lists(st.sampled_from(SCALARS), min_size=1))
def test_types_are_strict(value: Any, allowed: list[Any]) -> None:
    fine = any(value == each and type(value) is type(each) for each in allowed)
    assert faults(validator("choice", {"x": allowed}), {"x": value}) == (
        [] if fine else [("choice", ("x",))]
    )


def test_one_is_the_same_number_with_a_point_and_without() -> None:
    step = validator("choice", {"x": [1, [2.0]]})
    assert faults(step, {"x": 1.0}) == faults(step, {"x": [2]}) == []
    assert faults(step, {"x": [True]}) == [("choice", ("x",))]


def test_the_message_names_what_is_allowed() -> None:
    step = validator("choice", {"mood": ["glad", "sad", "calm"]})
    assert messages(step, {"mood": "mad"}) == ["“mood” must be “glad”, “sad” or “calm”, not “mad”."]


def test_very_many_alternatives_do_not_fill_the_screen() -> None:
    (message,) = messages(validator("choice", {"x": list(range(5000))}), {"x": "y" * 9000})
    assert len(message) < 200


def test_an_absent_label_is_no_fault_but_a_member_of_a_box_is_looked_at() -> None:
    step = validator("choice", {"box.kind": ["a"]})
    assert faults(step, {}) == []
    assert faults(step, {"box": {"kind": "b"}}) == [("choice", ("box", "kind"))]


def test_text_is_read_as_the_one_type_of_all_values() -> None:
    step = validator(
        "choice", {"a": ["1"], "b": [1, 2.5], "c": [True], "d": [1, "x"], "e": [[1]], "f": [{}]}
    )
    assert step.declares() == {"a": "str", "b": "number", "c": "bool", "e": "list", "f": "dict"}


def test_its_schema_is_an_enum() -> None:
    assert validator("choice", {"x": [1]}).schema() == {"properties": {"x": {"enum": [1]}}}


@pytest.mark.parametrize("allowed", [[], "glad", 3, None])
def test_no_choice_is_refused_at_start(allowed: Any) -> None:
    assert list(refusals(VALIDATORS, "choice", {"x": allowed})) == ["args[0].x"]
