"""Does the cross validator cel hold labels and data against an expression, and only that?"""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.cross.cel import Cel
from librarian.cross.expression import FUNCTIONS, MOST_VALUES, compiled
from librarian.problem import ConfigError, Problem
from librarian.record import LABELS, Blob, Document, Part, Record
from librarian.settings import load
from tests.pictures import make

BOX = "double(labels.x) + double(labels.width) <= double(image.width)"
PHOTO = make("PNG", 64, 48)


def record(labels: dict[str, Any], *data: Part) -> Record:
    return Record("a" * 24, Document(LABELS, labels), data, "f" * 64)


def check(expression: str, labels: dict[str, Any], *data: Part, message: str = "") -> list[Problem]:
    return list(Cel(expression, message).check(record(labels, *data or (Blob("image", PHOTO),))))


def rules(expression: str, labels: dict[str, Any], *data: Part) -> list[str]:
    return [problem.rule for problem in check(expression, labels, *data)]


def refused(expression: Any, **more: Any) -> str:
    """Give what a configuration with this expression is told."""
    entry = {"validator": "cel", "args": [expression]}
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    with pytest.raises(ConfigError) as caught:
        load({"CROSS_VALID_CONFIG": json.dumps([entry]), **stores, **more})
    return str(caught.value)


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ({"x": 1, "width": 63}, []),
        ({"x": 1.5, "width": 62.5}, []),
        ({"x": "1", "width": "60"}, []),
        ({"x": 2, "width": 63}, ["cel"]),
        ({"x": 2}, ["evaluation"]),
        ({"x": "left", "width": 3}, ["evaluation"]),
        ({"x": None, "width": [1]}, ["evaluation"]),
    ],
    ids=json.dumps,
)
def test_a_box_must_lie_in_the_picture(labels: dict[str, Any], found: list[str]) -> None:
    assert rules(BOX, labels) == found


@pytest.mark.parametrize(
    "expression",
    [
        "image.width == 64 && image.height == 48 && image.frames == 1 && image.orientation == 1",
        f"image.bytes == {len(PHOTO)}",
        'image.media_type == "image/png"',
        "image.sha256.size() == 64 && image.filename == ''",
        'inputs["image"].width == image.width',
        "has(inputs.image) && !has(inputs.mask)",
        'answers.mood == "glad" && answers.marks.all(mark, mark > 0)',
        'labels.tags.exists(t, t == "cat") && size(labels.tags) == 2',
        "labels.tags.filter(t, t.startsWith('c')).size() == 1",
        "labels.name.matches('^[a-z]+ [a-z]+$')",
        "!has(labels.rotate) || labels.rotate < 90",
    ],
)
def test_labels_files_pictures_and_json_data_can_be_asked_for(expression: str) -> None:
    labels = {"tags": ["cat", "pet"], "name": "a cat"}
    answers = Document("answers", {"mood": "glad", "marks": [1, 2]})
    assert rules(expression, labels, Blob("image", PHOTO), answers) == []
    assert rules(f"!({expression})", labels, Blob("image", PHOTO), answers) == ["cel"]


def test_a_broken_picture_and_one_that_is_none_cannot_be_worked_out() -> None:
    for content in (PHOTO[:20], b"text"):
        assert rules("image.width > 0", {}, Blob("image", content)) == ["evaluation"]
        assert rules("image.bytes > 0", {}, Blob("image", content)) == []


def test_the_problem_names_the_expression_or_says_the_owners_sentence() -> None:
    (problem,) = check("labels.x > 3", {"x": 3})
    assert problem.message.endswith("by the rule: labels.x > 3")
    assert problem.limit == "labels.x > 3"
    (problem,) = check("labels.x > 3", {"x": 3}, message="Choose more than {three}.")
    assert problem.message == "Choose more than {three}."
    (problem,) = check("labels.x > 3", {}, message="Choose more than three.")
    assert problem.message == "A rule cannot be worked out, there is no “x”: labels.x > 3"


@pytest.mark.parametrize(
    ("expression", "labels", "why"),
    [
        ("labels.x + 1.5 > 0.0", {"x": 1}, "another kind"),
        ("labels.x / 0 > 0", {"x": 1}, "division by zero"),
        ("labels.x + 1 > 0", {"x": 2**63 - 1}, "too large"),
        ("labels.x[5] == 1", {"x": [1]}, "missing"),
        ("timestamp(labels.x) > timestamp('2020-01-01T00:00:00Z')", {"x": "soon"}, "missing"),
        ("labels.x", {"x": 1}, "neither true nor false"),
        ("labels.x", {"x": None}, "neither true nor false"),
    ],
)
def test_what_cannot_be_worked_out_is_a_problem_and_says_why(
    expression: str, labels: dict[str, Any], why: str
) -> None:
    (problem,) = check(expression, labels)
    assert problem.rule == "evaluation"
    assert why.split()[-1] in problem.message


def test_too_many_labels_for_a_macro_are_a_problem_and_none_for_plain_expressions() -> None:
    many, long = {"l": [1] * MOST_VALUES}, {"l": ["x" * 20_000]}
    for labels in (many, long):
        assert rules("labels.l.all(x, x == x)", labels) == ["values"]
        assert rules("size(labels.l) > 0", labels) == []
    few = {"l": [1] * (MOST_VALUES - 10)}
    assert rules("labels.l.all(x, x == 1)", few, Blob("image", b"x")) == []


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
)
ANY = st.recursive(
    PLAIN,
    lambda in_it: (
        st.lists(in_it, max_size=4) | st.dictionaries(st.text(max_size=4), in_it, max_size=4)
    ),
    max_leaves=10,
)


@given(ANY, ANY)
def test_whatever_labels_hold_an_expression_never_raises(x: Any, y: Any) -> None:
    for expression in (
        "labels.x < labels.y", "labels.x + labels.y == labels.x", "labels.x[labels.y] == 1",
        "double(labels.x) / double(labels.y) > 1.0", "int(labels.x) % int(labels.y) == 0",
        "labels.x in labels.y", "labels.x.all(k, k == labels.y)", "size(string(labels.x)) > 2",
        "timestamp(labels.x) - duration(labels.y) < timestamp('2020-01-01T00:00:00Z')",
        "labels.x.matches('^a') || labels.y.startsWith(labels.x)", "-labels.x == labels.y.z",
        "uint(labels.x) > uint(labels.y)",
    ):  # fmt: skip
        assert set(rules(expression, {"x": x, "y": y}, Blob("image", b"x"))) <= {
            "cel", "evaluation",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("labels.x +* 2", "is no CEL expression: line 1, column 11"),
        ("labels.x > 'a", "is no CEL expression"),
        ("(" * 200 + "true" + ")" * 200, "is no CEL expression"),
        ("", "at least 1 character"),
        ("true" + " " * 500, "at most 500 characters"),
        (3, "valid string"),
        ("doubel(labels.x) > 1.0", 'doubel, which is no function here. Did you mean "double"'),
        ("labels.a.all(x, labels.b.exists(y, y == x))", "has exists inside of another macro"),
        ("labels.a.map(x, [x, x]).size() > 1", "uses map"),
        ("labels.a.matches(labels.b)", "matches takes its pattern as a text in quotes"),
        ("labels.a.matches('a' + labels.b)", "matches takes its pattern as a text in quotes"),
        ("matches(labels.a, labels.b)", "matches takes its pattern as a text in quotes"),
    ],
)  # fmt: skip
def test_a_wrong_expression_is_a_fault_of_the_configuration(expression: Any, said: str) -> None:
    told = refused(expression)
    assert told.startswith("CROSS_VALID_CONFIG[0].args[0]: ")
    assert said in told


@pytest.mark.parametrize(
    "expression",
    [
        "labels.a.all(x, x > 0) && labels.b.exists(x, x < 0)",
        "labels.a == 'l.map(x, y)' // .map(x, x)",
        "labels.a.matches(r'[\\](]') && matches(labels.b, \"it's (\")",
        '''labels.a == """a.map(""" || labels.b == r\'\'\'\\\'\'\'''',
        "labels.map == 1 && labels.all.filter(x, true) == []",
    ],
)
def test_what_only_looks_like_a_macro_is_let_through(expression: str) -> None:
    assert Cel(expression).inputs() == set()


def test_an_expression_speaks_only_of_labels_and_inputs_that_there_are() -> None:
    said = 'CROSS_VALID_CONFIG[0]: speaks of “{}”, which is no input. Did you mean "{}"?'
    assert refused("lables.x > 1") == said.format("lables", "labels")
    inputs = '[{"type": "file", "tag": "photo"}, {"type": "json", "tag": "answers"}]'
    told = refused("answer.x > 1 && photo.width > 1", INPUT_CONFIG=inputs)
    assert told == said.format("answer", "answers")


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cel", None)
    told = refused("labels.x > 1")
    assert told == (
        "CROSS_VALID_CONFIG[0].args[0]: "
        "cel needs the extra rules: pip install 'data-librarian[rules]'"
    )


CALLS = {
    "contains": "'ab'.contains('a')", "double": "double('1') == 1.0", "int": "int('1') == 1",
    "duration": "duration('1h') > duration('1m')", "endsWith": "'ab'.endsWith('b')",
    "matches": "'ab'.matches('a')",
    "size": "size('a') == 1", "startsWith": "'ab'.startsWith('a')", "string": "string(1) == '1'",
    "timestamp": "timestamp('2020-01-01T00:00:00Z') < timestamp('2021-01-01T00:00:00Z')",
    "uint": "uint(1) == 1u",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_that_is_let_through_is_there(name: str) -> None:
    called = CALLS.get(name, f"timestamp('2020-01-01T00:00:00Z').{name}() >= 0")
    assert compiled(called).program.execute({}) is True
