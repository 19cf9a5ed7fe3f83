"""Is a setting that is an object read whole and member by member, and every fault told?"""

import json
from pathlib import Path

import pytest

from librarian.problem import ConfigError
from librarian.settings import load
from librarian.settings.spool import SpoolConfig

STORED = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def problems(**variables: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        load({**STORED, **variables})
    return {problem.path: problem.message for problem in caught.value.problems}


def test_there_is_no_spool_unless_it_is_set() -> None:
    assert load(STORED).spool is None


def test_a_spool_is_read_with_units() -> None:
    whole = {"directory": "a", "when": "always", "max_bytes": "2MiB", "max_age": "36h"}
    spool = load({**STORED, "SPOOL_CONFIG": json.dumps(whole)}).spool
    assert spool == SpoolConfig(directory="a", when="always", max_bytes=2**21, max_age=129_600)


def test_a_spool_needs_nothing_but_its_directory() -> None:
    spool = load({**STORED, "SPOOL_DIRECTORY": "a"}).spool
    assert spool == SpoolConfig(directory="a", when="failure", max_bytes=2**30, max_age=604_800)


def test_a_members_own_variable_is_stronger() -> None:
    whole = {"SPOOL_CONFIG": '{"directory": "a", "max_age": 5}', "SPOOL_MAX_AGE": "7d"}
    spool = load({**STORED, **whole, "SPOOL_WHEN": "always"}).spool
    assert spool == SpoolConfig(directory="a", when="always", max_age=604_800)


def test_a_member_may_refer_to_another_variable() -> None:
    variables = {"SPOOL_CONFIG": '{"directory": "${HOME}/spool"}', "HOME": "/home/a"}
    spool = load({**STORED, **variables}).spool
    assert spool is not None
    assert spool.directory == "/home/a/spool"


def test_every_fault_is_told_with_its_path() -> None:
    whole = {"when": "sometimes", "max_bytes": "many", "max_aje": 3}
    told = problems(SPOOL_CONFIG=json.dumps(whole), SPOOL_MAX_AGE="-1")
    assert set(told) == {
        "SPOOL_CONFIG.directory",
        "SPOOL_CONFIG.when",
        "SPOOL_CONFIG.max_bytes",
        "SPOOL_CONFIG.max_aje",
        "SPOOL_MAX_AGE",
    }
    assert told["SPOOL_CONFIG.directory"] == "is missing"
    assert 'Did you mean "max_age"?' in told["SPOOL_CONFIG.max_aje"]
    assert "7d" in told["SPOOL_MAX_AGE"]
    assert "'failure' or 'always'" in told["SPOOL_CONFIG.when"]


@pytest.mark.parametrize("wrong", ["[]", "true", "3"])
def test_what_is_no_object_is_told(wrong: str) -> None:
    assert "must be a JSON object" in problems(SPOOL_CONFIG=wrong)["SPOOL_CONFIG"]


def test_a_spool_on_a_disk_that_does_not_last_is_a_problem_unless_accepted() -> None:
    told = problems(SPOOL_DIRECTORY="a", DYNO="web.1")
    assert set(told) == {"SPOOL_CONFIG.directory"}
    assert "LIBRARIAN_EPHEMERAL_DISK=accept" in told["SPOOL_CONFIG.directory"]
    accepted = {"SPOOL_DIRECTORY": "a", "DYNO": "web.1", "LIBRARIAN_EPHEMERAL_DISK": "accept"}
    assert load({**STORED, **accepted}).spool is not None
