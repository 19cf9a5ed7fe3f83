"""Does the strongest source win, and is every value read as it was meant?"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from librarian.settings.sources import Sources, gather

CANARY = "canary-4711"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(environ: Mapping[str, str], **more: Any) -> Sources:
    return gather(environ=environ, is_json=lambda name: name.startswith("A_"), **more)


def paths(sources: Sources) -> list[str]:
    return [problem.path for problem in sources.problems]


def test_each_source_is_stronger_than_the_next(own_folder: Path) -> None:
    names = ["A", "B", "C", "D"]
    (own_folder / "whole.json").write_text(json.dumps(dict.fromkeys(names, "json")))
    (own_folder / ".env").write_text("\n".join(f"{name}=dotenv" for name in names[:3]))
    environ = dict.fromkeys(names[:2], "environment")
    sources = found(environ, flags={"A": "flag"}, json_file="whole.json")
    assert sources.values == {"A": "flag", "B": "environment", "C": "dotenv", "D": "json"}
    assert not sources.problems


def test_an_empty_variable_is_as_good_as_none(own_folder: Path) -> None:
    (own_folder / ".env").write_text("A=dotenv\nB=\nC=\n")
    assert found({"A": "", "B": " ", "C": '""'}).values == {"A": "dotenv"}


def test_the_env_file_of_a_parent_folder_is_not_read(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_folder / ".env").write_text("A=parent")
    (own_folder / "below").mkdir()
    monkeypatch.chdir(own_folder / "below")
    assert found({}).values == {}


def test_a_named_env_file_is_read_instead_of_the_usual_one(own_folder: Path) -> None:
    (own_folder / ".env").write_text("A=usual\nB=usual")
    (own_folder / "other.env").write_text("A=other")
    assert found({}, dotenv="other.env").values == {"A": "other"}


def test_a_named_env_file_that_is_not_there_is_a_problem() -> None:
    assert paths(found({}, dotenv="nowhere.env")) == ["--dotenv"]


@pytest.mark.parametrize("content", [b"A=\xff\n", b"\xff\xfeA\x00"], ids=["Latin-1", "UTF-16"])
def test_an_env_file_that_is_not_utf8_is_a_problem(own_folder: Path, content: bytes) -> None:
    (own_folder / ".env").write_bytes(content)
    assert paths(found({})) == [".env"]


def test_a_broken_line_of_an_env_file_is_named_and_not_quoted(own_folder: Path) -> None:
    (own_folder / ".env").write_text(f"A=1\nB='{CANARY}\n")
    (problem,) = found({}).problems
    assert problem.path == ".env"
    assert "line 2" in problem.message
    assert CANARY not in str(problem)


def test_json_in_an_env_file_is_taken_as_it_stands(own_folder: Path) -> None:
    text = """A_CONFIG='{"url": "${HOST_OF}/x", "say": "\\\\"hi\\\\""}'\nHOST_OF=example\n"""
    (own_folder / ".env").write_text(text.replace("\\\\", "\\"))
    assert found({}).values["A_CONFIG"]["url"] == "example/x"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_that_docker_leaves_around_a_value_are_taken_off(quote: str) -> None:
    sources = found({"A_CONFIG": f'{quote}["a"]{quote}', "B": f"{quote}b{quote}"})
    assert sources.values == {"A_CONFIG": ["a"], "B": "b"}


def test_references_are_filled_in_after_the_json_is_parsed(own_folder: Path) -> None:
    secret = 'a"b\\c${NOT_AGAIN}'
    (own_folder / "secret").write_text(secret + "\n")
    text = '["${SECRET}", "${file:secret}", "${NONE:-else}", "${NONE:-}", "x${SECRET}y", 1]'
    values = found({"A_CONFIG": text, "SECRET": secret}).values["A_CONFIG"]
    assert values == [secret, secret, "else", "", f"x{secret}y", 1]


def test_a_reference_takes_off_the_quotes_that_docker_leaves() -> None:
    assert found({"A_CONFIG": '["${S}"]', "S": '"secret"'}).values["A_CONFIG"] == ["secret"]


def test_a_reference_to_nothing_is_a_problem_with_its_path() -> None:
    sources = found({"A_CONFIG": '[{"args": ["x", "${NOWHERE}"]}, "${file:/no/where}"]'})
    assert paths(sources) == ["A_CONFIG[0].args[1]", "A_CONFIG[1]"]
    assert "NOWHERE" in sources.problems[0].message


def test_references_read_the_env_file_too(own_folder: Path) -> None:
    (own_folder / ".env").write_text("SECRET=from-file")
    assert found({"A_CONFIG": '["${SECRET}"]'}).values["A_CONFIG"] == ["from-file"]


@pytest.mark.parametrize(
    "text", [f'["{CANARY}"', f'{{"{CANARY}": NaN}}', CANARY, f'["{CANARY}\ud800"]']
)
def test_broken_json_is_told_without_quoting_it(text: str) -> None:
    sources = found({"A_CONFIG": text})
    assert paths(sources) == ["A_CONFIG"]
    assert CANARY not in str(sources.problems[0])
    assert "A_CONFIG" not in sources.values
    assert "A_CONFIG" in sources.given


def test_the_whole_configuration_may_stand_in_one_variable() -> None:
    whole = json.dumps({"a_config": [1], "B": "b"})
    assert {"A_CONFIG": [1], "B": "b"}.items() <= found({"LIBRARIAN_CONFIG": whole}).values.items()


def test_the_whole_configuration_may_be_a_file_that_a_variable_names(own_folder: Path) -> None:
    (own_folder / "whole.json").write_bytes(b'\xef\xbb\xbf{"A": "a"}')
    assert found({"LIBRARIAN_CONFIG": "whole.json"}).values["A"] == "a"
    assert found({"LIBRARIAN_CONFIG": "'whole.json'"}).values["A"] == "a"


@pytest.mark.parametrize("whole", ["[1]", "{", "nowhere.json"])
def test_a_whole_configuration_that_cannot_be_read_is_a_problem(whole: str) -> None:
    assert paths(found({"LIBRARIAN_CONFIG": whole})) == ["LIBRARIAN_CONFIG"]


def test_a_json_file_that_is_not_there_is_a_problem() -> None:
    assert paths(found({}, json_file="nowhere.json")) == ["--json"]


def test_a_variable_of_the_host_overrides_weaker_sources_of_what_it_stands_for(
    own_folder: Path,
) -> None:
    aliases = {"PORT": "OUR_PORT"}
    (own_folder / ".env").write_text("OUR_PORT=1")
    assert "OUR_PORT" not in found({"PORT": "2"}, aliases=aliases).values
    assert found({"PORT": "2"}, flags={"OUR_PORT": "3"}, aliases=aliases).values["OUR_PORT"] == "3"
    both = found({"PORT": "2", "OUR_PORT": "4"}, aliases=aliases)
    assert both.values["OUR_PORT"] == "4"
