import socket
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import schemas
from librarian.record import LABELS, Document
from librarian.validators import VALIDATORS
from tests.configured import faults, messages, refusals, validator


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"child": value}
    return value


FAULTS: list[tuple[dict[str, Any], Any, str, str]] = [
    ({"type": "string"}, 3, "type", "“x” must be text."),
    ({"type": ["integer", "null"]}, "3", "type", "“x” must be a whole number or null."),
    ({"enum": ["a", "b"]}, "c", "enum", "“x” must be “a” or “b”."),
    ({"const": 1}, True, "const", "“x” must be 1."),
    ({"minimum": 0}, -1, "minimum", "“x” must be at least 0; it is -1."),
    ({"maximum": 1}, 2.0, "maximum", "“x” must be at most 1; it is 2."),
    ({"exclusiveMinimum": 0}, 0, "exclusiveMinimum", "“x” must be more than 0; it is 0."),
    ({"exclusiveMaximum": 1}, 1, "exclusiveMaximum", "“x” must be less than 1; it is 1."),
    ({"multipleOf": 5}, 7, "multipleOf", "“x” must be a multiple of 5; it is 7."),
    ({"multipleOf": 0.1}, 0.35, "multipleOf", "“x” must be a multiple of 0.1; it is 0.35."),
    ({"minLength": 1}, "", "minLength", "“x” must have at least 1 character."),
    ({"maxLength": 2}, "abc", "maxLength", "“x” must have at most 2 characters."),
    ({"pattern": "^a"}, "b", "pattern", "“x” does not have the asked form."),
    ({"format": "date"}, "30.11.2026", "format", "“x” must be a date, like 2026-11-30."),
    ({"format": "email"}, "me", "format", "“x” must be an e-mail address."),
    ({"format": "uri"}, "example", "format", "“x” must be a whole web address, like"),
    ({"format": "regex"}, "(", "format", "“x” must be a regular expression."),
    ({"minItems": 2}, [1], "minItems", "“x” must have at least 2 items."),
    ({"maxItems": 0}, [1], "maxItems", "“x” must have at most 0 items."),
    ({"uniqueItems": True}, [1, 1], "uniqueItems", "“x” holds the same item twice."),
    ({"prefixItems": [True], "items": False}, [1, 2], "items", "“x” has too many items."),
    ({"contains": {"const": 1}}, [2], "contains", "“x” does not hold the items it must hold."),
    ({"minProperties": 1}, {}, "minProperties", "“x” must have at least 1 member."),
    ({"not": {"const": 1}}, 1, "not", "“x” is not allowed here."),
    ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, 1, "anyOf", "“x” has none of the forms"),
    ({"oneOf": [{"type": "number"}, {"minimum": 0}]}, 1, "oneOf", "“x” must have exactly one"),
    (
        {"propertyNames": {"maxLength": 1}}, {"ab": 1}, "maxLength",
        "“x” has a member with a name that is not allowed, “ab”.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "value", "keyword", "said"), FAULTS)
def test_each_keyword_has_its_rule_its_place_and_a_plain_sentence(
    rule: dict[str, Any], value: Any, keyword: str, said: str
) -> None:
    step = validator("schema", {"properties": {"x": rule}})
    (problem,) = step.check(Document(LABELS, {"x": value}))
    assert (problem.rule, problem.path) == (keyword, ("x",))
    assert problem.message.startswith(said)


def test_every_fault_is_told_with_its_own_path() -> None:
    step = validator(
        "schema",
        {
            "properties": {
                "box": {"properties": {"x": {"minimum": 0}}, "required": ["x", "y"]},
                "tags": {"items": {"maxLength": 2}},
                "never": False,
            },
            "required": ["mood", "age"],
            "additionalProperties": False,
            "dependentRequired": {"box": ["unit"]},
        },
    )
    value = {"box": {"x": -1}, "tags": ["a", "abc"], "never": 1, "odd": 1, "odder": 2}
    assert sorted(faults(step, value)) == sorted(
        [
            ("minimum", ("box", "x")),
            ("required", ("box", "y")),
            ("maxLength", ("tags", 1)),
            ("not", ("never",)),
            ("required", ("mood",)),
            ("required", ("age",)),
            ("additionalProperties", ("odd",)),
            ("additionalProperties", ("odder",)),
            ("dependentRequired", ("unit",)),
        ]
    )
    assert "Item 2 of “tags” must have at most 2 characters." in messages(step, value)


def test_limit_and_actual_are_told_as_plain_values() -> None:
    step = validator("schema", {"properties": {"x": {"maxLength": 2}, "y": {"type": "string"}}})
    long, typed = step.check(Document(LABELS, {"x": "abc", "y": 1}))
    assert (long.limit, long.actual) == (2, 3)
    assert (typed.limit, typed.actual) == ("string", "integer")


def test_a_member_that_patterns_allow_is_asked_for() -> None:
    step = validator("schema", {"patternProperties": {"^n_": True}, "additionalProperties": False})
    assert faults(step, {"n_1": 1, "m": 1}) == [("additionalProperties", ("m",))]


def test_of_alternatives_the_nearest_is_told() -> None:
    step = validator(
        "schema",
        {
            "properties": {
                "box": {"anyOf": [{"type": "null"}, {"required": ["x"], "type": "object"}]}
            }
        },
    )
    assert messages(step, {"box": {}}) == [
        "“box” has none of the forms it may have; nearest: “box.x” is missing."
    ]


def test_it_checks_json_data_of_any_type() -> None:
    assert faults(validator("schema", {"type": "array"}), {"a": 1}) == [("type", ())]
    assert messages(validator("schema", {"type": "array"}), 1) == ["This must be a list."]


def test_numbers_without_fraction_are_whole_and_true_is_none() -> None:
    step = validator("schema", {"properties": {"x": {"type": "integer"}}})
    assert faults(step, {"x": 3.0}) == []
    assert faults(step, {"x": True}) == [("type", ("x",))]


def test_text_is_read_as_the_properties_say() -> None:
    step = validator(
        "schema",
        {
            "$defs": {"side": {"type": "number"}},
            "allOf": [{"properties": {"note": {"type": ["string", "null"]}}}],
            "properties": {
                "age": {"type": "integer"},
                "ok": {"type": "boolean"},
                "tags": {"type": "array"},
                "box": {"type": "object", "properties": {"x": {"$ref": "#/$defs/side"}}},
                "stars": {"enum": [1, 2]},
                "ratio": {"enum": [1, 2.5]},
                "kind": {"const": "a"},
                "either": {"type": ["string", "integer"]},
                "free": {},
                "child": {"$ref": "#"},
            },
        },
    )
    declared = step.declares()
    assert {name: kind for name, kind in declared.items() if "child" not in name} == {
        "note": "str", "age": "int", "ok": "bool", "tags": "list", "box": "dict",
        "box.x": "number", "stars": "int", "ratio": "number", "kind": "str",
    }  # fmt: skip


def test_a_schema_that_names_itself_is_followed() -> None:
    step = validator("schema", {"properties": {"child": {"$ref": "#"}, "x": {"type": "integer"}}})
    assert faults(step, {"child": {"child": {"x": "1"}}}) == [("type", ("child", "child", "x"))]


def test_a_schema_with_its_own_id_and_anchors_is_followed() -> None:
    schema = {
        "$schema": schemas.DIALECT,
        "$id": "https://example.org/labels",
        "$defs": {"side": {"$anchor": "side", "type": "number"}},
        "properties": {"x": {"$ref": "#side"}, "y": {"$ref": "labels#/$defs/side"}},
    }
    step = validator("schema", schema)
    assert faults(step, {"x": "1", "y": "1"}) == [("type", ("x",)), ("type", ("y",))]
    assert step.declares() == {"x": "number", "y": "number"}
    assert step.schema() == schema


@pytest.mark.parametrize(
    ("schema", "path", "said"),
    [
        ({"type": "strin"}, "type", "must be one of string, integer"),
        ({"properties": {"x": {"minimum": "3"}}}, "properties.x.minimum", "must be a number"),
        ({"properties": {"x": {"pattern": "("}}}, "properties.x.pattern", "regular expression"),
        ({"properties": {"x": {"pattern": "a{99999999999}"}}}, "properties.x.pattern", "regular"),
        ({"properties": 3}, "properties", "must be an object"),
        ({"allOf": [True, {"required": "a"}]}, "allOf[1].required", "must be a list"),
        ({"properties": {"x": {"format": "e-mail"}}}, "properties.x.format", 'mean "email"'),
        ({"$ref": "https://example.org/s.json"}, "$ref", "never fetched"),
        ({"$ref": "file:///etc/hostname"}, "$ref", "never fetched"),
        ({"properties": {"x": {"$ref": "#/$defs/y"}}}, "properties.x.$ref", "leads to nothing"),
        ({"$defs": {"a": {"$dynamicRef": "#n"}}}, "$defs.a.$dynamicRef", "leads to nothing"),
        ({"enum": [3], "$ref": "#/enum/0"}, "$ref", "no schema"),
        ({"own": {"y": {"$ref": "#/z"}}, "$ref": "#/own/y"}, "own.y.$ref", "leads to nothing"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "$schema", "one dialect"),
    ],
)  # fmt: skip
def test_a_faulty_schema_is_refused_at_start_with_the_path_in_it(
    schema: Any, path: str, said: str
) -> None:
    refused = refusals(VALIDATORS, "schema", schema)
    assert list(refused) == [f"args[0].{path}"]
    assert said in refused[f"args[0].{path}"]


def test_every_fault_of_a_schema_is_told_at_once() -> None:
    schema = {"type": "strin", "properties": {"x": {"minimum": "3"}}}
    assert len(refusals(VALIDATORS, "schema", schema)) == 2


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"allOf": [{"anyOf": [{"$ref": "#/allOf/0"}]}]}])
def test_a_schema_without_end_is_refused_at_start(schema: Any) -> None:
    assert refusals(VALIDATORS, "schema", schema) == {"args[0]": "refers to itself without end"}


@pytest.mark.parametrize("schema", [[], 3, "x", None])
def test_what_is_no_schema_is_refused_at_start(schema: Any) -> None:
    assert list(refusals(VALIDATORS, "schema", schema)) == ["args[0]"]


def test_nothing_is_ever_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    refusals(VALIDATORS, "schema", {"$ref": "http://127.0.0.1:9/schema.json"})


def test_the_meta_schema_itself_may_be_referred_to() -> None:
    step = validator("schema", {"$ref": schemas.DIALECT})
    assert [rule for rule, _ in faults(step, {"minimum": "3"})] == ["type"]


@pytest.mark.parametrize("depth", [80, 400])
def test_deep_nesting_ends_in_a_fault_never_in_a_crash(depth: int) -> None:
    schema = {"properties": {"child": {"allOf": [{"$ref": "#"}]}}, "maxProperties": 1}
    found = faults(validator("schema", schema), nested(depth))
    assert found in ([], [("depth", ())])
    assert depth < 400 or found


@given(st.integers(-(10**6), 10**6), st.sampled_from(["0.1", "0.01", "0.05", "2.5", "3"]))
def test_a_multiple_is_one_as_it_is_written(times: int, step: str) -> None:
    checked = validator("schema", {"properties": {"x": {"multipleOf": float(step)}}})
    assert faults(checked, {"x": float(times * Decimal(step))}) == []
    beside = float(times * Decimal(step) + Decimal("0.001"))
    assert faults(checked, {"x": beside}) == [("multipleOf", ("x",))]


def test_numbers_that_no_float_holds_are_a_fault_never_a_crash() -> None:
    step = validator("schema", {"properties": {"x": {"multipleOf": 0.1}}})
    assert faults(step, {"x": 10**400}) == [("maximum", ())]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("regex", "(" * 4000),
        ("regex", "a{99999999999}"),
        ("iri", "http://example.org/" + "ä" * 100_000),
        ("uri", "http://example.org/" + "a" * 100_000),
        ("idn-hostname", "xn--" * 500),
        ("date", "2026-13-41"),
        ("hostname", "\ud800"),
        ("ipv6", ":" * 3000),
    ],
)
def test_hostile_text_is_a_fault_of_format_never_a_crash(name: str, text: str) -> None:
    step = validator("schema", {"properties": {"x": {"format": name}}})
    assert faults(step, {"x": text}) == [("format", ("x",))]
