from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.record import LABELS, Document
from librarian.validators import VALIDATORS
from tests.configured import faults, messages, refusals, validator

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.tuples(NUMBERS, NUMBERS).map(sorted), NUMBERS)
def test_a_number_is_fine_exactly_if_it_lies_between_the_ends(ends: list[float], x: float) -> None:
    least, most = ends
    rules = [rule for rule, _ in faults(validator("range", {"x": [least, most]}), {"x": x})]
    assert rules == (["minimum"] if x < least else ["maximum"] if x > most else [])


def test_null_leaves_an_end_open() -> None:
    step = validator("range", {"x": [0, None], "y": [None, 1]})
    assert faults(step, {"x": 10**400, "y": -1e308}) == []
    assert faults(step, {"x": -1, "y": 1.5}) == [("minimum", ("x",)), ("maximum", ("y",))]


def test_the_message_names_label_limit_and_number() -> None:
    step = validator("range", {"box.x": [0, 1]})
    assert messages(step, {"box": {"x": 3.0}}) == ["“box.x” must be at most 1; it is 3."]
    (problem,) = step.check(Document(LABELS, {"box": {"x": -0.5}}))
    assert (problem.limit, problem.actual) == (0, -0.5)


@pytest.mark.parametrize("value", ["1", True, None, [1], {}, float("nan")])
def test_what_is_no_number_is_refused(value: Any) -> None:
    assert faults(validator("range", {"x": [0, 1]}), {"x": value}) == [("type", ("x",))]


def test_an_absent_label_is_no_fault() -> None:
    assert faults(validator("range", {"box.x": [0, 1]}), {"box": 3}) == []


def test_it_declares_numbers_and_says_its_limits_as_schema() -> None:
    step = validator("range", {"x": [0, None]})
    assert step.declares() == {"x": "number"}
    assert step.schema() == {"properties": {"x": {"type": "number", "minimum": 0}}}


@pytest.mark.parametrize(
    "limits", [[3, 1], [1], [1, 2, 3], ["1", 2], [True, 2], 3, None, {"min": 1}, [None]]
)
def test_limits_that_cannot_be_are_refused_at_start(limits: Any) -> None:
    said = refusals(VALIDATORS, "range", {"x": limits, "y": [0, 0]})
    assert list(said) == ["args[0].x"]
