"""Is the configuration read whole: right values typed, every mistake told at once, no secret?"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from librarian.component import Family
from librarian.inputs import INPUTS
from librarian.problem import ConfigError
from librarian.settings import Settings, load
from librarian.settings.declared import (
    CHAINS,
    FAMILIES,
    INPUT,
    JSON_SETTINGS,
    KNOWN,
    OBJECTS,
    PLAIN_VARIABLES,
    SHORTEST_SECRET,
    SIX,
    STATUS,
)

CANARY = "canary-4711"
STORED = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
DESIGNED = {
    "INPUT_CONFIG": '{"type": "base64","tag": "image"}',
    "LABEL_VALID_CONFIG": '[{"validator": "type","args": [{"filename": "str","x": "int","y": "int"}]}]',  # noqa: E501
    "DATA_VALID_CONFIG": '[{"validator": "img","kwargs": {"h": 0,"w": 0}}]',
    "LABEL_ACTOR_CONFIG": '[{"actor": "mongo","args": ["<user>","<pswd>","<url>","<db>","<col>"]}]',
    "DATA_ACTOR_CONFIG": '[{"actor": "S3","args": ["<access_key>","<secret_key>","<bucket_name>","images/",""]}]',  # noqa: E501
    "CROSS_VALID_CONFIG": "[]",
}
"""The six variables as every document shows them."""
REAL = {"<url>": "db.example.org", "<bucket_name>": "my-bucket", "<db>": "data", "<col>": "labels"}


def filled(text: str) -> str:
    """Put what could be real into the places in angle brackets."""
    for place, value in REAL.items():
        text = text.replace(place, value)
    return text


FILLED = {name: filled(text) for name, text in DESIGNED.items()}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems(environ: Mapping[str, str], **more: Any) -> dict[str, str]:
    """Load a wrong configuration; give its problems, path to message."""
    with pytest.raises(ConfigError) as caught:
        load(environ, **more)
    return {problem.path: problem.message for problem in caught.value.problems}


def names(steps: Any) -> list[str]:
    return [step.component.name for step in steps]


def test_with_nothing_set_the_embedded_default_serves() -> None:
    settings = load({"PATH": "/bin", "HOME": "/root"})
    assert settings.embedded
    assert names(settings.data_act) == ["image"]
    assert names(settings.label_act) == ["sqlite"]
    assert names(settings.data_valid) == ["img"]
    assert [intake.tag for intake in settings.intakes] == ["image"]
    assert [way.name for way in settings.intakes[0].ways] == ["base64", "file", "raw"]
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_the_embedded_default_keeps_things_where_it_is_told() -> None:
    settings = load({"LIBRARIAN_DATA_DIR": "/elsewhere"})
    assert settings.data_act[0].component.directory == "/elsewhere/images"


def test_a_mistake_elsewhere_does_not_ask_for_stores_that_have_a_default() -> None:
    assert list(problems({"LIBRARIAN_PORT": "many"})) == ["LIBRARIAN_PORT"]


def test_the_designed_example_loads_letter_for_letter() -> None:
    settings = load(FILLED)
    assert names(settings.label_act) == ["mongo"]
    assert names(settings.data_act) == ["S3"]
    assert names(settings.label_valid) == ["type"]
    assert settings.cross_valid == ()
    assert not settings.embedded


def test_the_declared_examples_are_the_designed_ones() -> None:
    assert {name: JSON_SETTINGS[name].example for name in SIX} == {
        name: json.loads(text) for name, text in DESIGNED.items()
    }


@pytest.mark.parametrize("name", SIX)
def test_if_any_of_the_six_is_set_both_actor_chains_must_be(name: str) -> None:
    value = FILLED[name]
    missing = {"DATA_ACTOR_CONFIG", "LABEL_ACTOR_CONFIG"} - {name}
    assert set(problems({name: value})) == missing


def test_no_step_is_an_empty_list_or_the_name_none() -> None:
    environ = {**STORED, "DATA_VALID_CONFIG": '[{"validator": "none"}]'}
    settings = load({**environ, "LABEL_ACTOR_CONFIG": '[{"actor": "None"}]'})
    assert settings.data_valid == settings.label_act == settings.data_act == ()


def test_names_match_in_any_case() -> None:
    assert names(load({**STORED, "DATA_VALID_CONFIG": '[{"validator": "IMG"}]'}).data_valid)


def test_one_input_or_a_list_of_them() -> None:
    inputs = '[{"type": "FILE", "tag": "a"}, {"type": ["json"], "tag": "b", "required": false}]'
    settings = load({**STORED, "INPUT_CONFIG": inputs})
    assert [(each.tag, each.required) for each in settings.intakes] == [("a", True), ("b", False)]


def test_every_problem_is_told_at_once_with_its_path() -> None:
    told = problems(
        {
            "INPUT_CONFIG": '{"type": "base65", "tag": "im age", "requird": true}',
            "LABEL_VALID_CONFIG": '[{"validator": "typ", "args": [{"x": "int"}]}]',
            "DATA_VALID_CONFIG": '[{"validator": "img"}, {"validator": "img", "kwargs": {"width": 3, "h": -1}}]',  # noqa: E501
            "CROSS_VALID_CONFIG": "{",
            "DATA_ACTORS_CONFIG": "[]",
            "LABEL_ACTOR_CONFIG": '[{"actor": "print", "on_fail": "flag", "args": [1]}]',
            "STATUS_CONFIG": '{"data-stor": 503, "size": 200}',
            "LIBRARIAN_MAX_BYTES": "many",
            "LIBRARIAN_MAX_BITES": "1",
            "LIBRARIAN_THREADS": "0",
        }
    )
    assert set(told) == {
        "INPUT_CONFIG.type",
        "INPUT_CONFIG.tag",
        "INPUT_CONFIG.requird",
        "LABEL_VALID_CONFIG[0].validator",
        "DATA_VALID_CONFIG[1].kwargs.width",
        "DATA_VALID_CONFIG[1].kwargs.h",
        "CROSS_VALID_CONFIG",
        "DATA_ACTORS_CONFIG",
        "DATA_ACTOR_CONFIG",
        "LABEL_ACTOR_CONFIG[0].on_fail",
        "LABEL_ACTOR_CONFIG[0].args",
        "STATUS_CONFIG.data-stor",
        "STATUS_CONFIG.size",
        "LIBRARIAN_MAX_BYTES",
        "LIBRARIAN_MAX_BITES",
        "LIBRARIAN_THREADS",
    }
    assert '"base64"' in told["INPUT_CONFIG.type"]
    assert '"required"' in told["INPUT_CONFIG.requird"]
    assert '"type"' in told["LABEL_VALID_CONFIG[0].validator"]
    assert '"DATA_ACTOR_CONFIG"' in told["DATA_ACTORS_CONFIG"]
    assert '"data-store"' in told["STATUS_CONFIG.data-stor"]
    assert '"LIBRARIAN_MAX_BYTES"' in told["LIBRARIAN_MAX_BITES"]
    assert "25MiB" in told["LIBRARIAN_MAX_BYTES"]


@pytest.mark.parametrize(
    "name",
    [
        "DATA_ACTORS_CONFIG", "ACTOR_DATA_CONFIG", "DATA_ACTOR_CONFG", "LABEL_VALIDATION_CONFIG",
        "INPUTS_CONFIG", "CROSS_VALIDATOR_CONFIG", "data_actor_config", "DATA_VALID_CFG",
        "LIBRARIAN_PROT", "LIBRARIAN_MAXBYTES", "STATUS_CONFIGS",
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_in_a_variable_is_found_and_the_right_one_named(name: str) -> None:
    told = problems({**STORED, name: "[]"})
    assert list(told) == [name]
    assert "Did you mean" in told[name]


@pytest.mark.parametrize(
    "name",
    [
        "KUBE_CONFIG", "LOG_CONFIG", "APP_CONFIG", "KUBECONFIG", "PIP_CONFIG_FILE", "XDG_CONFIG",
        "OUTPUT_CONFIG", "DATA_CONFIG", "WEB_CONFIG", "STATUS_PAGE_URL", "DATABASE_URL",
        "LIBRARIAN_TEST_MONGODB_URI",
    ],
)  # fmt: skip
def test_variables_of_others_are_left_alone(name: str) -> None:
    assert load({name: "whatever"}).embedded


@pytest.mark.parametrize("name", ["MAX_BYTES", "host", "LIBRARIAN_TEST_X", "SOMETHING"])
def test_a_json_file_holds_settings_only(own_folder: Path, name: str) -> None:
    (own_folder / "whole.json").write_text(json.dumps({name: "1"}))
    assert list(problems({}, json_file="whole.json")) == [name.upper()]


@pytest.mark.parametrize("name", sorted(PLAIN_VARIABLES))
def test_every_plain_setting_is_read_from_its_variable(name: str) -> None:
    field = PLAIN_VARIABLES[name]
    default = getattr(load({}), field)
    texts = {int: "7", float: "7", str: "other", tuple: "https://a.example, https://b.example"}
    texts[bool] = "false"
    text = {**texts, SecretStr: "s" * SHORTEST_SECRET}[type(default)]
    choices = {"log_level": "error", "without_key": "fingerprint", "ephemeral_disk": "accept"}
    choices |= {"memory": "256MiB", "log_format": "json"}
    choices["sentry_dsn"] = "https://key@sentry.example/1"
    value = getattr(load({name: choices.get(field, text)}), field)
    assert value != default
    assert type(value) is type(default)


@pytest.mark.parametrize("text", ["short", "s" * 31, "${NOWHERE}", "${file:/nowhere}"])
def test_a_secret_that_is_none_is_one_problem_that_quotes_nothing(text: str) -> None:
    (said,) = problems({"LIBRARIAN_SECRET": text}).items()
    assert said[0] == "LIBRARIAN_SECRET"
    assert "sss" not in said[1]


def test_of_a_variable_that_is_not_set_nothing_is_told_that_follows_from_it() -> None:
    stored = {"DATA_ACTOR_CONFIG": "[]", "LABEL_VALID_CONFIG": '[{"validator": "tipe"}]'}
    entry = '[{"actor": "mongo", "kwargs": {"uri": "${MONGODB_URI}", "colection": "x"}}]'
    said = problems({**stored, "LABEL_ACTOR_CONFIG": entry})
    assert said["LABEL_ACTOR_CONFIG[0].kwargs.uri"] == "${MONGODB_URI} is not set"
    assert set(said) == {
        "LABEL_ACTOR_CONFIG[0].kwargs.uri",
        "LABEL_ACTOR_CONFIG[0].kwargs.colection",
        "LABEL_VALID_CONFIG[0].validator",
    }


def test_a_secret_comes_from_a_file_or_another_variable(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("f" * 40 + "\n")
    for text, secret in ((f"${{file:{file}}}", "f" * 40), ("${HOSTS_OWN}", "h" * 32)):
        settings = load({"LIBRARIAN_SECRET": text, "HOSTS_OWN": "h" * 32})
        assert settings.secret.get_secret_value() == secret
        assert secret not in repr(settings)


@pytest.mark.parametrize(
    ("text", "size"), [("25MiB", 25 * 2**20), ("1.5 kb", 1500), ("7", 7), ("2g", 2**31)]
)
def test_sizes_are_written_as_people_write_them(text: str, size: int) -> None:
    assert load({"LIBRARIAN_MAX_BYTES": text}).max_bytes == size


@pytest.mark.parametrize("text", ["-1", "0", "1e9", "25 apples", "MiB", "٣"])
def test_what_is_no_size_is_a_problem(text: str) -> None:
    assert list(problems({"LIBRARIAN_MAX_BYTES": text})) == ["LIBRARIAN_MAX_BYTES"]


def test_a_host_that_sets_its_port_is_served_on_every_address() -> None:
    settings = load({"PORT": "5000", "WEB_CONCURRENCY": "3"})
    assert (settings.host, settings.port, settings.workers) == ("0.0.0.0", 5000, 3)


def test_our_own_variables_and_flags_are_stronger_than_the_hosts() -> None:
    ours = {"LIBRARIAN_PORT": "9000", "LIBRARIAN_WORKERS": "4"}
    settings = load({"PORT": "5000", "WEB_CONCURRENCY": "3", **ours})
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 9000, 4)
    flagged = load({"PORT": "5000"}, flags={"LIBRARIAN_HOST": "127.0.0.2"})
    assert (flagged.host, flagged.port) == ("127.0.0.2", 5000)


def test_a_wrong_port_of_the_host_is_told_by_the_hosts_name() -> None:
    assert list(problems({"PORT": "http"})) == ["PORT"]


def test_on_a_disk_that_does_not_last_a_local_store_is_a_problem() -> None:
    assert set(problems({"DYNO": "web.1"})) == {"DATA_ACTOR_CONFIG[0]", "LABEL_ACTOR_CONFIG[0]"}
    assert load({"DYNO": "web.1", "LIBRARIAN_EPHEMERAL_DISK": "accept"}).embedded
    assert load({"DYNO": "web.1", **FILLED})


def test_statuses_are_set_whole_or_one_by_one() -> None:
    one = {"STATUS_LABEL_STORE": "504"}
    settings = load({"STATUS_CONFIG": '{"data-store": 503, "label-store": 503}', **one})
    assert settings.statuses == {"data-store": 503, "label-store": 504}


@pytest.mark.parametrize("status", ["200", "600", "4xx", "null", "true"])
def test_a_failure_cannot_be_answered_as_a_success(status: str) -> None:
    told = problems({"STATUS_CONFIG": json.dumps({"size": status})})
    assert list(told) == ["STATUS_CONFIG.size"]


def test_testing_prints_and_stores_nothing_whatever_is_configured() -> None:
    for environ in ({}, DESIGNED, {"INPUT_CONFIG": DESIGNED["INPUT_CONFIG"]}, {"DYNO": "web.1"}):
        settings = load(environ, test=True)
        assert names(settings.data_act + settings.label_act) == ["print", "print"]


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load({}).port = 1


@pytest.mark.parametrize("name", [name for name in KNOWN if name not in ("LIBRARIAN_CONFIG",)])
@pytest.mark.parametrize(
    "shape", ["{}", '"{}"', '["{}"]', '{{"{}": "{}"}}', '[{{"actor": 1, "args": "{}"}}]']
)
def test_no_wrong_value_is_quoted_in_a_message(name: str, shape: str) -> None:
    try:
        load({**STORED, name: shape.replace("{}", CANARY).replace("{{", "{").replace("}}", "}")})
    except ConfigError as error:
        told = [str(each) for each in error.problems if not _names_a_name(str(each))]
        assert CANARY not in "".join(told)


def _names_a_name(told: str) -> bool:
    """Say whether the message tells an unknown name: names are no secrets."""
    return told.startswith(tuple(f"{name}." for name in (STATUS, INPUT, *OBJECTS)))


def _chain(family: Family) -> str:
    return next(name for name, chain in CHAINS.items() if chain.family is family)


COMPONENTS = [
    (family, made) for family in FAMILIES if family is not INPUTS for made in family.table.values()
]


@pytest.mark.parametrize(("family", "made"), COMPONENTS, ids=lambda each: each.name)
def test_no_component_tells_a_secret_in_a_message_or_a_repr(
    family: Family, made: type[Any]
) -> None:
    secrets = [
        name
        for name, field in made.__pydantic_fields__.items()
        if "Secret" in str(field.annotation)
    ]
    for name in secrets:
        for value in (CANARY, [CANARY], {"x": CANARY}, {CANARY: 1}):
            entry: dict[str, Any] = {family.word: made.name, "kwargs": {name: value}}
            environ = {**STORED, _chain(family): json.dumps([entry])}
            try:
                settings: Settings | ConfigError = load(environ)
            except ConfigError as error:
                settings = error
            assert CANARY not in f"{settings} {settings!r}"
