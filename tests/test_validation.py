"""Do label and cross validators work together in a configured service, and fail at its start?"""

import json
from typing import Any

import pytest

from librarian import settings
from librarian.pipeline import Pipeline
from librarian.problem import ConfigError
from librarian.record import Carrier, Submission
from tests.configured import picture

NOWHERE = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
PHOTO = Carrier("file", picture(40, 30).content, "photo.jpg", "image/jpeg")


def service(*, labels: Any = (), cross: Any = ()) -> Pipeline:
    environ = {
        "LABEL_VALID_CONFIG": json.dumps(labels),
        "CROSS_VALID_CONFIG": json.dumps(cross),
        **NOWHERE,
    }
    return Pipeline(settings.load(environ))


def judged(pipeline: Pipeline, *query: tuple[str, str]) -> list[tuple[str, str, Any]]:
    record = pipeline.reader.read(Submission("multipart", query, (("image", PHOTO),)))
    return [(p.stage, p.rule, p.path) for p in pipeline.judge(record).refused]


BOX = (("x", "0"), ("y", "0"), ("width", "40"), ("height", "30"))


def test_text_of_a_box_is_read_as_numbers_though_no_label_validator_says_so() -> None:
    pipeline = service(cross=[{"validator": "inside"}])
    assert judged(pipeline, *BOX) == []
    assert judged(pipeline, *BOX[:3], ("height", "31")) == [
        ("cross-validation", "inside", ("labels", "height"))
    ]


def test_a_label_validators_type_counts_more_than_a_cross_validators() -> None:
    pipeline = service(
        labels=[{"validator": "type", "args": [dict.fromkeys(["x", "y"], "float")]}],
        cross=[{"validator": "inside"}],
    )
    assert pipeline.reader.declared == {
        "x": "float", "y": "float", "width": "number", "height": "number",
    }  # fmt: skip


def test_a_file_name_of_digits_stays_text_and_is_compared() -> None:
    pipeline = service(cross=[{"validator": "fname"}])
    assert judged(pipeline, ("filename", "photo.jpg")) == []
    assert judged(pipeline, ("filename", "2020")) == [
        ("cross-validation", "fname", ("labels", "filename"))
    ]


def test_labels_are_judged_before_they_are_compared() -> None:
    pipeline = service(
        labels=[{"validator": "range", "args": [{"x": [0, 10]}]}],
        cross=[{"validator": "inside"}],
    )
    assert judged(pipeline, ("x", "50"), *BOX[1:]) == [
        ("label-validation", "maximum", ("labels", "x"))
    ]


def test_a_validator_that_flags_keeps_the_record() -> None:
    pipeline = service(cross=[{"validator": "fname", "on_fail": "flag"}])
    query = (("filename", "other.jpg"),)
    record = pipeline.reader.read(Submission("multipart", query, (("image", PHOTO),)))
    verdict = pipeline.judge(record)
    assert not verdict.refused
    assert [p.rule for p in verdict.flagged] == ["fname"]


def test_every_mistake_of_the_chains_is_told_at_start_with_its_path() -> None:
    labels = [
        {"validator": "type", "args": [{"x": "integer"}]},
        {"validator": "range", "kwargs": {"ranges": {"x": [2, 1]}}},
        {"validator": "regex", "args": [{"x": "("}]},
        {"validator": "schema", "args": [{"properties": {"x": {"$ref": "http://a.example/"}}}]},
        {"validator": "key", "args": [["x", "x"]], "kwargs": {"strct": True}},
    ]
    cross = [
        {"validator": "inside", "args": [["a", "b", "c", "d"]]},
        {"validator": "checksum", "kwargs": {"input": "imge"}},
    ]
    with pytest.raises(ConfigError) as refused:
        service(labels=labels, cross=cross)
    assert {problem.path for problem in refused.value.problems} == {
        "LABEL_VALID_CONFIG[0].args[0].x",
        "LABEL_VALID_CONFIG[1].kwargs.ranges.x",
        "LABEL_VALID_CONFIG[2].args[0].x",
        "LABEL_VALID_CONFIG[3].args[0].properties.x.$ref",
        "LABEL_VALID_CONFIG[4].args[0]",
        "LABEL_VALID_CONFIG[4].kwargs.strct",
        "CROSS_VALID_CONFIG[0]",
        "CROSS_VALID_CONFIG[1].kwargs.input",
    }
