"""Is the contract what the service holds clients to: fields, box, sentences?"""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from librarian.contract.document import document
from librarian.pipeline import build
from librarian.record import LABELS, Document, Record
from librarian.settings import load
from librarian.stage import STAGES
from tests.configured import picture

STORED = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
PARTS = {"plate": "capital letters and digits"}
RULES: list[dict[str, Any]] = [
    {"validator": "type", "args": [{"n": "int", "share": "float", "name": "str", "ok": "bool"}]},
    {"validator": "range", "args": [{"n": [2, 5]}]},
    {"validator": "regex", "args": [{"plate": "[A-Z0-9]+"}], "kwargs": {"forms": PARTS}},
    {
        "validator": "schema",
        "args": [
            {
                "properties": {
                    "name": {"minLength": 2, "maxLength": 4},
                    "share": {"exclusiveMinimum": 0, "multipleOf": 0.5},
                    "box": {"properties": {"x": {"$ref": "#/$defs/side"}}, "required": ["x"]},
                },
                "$defs": {"side": {"type": "number", "exclusiveMaximum": 9}},
            }
        ],
    },
]
GOOD = {"n": 3, "share": 0.5, "name": "abc", "ok": True, "plate": "A1", "box": {"x": 1}}
WRONG: list[tuple[str, str, Any]] = [
    ("n", "type", "three"), ("n", "minimum", 1), ("n", "maximum", 6), ("ok", "type", "yes"),
    ("share", "exclusiveMinimum", 0), ("share", "multipleOf", 0.75), ("name", "minLength", "a"),
    ("name", "maxLength", "abcde"), ("plate", "pattern", "a1"), ("box.x", "exclusiveMaximum", 9),
    ("box.x", "type", "1"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def settings(**variables: Any) -> Any:
    chains = {name: json.dumps(value) for name, value in variables.items()}
    return load({**STORED, **chains})


def contract(**variables: Any) -> dict[str, Any]:
    return document(settings(**variables))


def faults(config: Any, labels: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Give what the service says of labels, by place and rule."""
    record = Record("0" * 24, Document(LABELS, labels), (picture(640, 480),), "fingerprint")
    verdict = build(config).judge(record)
    told: dict[tuple[str, str], str] = {}
    for each in verdict.refused:
        told.setdefault((".".join(map(str, each.path[1:])), each.rule), each.message)
    return told


@pytest.mark.parametrize(("name", "rule", "value"), WRONG)
def test_each_sentence_is_the_very_one_that_the_service_answers_with(
    name: str, rule: str, value: Any
) -> None:
    config = settings(LABEL_VALID_CONFIG=RULES)
    labels = json.loads(json.dumps(GOOD))
    *inner, last = name.split(".")
    (labels[inner[0]] if inner else labels)[last] = value
    (field,) = (each for each in document(config)["fields"] if each["name"] == name)
    said = field["sentences"][rule].replace("{actual}", json.dumps(value))
    assert faults(config, labels)[name, rule] == said


def test_the_sentence_on_a_missing_label_is_the_services_too() -> None:
    config = settings(LABEL_VALID_CONFIG=RULES)
    told = {each["name"]: each["sentences"]["required"] for each in document(config)["fields"]}
    assert faults(config, {})["n", "required"] == told["n"]


def test_fields_follow_references_and_are_needed_only_where_all_around_them_is() -> None:
    fields = {each["name"]: each for each in contract(LABEL_VALID_CONFIG=RULES)["fields"]}
    assert fields["box.x"]["schema"] == {"type": "number", "exclusiveMaximum": 9}
    assert [name for name, each in fields.items() if each["required"]] == [
        "n", "share", "name", "ok",
    ]  # fmt: skip


def test_the_labels_schema_is_valid_and_the_statuses_are_the_table() -> None:
    told = contract(LABEL_VALID_CONFIG=RULES, STATUS_CONFIG={"data-store": 503})
    Draft202012Validator.check_schema(told["labels"])
    assert [each["type"] for each in told["statuses"]] == [stage.slug for stage in STAGES]
    by_type = {each["type"]: each for each in told["statuses"]}
    assert by_type["data-store"]["status"] == 503
    assert by_type["data-store"]["retry_after"] == 10
    assert by_type["type"]["retryable"] is False


def test_inputs_tell_what_is_taken_with_the_sharpest_limits() -> None:
    (told,) = contract(
        INPUT_CONFIG={"type": ["base64", "file"], "tag": "photo"},
        DATA_VALID_CONFIG=[
            {"validator": "img", "kwargs": {"formats": ["JPEG", "PNG"], "max_width": 900}},
            {"validator": "img", "kwargs": {"max_width": 800, "min_height": 10}},
            {"validator": "size", "kwargs": {"max": "1MiB"}},
        ],
    )["inputs"]
    assert told == {
        "tag": "photo", "types": ["base64", "file"], "required": True,
        "media_types": ["image/jpeg", "image/png"],
        "limits": {"max_width": 800, "min_height": 10, "max_bytes": 2**20},
    }  # fmt: skip


BOX = {"x": "a.x", "y": "a.y", "width": "a.width", "height": "a.height"}


@pytest.mark.parametrize(
    ("types", "unit"), [("int", "pixels"), ("float", "fractions")], ids=["whole", "fractions"]
)
def test_labels_that_are_called_as_a_box_is_are_one(types: str, unit: str) -> None:
    names = {**dict.fromkeys(BOX.values(), types), "a.rotate": "float", "aspect_ratio": "float?"}
    box = contract(LABEL_VALID_CONFIG=[{"validator": "type", "args": [names]}])["box"]
    assert box == {
        "form": "xywh", "unit": unit, "labels": BOX, "input": "", "whole": types == "int",
        "turn": "a.rotate", "ratio": {"label": "aspect_ratio", "of": "box"},
    }  # fmt: skip


def test_a_box_is_told_as_its_validator_declares_it_with_its_sentences() -> None:
    names = ["l", "t", "w", "h"]
    config = settings(
        CROSS_VALID_CONFIG=[{"validator": "inside", "args": [names], "kwargs": {"form": "xywh"}}]
    )
    box = document(config)["box"]
    assert box["labels"] == dict(zip(("x", "y", "width", "height"), names, strict=True))
    said = faults(config, {"l": -1, "t": 400, "w": 10, "h": 100})
    assert said["l", "inside"] == box["outside"][0]["before"].replace("{actual}", "-1")
    beyond = box["outside"][1]["beyond"].replace("{limit}", "480").replace("{actual}", "500")
    assert said["h", "inside"] == beyond


def test_there_is_no_box_where_no_labels_make_one() -> None:
    told = contract(LABEL_VALID_CONFIG=[{"validator": "type", "args": [{"x": "int", "y": "int"}]}])
    assert told["box"] is None
    assert told["filename"] is None
    assert told["consent"] is None
