"""Is any configuration taken or refused with a path, and never with a traceback or a secret?"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from librarian.problem import ConfigError
from librarian.settings import load
from librarian.settings.declared import JSON_SETTINGS, KNOWN, PLAIN_VARIABLES
from librarian.settings.sources import gather

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CANARY = "canary-4711-is-a-secret"
NAMES = st.sampled_from(
    ["actor", "validator", "type", "tag", "args", "kwargs", "input", "on_fail", "required", "mongo",
     "S3", "img", "base64", "file", "image", "sqlite", "directory", "h", "w", "when", "spool"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | NAMES | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | TEXT, inner, max_size=4),
)
ENTRIES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "actor": NAMES, "validator": NAMES, "args": st.lists(VALUES, max_size=6),
            "kwargs": st.dictionaries(NAMES, VALUES), "input": NAMES, "on_fail": NAMES,
        },
    ),
    max_size=3,
)  # fmt: skip
CALM = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


@CALM
@given(st.dictionaries(st.sampled_from(sorted(JSON_SETTINGS)), VALUES | ENTRIES))
def test_any_json_is_settings_or_is_refused_with_its_place(given_: dict[str, Any]) -> None:
    refused: tuple[Any, ...] = ()
    try:
        load({name: json.dumps(value) for name, value in given_.items()})
    except ConfigError as error:
        refused = error.problems
    for problem in refused:
        assert problem.path.split(".")[0].split("[")[0] in KNOWN
        assert problem.message
        assert CANARY not in str(problem) or names_it(given_, CANARY)


def names_it(value: Any, word: str) -> bool:
    """Say whether a word stands where a name belongs, which may be quoted: it is no value."""
    if isinstance(value, dict):
        named = [value.get(key) for key in ("actor", "validator", "type", "tag")]
        return word in value or word in named or any(names_it(v, word) for v in value.values())
    return isinstance(value, list) and any(names_it(each, word) for each in value)


@CALM
@given(st.dictionaries(st.sampled_from(sorted(PLAIN_VARIABLES)), TEXT))
def test_any_text_for_a_plain_setting_is_taken_or_refused_by_its_name(
    given_: dict[str, str],
) -> None:
    refused: tuple[Any, ...] = ()
    try:
        load(given_)
    except ConfigError as error:
        refused = error.problems
    assert {problem.path.partition("[")[0] for problem in refused} <= set(given_)


@CALM
@given(st.dictionaries(st.from_regex(r"A_[A-Z]{1,6}", fullmatch=True), VALUES.filter(bool)))
def test_json_from_every_source_is_the_value_that_was_written(given_: dict[str, Any]) -> None:
    finite = json.loads(json.dumps(given_).replace("NaN", "0").replace("Infinity", "1"))
    texts = {name: json.dumps(value) for name, value in finite.items()}
    Path("whole.json").write_text(json.dumps(finite), encoding="utf-8")
    flags = gather(environ={}, flags=texts, is_json=lambda _: True)
    environ = gather(environ=texts, is_json=lambda _: True)
    file = gather(environ={}, json_file="whole.json", is_json=lambda _: True)
    if "${" not in json.dumps(finite):
        assert flags.values == environ.values
        assert {name: file.values[name] for name in file.values} == environ.values


@CALM
@given(st.binary(max_size=200))
def test_any_bytes_in_a_file_are_read_or_are_a_problem(content: bytes) -> None:
    for name in (".env", "whole.json"):
        Path(name).write_bytes(content)
    found = gather(environ={}, json_file="whole.json", is_json=lambda _: False)
    assert {problem.path for problem in found.problems} <= {".env", "--json"}
