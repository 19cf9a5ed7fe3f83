"""Is what plainly keeps to a schema what jsonschema finds no fault with?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import schemas
from librarian.schemas import plainly

NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 1.5, -2.0, 10**400, 2**63])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.sampled_from(["", "a", "b", "long", "1", "😀"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(list(plainly.TYPES))
COUNTS = st.integers(0, 3) | st.just(2.0)
KEYWORDS: dict[str, Any] = {
    "type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True),
    "enum": st.lists(VALUES, min_size=1, max_size=3),
    "const": VALUES,
    "minimum": NUMBERS,
    "maximum": NUMBERS,
    "minLength": COUNTS,
    "maxLength": COUNTS,
    "minItems": COUNTS,
    "maxItems": COUNTS,
    "required": st.lists(NAMES, max_size=2, unique=True),
    "additionalProperties": st.booleans(),
    "title": st.just("a title"),
}
SCHEMAS = st.recursive(
    st.fixed_dictionaries({}, optional=KEYWORDS) | st.just(True),
    lambda inner: st.fixed_dictionaries(
        {}, optional={**KEYWORDS, "items": inner, "properties": st.dictionaries(NAMES, inner)}
    ),
    max_leaves=5,
)


@given(SCHEMAS, VALUES)
def test_what_plainly_holds_has_no_fault(schema: Any, value: Any) -> None:
    check = plainly.check_of(schema)
    assert check is not None
    if check(value):
        assert list(schemas.compiled({"allOf": [schema]}).iter_errors(value)) == []


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"pattern": "^a"},
        {"format": "date"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}},
        {"properties": {"a": False}},
        {"properties": {"a": {"items": {"not": {}}}}},
        {"additionalProperties": {"type": "string"}},
        {"additionalProperties": False, "patternProperties": {"^a": True}},
        {"prefixItems": [True], "items": {"type": "string"}},
        {"type": "string", "of another dialect": 1},
    ],
)
def test_of_other_keywords_nothing_is_said(schema: Any) -> None:
    assert plainly.check_of(schema) is None


def test_usual_labels_plainly_hold_and_faults_do_not() -> None:
    schema = {
        "$schema": schemas.DIALECT,
        "type": "object",
        "required": ["mood", "age"],
        "properties": {
            "mood": {"enum": ["glad", "sad"], "title": "Mood"},
            "age": {"type": "integer", "minimum": 0, "maximum": 150},
            "tags": {"type": "array", "items": {"type": "string", "maxLength": 9}, "maxItems": 2},
            "note": {"type": ["string", "null"]},
        },
        "additionalProperties": False,
    }
    check = plainly.check_of(schema)
    assert check is not None
    right = {"mood": "glad", "age": 40, "tags": ["a", "b"], "note": None}
    assert check(right)
    for wrong in (
        {"mood": "angry"}, {"age": -1}, {"age": 151}, {"age": True}, {"age": "40"}, {"more": 1},
        {"tags": ["a", "b", "c"]}, {"tags": ["a", 1]}, {"tags": ["a" * 10]}, {"note": 1},
    ):  # fmt: skip
        assert not check({**right, **wrong})
    assert not check({"mood": "glad"})
