from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.record import Document
from librarian.settings.binding import adapter
from librarian.validators import VALIDATORS
from librarian.validators.type import is_a
from tests.configured import faults, messages, refusals, validator

KINDS = ["str", "int", "float", "bool", "list", "dict"]
FITTING: list[tuple[Any, set[str]]] = [
    ("", {"str"}),
    ("3", {"str"}),
    (3, {"int", "float"}),
    (3.0, {"int", "float"}),
    (0, {"int", "float"}),
    (0.5, {"float"}),
    (10**400, {"int", "float"}),
    (True, {"bool"}),
    (False, {"bool"}),
    ([], {"list"}),
    ({}, {"dict"}),
    (None, set()),
    (float("nan"), set()),
    (float("inf"), set()),
]


@pytest.mark.parametrize(("value", "kinds"), FITTING)
def test_a_value_is_of_exactly_these_types(value: Any, kinds: set[str]) -> None:
    assert {kind for kind in KINDS if is_a(value, kind)} == kinds


def test_the_example_of_the_contract_takes_what_it_declares_and_more() -> None:
    step = validator("type", {"filename": "str", "x": "int", "y": "int"})
    assert faults(step, {"filename": "a.jpg", "x": 1, "y": 2, "other": None}) == []


def test_what_is_missing_and_what_is_of_another_type_are_told_each_with_its_path() -> None:
    step = validator("type", {"filename": "str", "x": "int", "box.y": "float"})
    assert faults(step, {"x": "3", "box": {"y": True}}) == [
        ("required", ("filename",)),
        ("type", ("x",)),
        ("type", ("box", "y")),
    ]
    assert messages(step, {"x": "3", "filename": "a", "box": {}}) == [
        "“x” must be a whole number.",
        "“box.y” is missing.",
    ]


def test_an_optional_label_may_be_absent_but_not_of_another_type() -> None:
    step = validator("type", {"x": "int?"})
    assert faults(step, {}) == []
    assert faults(step, {"x": "3"}) == [("type", ("x",))]


def test_one_optional_label_does_not_make_others_optional() -> None:
    step = validator("type", {"note": "str?", "box.x": "int?", "box.y": "int", "z": "int"})
    assert faults(step, {"box": {}}) == [("required", ("box", "y")), ("required", ("z",))]


def test_null_is_there_and_of_no_type() -> None:
    assert faults(validator("type", {"x": "str?"}), {"x": None}) == [("type", ("x",))]


def test_members_of_an_optional_label_are_asked_for_only_where_it_is() -> None:
    step = validator("type", {"box": "dict?", "box.x": "int"})
    assert faults(step, {}) == []
    assert faults(step, {"box": {}}) == [("required", ("box", "x"))]


def test_a_document_that_is_no_object_has_no_members() -> None:
    assert faults(validator("type", {"x": "int"}), [1]) == [("required", ("x",))]


LABELS = st.sampled_from(["x", "y", "box", "box.y"])
VALUES = st.sampled_from([value for value, _ in FITTING] + [{"y": 1}, {"y": "a"}])


@given(
    st.dictionaries(LABELS, st.sampled_from([*KINDS, *(f"{kind}?" for kind in KINDS)]), min_size=1),
    st.dictionaries(LABELS, VALUES) | VALUES,
)
def test_what_plainly_holds_is_what_has_no_fault(types: dict[str, str], labels: Any) -> None:
    if types.get("box", "dict").removesuffix("?") != "dict":
        types.pop("box.y", None)
    component = validator("type", types)
    if component._plainly_holds(labels):
        assert list(component._faults(labels)) == []


def test_it_says_the_same_of_itself_before_and_after_it_looked() -> None:
    component = validator("type", {"x": "int", "y": "str?"})
    before = adapter(type(component)).dump_python(component, mode="json"), repr(component)
    assert list(component.check(Document("labels", {"x": 1}))) == []
    assert (adapter(type(component)).dump_python(component, mode="json"), repr(component)) == before


def test_it_declares_how_text_is_read() -> None:
    step = validator("type", {"x": "int?", "box.y": "float"})
    assert step.declares() == {"x": "int", "box.y": "float"}


def test_its_schema_says_the_same() -> None:
    step = validator("type", {"box": "dict?", "box.x": "int", "note": "str?", "tags": "list"})
    assert step.schema() == {
        "properties": {
            "box": {
                "type": "object",
                "properties": {"x": {"type": "integer"}},
                "required": ["x"],
            },
            "note": {"type": "string"},
            "tags": {"type": "array"},
        },
        "required": ["tags"],
    }


@pytest.mark.parametrize("wrong", ["integer", "int??", "", 3, None, ["int"]])
def test_a_type_that_does_not_exist_is_refused_at_start_with_those_that_do(wrong: Any) -> None:
    said = refusals(VALIDATORS, "type", {"x": wrong, "y": "int"})
    assert list(said) == ["args[0].x"]
    assert "must be one of str, int, float, bool, list, dict" in said["args[0].x"]


@pytest.mark.parametrize("name", ["", ".", "box.", ".x", "a..b", "a\0"])
def test_a_name_that_no_label_can_have_is_refused_at_start(name: str) -> None:
    assert "no label's name" in refusals(VALIDATORS, "type", {name: "int"})["args[0]"]


def test_a_member_of_what_is_no_object_is_refused_at_start() -> None:
    said = refusals(VALIDATORS, "type", {"box": "str", "box.x": "int"})
    assert said["args[0]"] == "“box.x” is in “box”, which must then be a dict"


@pytest.mark.parametrize("wrong", [{}, [], "x", None])
def test_nothing_declared_is_refused_at_start(wrong: Any) -> None:
    assert list(refusals(VALIDATORS, "type", wrong)) == ["args[0]"]
