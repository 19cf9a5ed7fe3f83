"""Is everything that is told of components and settings read off them, and true?"""

import inspect
import io
import json
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from jsonschema import Draft202012Validator

from librarian import catalog
from librarian.catalog.__main__ import GENERATED
from librarian.catalog.describe import entry, places
from librarian.catalog.param import params, sentences, settings
from librarian.component import Family
from librarian.inputs import INPUTS
from librarian.problem import ConfigProblem
from librarian.record import Document
from librarian.settings.binding import bind_chain
from librarian.settings.declared import (
    CHAINS,
    FAMILIES,
    JSON_SETTINGS,
    KNOWN,
    PLAIN_VARIABLES,
    STATUS,
)
from librarian.settings.intakes import bind
from librarian.stage import STAGES

ROOT = Path(__file__).parent.parent
EVERY = [(family, made) for family in FAMILIES for made in family.table.values()]
STEPS = [(family, made) for family, made in EVERY if family is not INPUTS]
each_component = pytest.mark.parametrize(
    ("family", "made"), EVERY, ids=[f"{family.name}-{made.name}" for family, made in EVERY]
)
each_step = pytest.mark.parametrize(
    ("family", "made"), STEPS, ids=[f"{family.name}-{made.name}" for family, made in STEPS]
)


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """Give the JSON Schema of the configuration, itself checked."""
    whole = catalog.json_schema()
    Draft202012Validator.check_schema(whole)
    return Draft202012Validator(json.loads(json.dumps(whole)))


@each_component
def test_every_component_says_in_a_sentence_what_it_does(family: Family, made: type[Any]) -> None:
    first, _ = sentences(made)
    assert first.endswith(".")
    assert 20 < len(first) < 120
    assert first[0].isupper()


@each_component
def test_every_component_stands_in_a_file_of_its_name(family: Family, made: type[Any]) -> None:
    folder = "cross" if family.name == "xvalidators" else family.name
    assert made.__module__ == f"librarian.{folder}.{made.name.lower()}"
    first = (inspect.getdoc(inspect.getmodule(made)) or "").split("\n\n")[0]
    assert "?" in first


@each_component
def test_every_param_has_help_and_a_kind(family: Family, made: type[Any]) -> None:
    for param in params(made):
        assert param.help, param.name
        assert not param.help.endswith("."), param.name
        assert param.kind, param.name


@each_component
def test_every_component_says_what_it_takes_and_where_it_stands(
    family: Family, made: type[Any]
) -> None:
    if family.name != "xvalidators":
        assert made.takes
    assert places(family, made)


@each_step
def test_every_example_parses(family: Family, made: type[Any]) -> None:
    problems: list[ConfigProblem] = []
    (step,) = bind_chain(family, [entry(family, made)], "X", options=(), problems=problems)
    assert not problems
    assert isinstance(step.component, made)


@pytest.mark.parametrize("name", sorted(INPUTS.table))
def test_every_example_of_an_input_parses(name: str) -> None:
    problems: list[ConfigProblem] = []
    (intake,) = bind(INPUTS.table[name].example, problems)
    assert not problems
    assert intake.ways[0].name == name


@each_component
def test_every_component_is_described_whole(family: Family, made: type[Any]) -> None:
    text = catalog.describe(made.name)
    assert f"{made.name} ({family.name})" in text
    assert json.dumps(entry(family, made), ensure_ascii=False) in text
    for param in params(made):
        assert f"    {param.name} " in text
    assert max(map(len, (line for line in text.splitlines() if "example" not in line))) <= 88


def test_every_family_lists_its_components_and_none() -> None:
    for family in FAMILIES:
        lines = catalog.describe(family.name).splitlines()
        listed = [line.split()[0] for line in lines[1:] if line[2] != " "]
        chain = [] if family is INPUTS else ["none"]
        assert listed == [made.name for made in family.table.values()] + chain


def test_a_name_of_several_families_describes_them_all() -> None:
    text = catalog.describe("file")
    assert {"file (inputs)", "file (actors)"} <= set(text.splitlines())


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        catalog.describe("imgg")


def test_a_store_of_files_only_is_not_offered_for_labels() -> None:
    actors = next(family for family in FAMILIES if family.name == "actors")
    for made in actors.table.values():
        assert ("LABEL_ACTOR_CONFIG" in places(actors, made)) == (Document in made.takes)


@each_step
def test_every_example_fits_the_schema(
    family: Family, made: type[Any], schema: Draft202012Validator
) -> None:
    chain = next(name for name, each in CHAINS.items() if each.family is family)
    example = entry(family, made)
    assert not list(schema.iter_errors({chain: [example]}))
    shouted = {**example, family.word: made.name.upper()}
    assert not list(schema.iter_errors({chain: [shouted]}))
    unknown = {**example, "kwargs": {**example.get("kwargs", {}), "no_such_param": 1}}
    assert list(schema.iter_errors({chain: [unknown]}))
    too_many = {**example, "args": [*example.get("args", []), *[1] * 20]}
    assert list(schema.iter_errors({chain: [too_many]}))


@each_step
def test_a_param_that_is_needed_is_needed_in_the_schema(
    family: Family, made: type[Any], schema: Draft202012Validator
) -> None:
    chain = next(name for name, each in CHAINS.items() if each.family is family)
    bare = {chain: [{family.word: made.name}]}
    needed = any(param.required for param in params(made))
    assert bool(list(schema.iter_errors(bare))) == needed


@pytest.mark.parametrize("name", sorted(JSON_SETTINGS))
def test_the_designed_values_fit_the_schema(name: str, schema: Draft202012Validator) -> None:
    assert not list(schema.iter_errors({name: JSON_SETTINGS[name].example}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"DATA_ACTORS_CONFIG": []},
        {"INPUT_CONFIG": {"type": "base65", "tag": "image"}},
        {"INPUT_CONFIG": {"type": "base64", "tag": "im age"}},
        {"INPUT_CONFIG": []},
        {"LABEL_VALID_CONFIG": [{"validator": "typ", "args": [{}]}]},
        {"LABEL_VALID_CONFIG": {"validator": "none"}},
        {"DATA_VALID_CONFIG": [{"validator": "img", "args": ["high"]}]},
        {"DATA_VALID_CONFIG": [{"validator": "img", "on_fail": "ignore"}]},
        {"LABEL_ACTOR_CONFIG": [{"actor": "print", "on_fail": "flag"}]},
        {"STATUS_CONFIG": {"size": 200}},
        {"LIBRARIAN_PORT": "http"},
        {"LIBRARIAN_PORT": 70000},
        {"LIBRARIAN_MAX_BYTES": "many apples"},
        {"LIBRARIAN_LOG_LEVEL": "loud"},
    ],
    ids=json.dumps,
)
def test_mistakes_do_not_fit_the_schema(wrong: Any, schema: Draft202012Validator) -> None:
    assert list(schema.iter_errors(wrong))


@pytest.mark.parametrize(
    "right",
    [
        {"DATA_VALID_CONFIG": [{"validator": "img", "args": ["${LEAST}", 3], "input": "a"}]},
        {"CROSS_VALID_CONFIG": [{"validator": "none"}]},
        {"INPUT_CONFIG": [{"type": ["BASE64", "raw"], "tag": "a", "required": False}]},
        {"LIBRARIAN_PORT": "8000", "LIBRARIAN_MAX_BYTES": 5, "LIBRARIAN_ORIGINS": "a,b"},
        {"LIBRARIAN_MAX_BYTES": "25MiB", "LIBRARIAN_ORIGINS": ["a", "b"]},
    ],
    ids=json.dumps,
)
def test_what_the_service_reads_fits_the_schema(right: Any, schema: Draft202012Validator) -> None:
    assert not list(schema.iter_errors(right))


def test_the_schema_knows_every_setting_and_every_failure() -> None:
    whole = catalog.json_schema()
    assert set(whole["properties"]) == {*PLAIN_VARIABLES, *JSON_SETTINGS}
    assert set(whole["properties"][STATUS]["properties"]) == {stage.slug for stage in STAGES}


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_the_generated_documents_are_what_the_code_says(name: str) -> None:
    told = (ROOT / name).read_text(encoding="utf-8")
    assert told == GENERATED[name](), "run `make docs`"


def test_the_example_file_names_every_setting_with_a_value_that_is_read() -> None:
    text = catalog.env_example()
    assert not dotenv_values(stream=io.StringIO(text))
    switched_on = "\n".join(
        line[1:] if line[:1] == "#" and line[1:2].isupper() and "=" in line else line
        for line in text.splitlines()
    )
    values = dotenv_values(stream=io.StringIO(switched_on), interpolate=False)
    one_by_one = {name for name in KNOWN if name.startswith("STATUS_") and name != STATUS}
    assert set(values) == set(KNOWN) - one_by_one
    for name, setting in JSON_SETTINGS.items():
        assert json.loads(values[name] or "") == setting.example
    assert values["LIBRARIAN_MAX_BYTES"] == "25MiB"


def test_the_reference_explains_every_setting_component_and_status() -> None:
    text = catalog.reference()
    for name in (*PLAIN_VARIABLES, *JSON_SETTINGS):
        assert f"| `{name}` |" in text
    for family, made in EVERY:
        assert f"### {made.name}\n\n{sentences(made)[0]}" in text, family.name
    for stage in STAGES:
        assert f"| {stage.status} | `{stage.slug}` |" in text


def test_every_plain_setting_has_help_and_those_that_measure_a_unit() -> None:
    told = dict(settings())
    assert all(param.help for param in told.values())
    assert {told["max_bytes"].kind, told["max_pixels"].kind} == {"bytes", "pixels"}
    assert told["max_bytes"].default == "25MiB"
    assert told["max_pixels"].default == "64MP"


def test_secrets_are_told_as_secrets_and_never_with_a_default() -> None:
    for _, made in STEPS:
        for param in params(made):
            if param.schema.get("writeOnly"):
                assert "secret" in param.kind
                assert not param.default
