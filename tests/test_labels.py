import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import labels
from librarian.record import LABELS, Carrier, Submission
from librarian.stage import Failure

KINDS = {"s": "str", "i": "int", "f": "float", "n": "number", "b": "bool", "l": "list", "d": "dict"}


def query(*pairs: tuple[str, str], legacy: bool = False) -> Submission:
    return Submission("raw", query=pairs, legacy=legacy)


def form(*pairs: tuple[str, str]) -> Submission:
    return Submission("form", pieces=tuple((name, Carrier("field", v)) for name, v in pairs))


def body(value: Any, *pairs: tuple[str, str]) -> Submission:
    return Submission("json", query=pairs, pieces=((LABELS, Carrier("member", value)),))


def read(submission: Submission, **declared: str) -> Any:
    names = {name.replace("__", "."): kind for name, kind in declared.items()}
    return labels.gather(submission, ["image"], {**KINDS, **names})


def refused(submission: Submission, **declared: str) -> list[tuple[str, tuple[Any, ...]]]:
    with pytest.raises(Failure) as failure:
        read(submission, **declared)
    assert failure.value.stage.slug == "receive"
    return [(problem.rule, problem.path) for problem in failure.value.problems]


def same(one: Any, other: Any) -> bool:
    """Compare with types: 3 is not 3.0 here."""
    return repr(one) == repr(other)


TEXTS: list[tuple[str, str, Any]] = [
    ("s", "2020", "2020"),
    ("s", "true", "true"),
    ("s", "", ""),
    ("i", "3", 3),
    ("i", "-3", -3),
    ("i", "007", 7),
    ("i", "3.0", "3.0"),
    ("i", "1e3", "1e3"),
    ("i", "1_000", "1_000"),
    ("i", "٣", "٣"),
    ("i", "3\n", "3\n"),
    ("i", " 3", " 3"),
    ("i", "+3", "+3"),
    ("i", "true", "true"),
    ("i", "0x1", "0x1"),
    ("i", "", ""),
    ("i", str(2**63), 2**63),
    ("i", str(-(2**63)), -(2**63)),
    ("i", "9" * 100_000, "9" * 100_000),
    ("f", "0", 0.0),
    ("f", "1", 1.0),
    ("f", "0.000000", 0.0),
    ("f", "-.5", -0.5),
    ("f", "1e3", 1000.0),
    ("f", "1_0", "1_0"),
    ("f", "٣.٥", "٣.٥"),
    ("f", "NaN", "NaN"),
    ("f", "nan", "nan"),
    ("f", "inf", "inf"),
    ("f", "Infinity", "Infinity"),
    ("f", "-Infinity", "-Infinity"),
    ("f", "1e999", "1e999"),
    ("f", "9" * 5000, "9" * 5000),
    ("n", "3", 3),
    ("n", "3.5", 3.5),
    ("n", str(2**63), float(2**63)),
    ("n", "NaN", "NaN"),
    ("b", "true", True),
    ("b", "False", False),
    ("b", "1", "1"),
    ("b", "yes", "yes"),
    ("l", "a", ["a"]),
    ("l", '["a", 1]', ["a", 1]),
    ("l", "[a", ["[a"]),
    ("d", '{"x": 1}', {"x": 1}),
    ("d", "[1]", "[1]"),
    ("d", "x", "x"),
]


@pytest.mark.parametrize(("name", "text", "value"), TEXTS)
@pytest.mark.parametrize("place", [query, form])
def test_text_is_read_as_its_declared_type_or_stays_text(
    place: Any, name: str, text: str, value: Any
) -> None:
    assert same(read(place((name, text))), {name: value})


JSON: list[tuple[str, str, Any]] = [
    ("i", "3", 3),
    ("i", "3.0", 3),
    ("i", "1e3", 1000),
    ("i", "3.5", 3.5),
    ("i", "true", True),
    ("i", '"3"', "3"),
    ("f", "0", 0.0),
    ("f", "1", 1.0),
    ("f", "true", True),
    ("f", '"1"', "1"),
    ("n", "1", 1),
    ("n", '"1"', "1"),
    ("b", '"true"', "true"),
    ("b", "1", 1),
    ("l", '"a"', "a"),
    ("s", "1", 1),
    ("undeclared", "1.0", 1.0),
]


@pytest.mark.parametrize(("name", "text", "value"), JSON)
def test_json_keeps_its_types_but_for_numbers_that_lose_nothing(
    name: str, text: str, value: Any
) -> None:
    as_field = Submission("form", pieces=((LABELS, Carrier("field", f'{{"{name}": {text}}}')),))
    assert same(read(as_field), {name: value})
    assert same(read(body({name: json.loads(text)})), {name: value})


def test_members_in_json_are_read_as_declared_too() -> None:
    found = read(body({"box": {"x": 1, "y": 2}}), box__x="float")
    assert same(found, {"box": {"x": 1.0, "y": 2}})


@given(st.integers(-(2**63), 2**63 - 1))
def test_every_whole_number_of_64_bits_is_read(number: int) -> None:
    assert labels.read_text(str(number), "int") == labels.read_text(str(number), "number") == number
    assert not list(labels.faults({"x": number}, 10))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read(number: float) -> None:
    assert labels.read_text(repr(number), "float") == number


@given(st.text())
def test_any_text_is_read_without_a_crash(text: str) -> None:
    for kind in ("", *KINDS.values()):
        labels.read_text(text, kind)
    labels.guess(text)


def test_what_nobody_declares_stays_text_on_upload() -> None:
    found = read(query(("x", "3"), ("y", "true"), ("z", "NaN")))
    assert found == {"x": "3", "y": "true", "z": "NaN"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.000000", 0.0),
        ("1.5", 1.5),
        ("3", 3),
        ("-3", -3),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("my photo.jpg", "my photo.jpg"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("1_000", "1_000"),
        ("٣", "٣"),
        ("", ""),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_what_nobody_declares_is_guessed_on_put(text: str, value: Any) -> None:
    assert same(read(query(("x", text), legacy=True)), {"x": value})


def test_what_is_declared_is_not_guessed_on_put() -> None:
    assert read(query(("s", "2020"), ("f", "1"), legacy=True)) == {"s": "2020", "f": 1.0}


def test_a_name_with_dots_is_a_member() -> None:
    found = read(query(("box.x", "1"), ("box.y", "2"), ("box.in.z", "3")), box__x="int")
    assert found == {"box": {"x": 1, "y": "2", "in": {"z": "3"}}}


def test_members_from_several_places_make_one_box() -> None:
    assert read(body({"box": {"x": 1}}, ("box.y", "2"))) == {"box": {"x": 1, "y": "2"}}


def test_a_repeated_name_is_a_list_only_where_one_is_declared() -> None:
    twice = query(("l", "a"), ("l", "1"), ("x", "a"), ("x", "a"))
    assert refused(twice) == [("repeated", (LABELS, "x"))]
    assert read(twice, x="list") == {"l": ["a", "1"], "x": ["a", "a"]}


def test_the_same_label_in_two_places_must_have_the_same_value() -> None:
    assert read(body({"i": 3, "n": 1.0}, ("i", "3"), ("n", "1")))["i"] == 3
    assert refused(body({"i": 3}, ("i", "4"))) == [("contradiction", (LABELS, "i"))]
    assert refused(body({"x": 3}, ("x", "3"))) == [("contradiction", (LABELS, "x"))]
    assert refused(body({"b": 1}, ("b", "true"))) == [("contradiction", (LABELS, "b"))]


def test_a_label_cannot_be_a_box_and_a_value() -> None:
    assert refused(query(("box", "1"), ("box.x", "1"))) == [("contradiction", (LABELS, "box"))]
    assert refused(body({"d": {"x": 1}}, ("d.x", "2"))) == [("contradiction", (LABELS, "d", "x"))]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_json_without_a_finite_number_is_refused(number: str) -> None:
    field = Submission("form", pieces=((LABELS, Carrier("field", f'{{"x": {number}}}')),))
    assert refused(field) == [("json", (LABELS,))]


@pytest.mark.parametrize("value", [[], "x", None, 3, [{"x": 1}]])
def test_labels_that_are_no_object_are_refused(value: Any) -> None:
    assert refused(body(value)) == [("json", (LABELS,))]


@pytest.mark.parametrize("text", ["", "x", "{", '{"a": 1, "a": 2}'])
def test_labels_that_are_no_json_are_refused(text: str) -> None:
    field = Submission("form", pieces=((LABELS, Carrier("field", text)),))
    assert refused(field) == [("json", (LABELS,))]


def test_labels_may_come_as_a_file_of_a_form() -> None:
    part = Carrier("file", b'{"i": 3.0}', "labels.json", "application/json")
    assert read(Submission("multipart", pieces=((LABELS, part),))) == {"i": 3}
    broken = Carrier("file", b"\xff", "labels.json")
    assert refused(Submission("multipart", pieces=((LABELS, broken),))) == [("json", (LABELS,))]


def test_pieces_that_are_neither_input_nor_labels_are_refused() -> None:
    member = Submission("json", pieces=(("x", Carrier("member", 1)),))
    file = Submission("multipart", pieces=(("photo", Carrier("file", b"x", "a.jpg")),))
    assert refused(member) == [("unexpected", ("x",))]
    assert refused(file) == [("unexpected", ("photo",))]


def test_data_in_the_address_are_refused() -> None:
    assert refused(query(("image", "AAAA"))) == [("place", (LABELS, "image"))]


def test_every_fault_is_told_at_once() -> None:
    pieces = (("x", Carrier("member", 1)), (LABELS, Carrier("member", [])))
    both = Submission("json", query=(("y", "1"), ("y", "2")), pieces=pieces)
    assert [rule for rule, _ in refused(both)] == ["unexpected", "json", "repeated"]


def test_a_name_with_thousands_of_dots_is_refused_without_a_crash() -> None:
    assert refused(query((".".join("a" * 5000), "1"))) == [("depth", (LABELS, "a"))]


def found(value: dict[str, Any], most: int = 200) -> list[tuple[str, tuple[Any, ...]]]:
    return [(problem.rule, problem.path) for problem in labels.faults(value, most)]


@pytest.mark.parametrize("name", ["uid", "_id", "_librarian", "_x"])
def test_reserved_names_are_refused_at_the_top_and_free_below(name: str) -> None:
    assert found({name: 1}) == [("reserved", (name,))]
    assert found({"box": {name: 1}}) == []


@pytest.mark.parametrize("name", ["$where", "a.b", "", "$"])
def test_names_that_stores_read_as_commands_are_refused_anywhere(name: str) -> None:
    assert found({name: 1}) == [("name", (name,))]
    assert found({"a": [{"b": {name: 1}}]}) == [("name", ("a", 0, "b", name))]


HIDDEN = ["a\0b", "a\x1bb", "a\x7fb", "a\x85b", "a\u202eb", "a\u2066b"]


@pytest.mark.parametrize("text", [*HIDDEN, "a\nb", "a\tb", "a\rb", "a\u2028b"])
def test_a_name_with_characters_that_cannot_be_seen_is_refused_anywhere(text: str) -> None:
    assert found({text: 1}) == [("characters", (text,))]
    assert found({"box": [{text: 1}]}) == [("characters", ("box", 0, text))]
    [problem] = labels.faults({text: 1}, 10)
    assert text not in problem.message


@pytest.mark.parametrize("text", HIDDEN)
def test_a_text_with_characters_that_cannot_be_seen_is_refused(text: str) -> None:
    assert found({"x": text}) == [("characters", ("x",))]
    assert found({"tags": ["good", text]}) == [("characters", ("tags", 1))]


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines",
        "a\ttab",
        "a\r\nb",
        "=1+1",
        "<b>",
        "'; DROP TABLE x",
        "שלום \u200f!",
        "👩\u200d🚀",
        "{{x}}",
    ],
)
def test_honest_text_is_kept_whatever_a_program_might_make_of_it(text: str) -> None:
    assert found({"x": text}) == []


def test_a_name_longer_than_any_files_is_refused() -> None:
    assert found({"n" * 255: 1}) == []
    assert found({"box": {"n" * 256: 1}}) == [("length", ("box",))]


def test_a_dot_at_an_end_makes_an_empty_name() -> None:
    assert found(read(query(("box.", "1")))) == [("name", ("box", ""))]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**400])
def test_whole_numbers_beyond_64_bits_are_refused(number: int) -> None:
    assert found({"box": {"x": [number]}}) == [("maximum", ("box", "x", 0))]


def test_the_largest_and_the_smallest_64_bit_numbers_are_fine() -> None:
    assert found({"x": 2**63 - 1, "y": -(2**63)}) == []


def test_too_many_labels_are_refused_but_the_items_of_a_list_are_not_counted() -> None:
    assert found({f"x{i}": 1 for i in range(201)}) == [("count", ())]
    assert found({"box": {f"x{i}": 1 for i in range(200)}}) == [("count", ())]
    assert found({"polygon": [[0.5, 0.5]] * 2000}) == []


def test_labels_that_are_large_as_a_whole_are_refused() -> None:
    assert found({"x": "a" * labels.LARGEST}) == [("bytes", ())]
    assert found({"x": "a" * (labels.LARGEST - 20)}) == []


def test_labels_nested_deeply_are_refused() -> None:
    value: Any = 1
    for _ in range(labels.DEEPEST):
        value = {"a": value}
    assert found(value) == []
    assert [rule for rule, _ in found({"a": value})] == ["depth"]
