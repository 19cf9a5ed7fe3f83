"""Are checks that rule each other out found before anything is served?"""

import json
from pathlib import Path
from typing import Any

import pytest

from librarian.problem import ConfigError
from librarian.settings import load

IMAGE = {"type": ["file", "raw"], "tag": "image"}
NOTE = {"type": "text", "tag": "note"}
GLAD = {"validator": "choice", "args": [{"mood": ["glad", "sad"]}]}
X = {"validator": "key", "args": [["x"]]}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def told(**chains: Any) -> dict[str, str]:
    stored: dict[str, Any] = {"DATA_ACTOR_CONFIG": [], "LABEL_ACTOR_CONFIG": []}
    try:
        load({name: json.dumps(value) for name, value in (stored | chains).items()})
    except ConfigError as error:
        return {problem.path: problem.message for problem in error.problems}
    return {}


def types(**names: str) -> dict[str, Any]:
    return {"validator": "type", "args": [{name.replace("_", "."): names[name] for name in names}]}


def schema(**members: Any) -> dict[str, Any]:
    return {"validator": "schema", "args": [{"properties": members, "required": [*members]}]}


@pytest.mark.parametrize(
    ("one", "other", "label"),
    [
        (GLAD, types(mood="int"), "mood"),
        (X, types(y="str"), "y"),
        (X, schema(x={"type": "string"}, y={}), "y"),
        (types(x="int"), {"validator": "regex", "args": [{"x": "[a-z]+"}]}, "x"),
        (types(box_x="int"), {"validator": "choice", "args": [{"box.x": ["a"]}]}, "box.x"),
        (types(n="int"), {"validator": "choice", "args": [{"n": [1.5, True]}]}, "n"),
        (schema(n={"const": 3}), {"validator": "range", "args": [{"n": [4, 9]}]}, "n"),
        (schema(n={"enum": [1, 2]}), schema(n={"enum": ["1", "2"]}), "n"),
    ],
)
def test_checks_of_labels_that_rule_each_other_out_are_told(
    one: Any, other: Any, label: str
) -> None:
    for chain in ([one, other], [other, one]):
        assert told(LABEL_VALID_CONFIG=chain) == {
            "LABEL_VALID_CONFIG[1]": "this and LABEL_VALID_CONFIG[0] cannot both hold of"
            f" “{label}”: nothing is accepted"
        }
        flagging = [chain[0], chain[1] | {"on_fail": "flag"}]
        assert not told(LABEL_VALID_CONFIG=flagging)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (GLAD, types(mood="str")),
        (GLAD, types(mood="int?")),
        (X, types(x="str", y="str?")),
        ({**X, "kwargs": {"strict": False}}, types(y="str")),
        ({"validator": "key", "args": [["box"]]}, types(box_x="int", box_y="float")),
        (types(n="int"), types(n="float")),
        (types(n="int"), {"validator": "choice", "args": [{"n": [1.0, "a"]}]}),
        (types(n="float"), {"validator": "range", "args": [{"n": [4, 9]}]}),
        (schema(n={"type": ["string", "null"]}), schema(n={"type": ["integer", "null"]})),
        (schema(n={"$ref": "#/$defs/a"}) | {"args": [{"$defs": {"a": {"type": "integer"}},
         "properties": {"n": {"$ref": "#/$defs/a"}}}]}, types(n="int")),
    ],
)  # fmt: skip
def test_checks_of_labels_that_can_hold_together_are_let_through(one: Any, other: Any) -> None:
    assert not told(LABEL_VALID_CONFIG=[one, other])


def test_an_input_of_text_wants_checks_that_let_text_through() -> None:
    img = {"validator": "img"}
    html = {"validator": "file", "args": [["html"]]}
    for check in (img, html):
        found = told(INPUT_CONFIG=[IMAGE, NOTE], DATA_VALID_CONFIG=[check])
        assert found == {
            "DATA_VALID_CONFIG[0]": "lets no text through, and “note” brings nothing else; say"
            ' which input it is for with "input"'
        }
        assert not told(INPUT_CONFIG=[IMAGE, NOTE], DATA_VALID_CONFIG=[check | {"input": "image"}])
    for kinds in (["txt"], ["text/*"], ["csv"]):
        plain = {"validator": "file", "args": [kinds]}
        assert not told(INPUT_CONFIG=NOTE, DATA_VALID_CONFIG=[plain])


def test_checks_of_data_that_rule_each_other_out_are_told() -> None:
    pdf = {"validator": "file", "args": [["pdf"]]}
    found = told(INPUT_CONFIG=IMAGE, DATA_VALID_CONFIG=[{"validator": "img"}, pdf])
    message = "lets no kind of “image” through that earlier checks do"
    assert found == {"DATA_VALID_CONFIG[1]": message}
