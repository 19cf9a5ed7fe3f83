"""Does no output of the program show a secret, whatever goes wrong? Canaries are planted to see.

Every component and every setting that declares a secret is tested, found by looping, a new one
unasked. A canary is looked for as it is (which is also how it stands in JSON and in percent
encoding, for it has letters and digits alone), in base64 at every alignment, and in hexadecimal.
"""

import base64
import json
import logging
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from librarian import catalog, pipeline, summary, uid
from librarian.access import keys
from librarian.catalog.describe import entry
from librarian.catalog.param import members, params
from librarian.chain import Step
from librarian.problem import ConfigError
from librarian.record import LABELS, Blob, Document
from librarian.settings import Settings, load
from librarian.settings.declared import CHAINS, FAMILIES, OBJECTS, PREFIX, Plain
from librarian.stage import StoreError
from librarian.web import create_app
from tests import contract, servers
from tests.conftest import needed
from tests.e2e.stack import ROOT, service
from tests.pictures import make
from tests.process import HOST
from tests.receiver import receiver

CANARY = "c4nary0fTheM1ne5hafts"
PHOTO = make("PNG", 64, 48)
DATA = Blob("image", PHOTO)


def _base64(text: str) -> Iterator[str]:
    """Give what of a text's base64 is the same whatever stands around it, at each alignment."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + text.encode()).decode()
        yield coded[4 if before else 0 : len(coded) - 4]


FORMS = (CANARY, *_base64(CANARY), CANARY.encode().hex())


def assert_hidden(shown: str) -> None:
    for form in FORMS:
        at = shown.lower().find(form.lower())
        assert at < 0, f"a secret shows: …{shown[max(0, at - 200) : at + 60]}…"


def planted_webhook(port: int) -> list[dict[str, Any]]:
    secret = "whsec_" + base64.b64encode(CANARY.encode() + b"....").decode()
    return [{"url": f"http://{HOST}:{port}/{CANARY}?key={CANARY}", "secret": secret}]


def planted_mongodb(port: int) -> list[dict[str, Any]]:
    apart = {"user": f"{CANARY}:@/", "password": f"@:/%+ {CANARY}", "url": f"{HOST}:{port}"}
    whole = f"mongodb://{CANARY}%3A:p%40{CANARY}@{HOST}:{port}/db?authSource=admin"
    named: list[dict[str, Any]] = [apart, {"uri": whole}, {"user": whole}]
    return [{**each, "database": "db", "timeout": 0.05} for each in named]


PLANTED = {
    "gridfs": planted_mongodb,
    "mongo": planted_mongodb,
    "s3": lambda port: [
        {"access_key": CANARY, "secret_key": CANARY, "session_token": CANARY, "bucket": "bucket",
         "endpoint": f"http://{HOST}:{port}", "timeout": 0.05, "region": "eu-central-1"},
    ],
    "webhook": planted_webhook,
}  # fmt: skip
"""Where secrets have a form, or exclude each other: kwargs that hold all of them. A component that
is not here has its canaries put into the secret params of its example."""


def secrets_of(made: type[Any]) -> set[str]:
    return {param.name for param in params(made) if param.schema.get("writeOnly")}


SECRETIVE = [
    (family, made) for family in FAMILIES for made in family.table.values() if secrets_of(made)
]
each_secretive = pytest.mark.parametrize(
    ("family", "made"), SECRETIVE, ids=[f"{family.name}-{made.name}" for family, made in SECRETIVE]
)


def planted(family: Any, made: type[Any], port: int) -> list[dict[str, Any]]:
    """Give entries of the configuration with a canary in every secret param."""
    if made.name.lower() in PLANTED:
        ways = PLANTED[made.name.lower()](port)
        assert secrets_of(made) <= {name for way in ways for name in way}, "plant in all of them"
        return [{family.word: made.name, "kwargs": way} for way in ways]
    example = entry(family, made)
    names = [param.name for param in params(made) if param.positional]
    given = dict(zip(names, example.get("args", []), strict=False)) | example.get("kwargs", {})
    kwargs = given | dict.fromkeys(secrets_of(made), CANARY)
    return [{family.word: made.name, "kwargs": kwargs}]


def configured(family: Any, made: type[Any], one: dict[str, Any], tmp_path: Path) -> dict[str, str]:
    """Give the variables of a service that uses one entry, beside stores that work."""
    chain = next(
        name
        for name, each in CHAINS.items()
        if each.family is family and (name.startswith("LABEL_") == (Document in made.takes))
    )
    variables: dict[str, Any] = {
        "DATA_ACTOR_CONFIG": [{"actor": "file", "args": [str(tmp_path / "data")]}],
        "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": [str(tmp_path / "labels.sqlite")]}],
        "LIBRARIAN_DATA_DIR": str(tmp_path / "own"),
    }
    variables[chain] = [*variables.get(chain, []), one]
    return {n: v if isinstance(v, str) else json.dumps(v) for n, v in variables.items()}


def step_of(settings: Settings, made: type[Any]) -> Step:
    chains = (getattr(settings, chain.field) for chain in CHAINS.values())
    found: list[Step] = [step for chain in chains for step in chain]
    return next(step for step in found if isinstance(step.component, made))


def test_the_catalog_knows_components_with_secrets() -> None:
    assert {made.name for _, made in SECRETIVE} >= {"mongo", "gridfs", "S3", "webhook"}


@each_secretive
def test_what_is_said_of_a_configuration_shows_none(
    family: Any, made: type[Any], tmp_path: Path
) -> None:
    for one in planted(family, made, 1):
        settings = load(configured(family, made, one, tmp_path))
        step = step_of(settings, made)
        with_all = [repr(settings), str(settings), repr(settings.__dict__), repr(vars(settings))]
        with_all += [repr(settings.model_dump()), repr(step), str(step), repr(step.component)]
        with_all += [str(step.component), repr(vars(step.component)), repr([step])]
        with_all += [summary.said(step.component), *summary.standing(settings)]
        with_all += [f"{word} {said}" for word, said in summary.greeting(settings, 8000)]
        with_all += [catalog.describe(made.name), json.dumps(catalog.json_schema())]
        with_all += [pipeline.build(settings).config]
        assert_hidden("\n".join(with_all))


def faults_of(component: Any) -> Iterator[BaseException]:
    """Have a store asked and written to, and give what goes wrong."""
    key = uid.mint()
    part = contract.labels(key) if Document in component.takes else DATA
    for call in (component.ping, lambda: component.act(key, part)):
        try:
            call()
        except StoreError as error:
            yield error


@each_secretive
def test_no_fault_of_a_store_shows_one_nor_what_its_driver_says(
    family: Any, made: type[Any], tmp_path: Path, dead_port: int, hanging_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    with receiver() as refusing, caplog.at_level(logging.DEBUG, "librarian"):
        refusing.status = 403
        for port in (dead_port, hanging_port, refusing.port):
            for one in planted(family, made, port)[: None if port == dead_port else 1]:
                settings = load(configured(family, made, one, tmp_path))
                component = step_of(settings, made).component
                found = list(faults_of(component))
                assert found, "something goes wrong"
                for error in found:
                    assert_hidden("".join(traceback.format_exception(error)))
                if hasattr(component, "close"):
                    component.close()
    assert_hidden(caplog.text)


@each_secretive
def test_a_bug_in_a_component_shows_none(
    family: Any, made: type[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    def bug(component: Any, *_: Any) -> Any:
        hidden = [getattr(component, name) for name in secrets_of(made)]
        raise LookupError(f"{component} {hidden}")

    for name in ("act", "check", "read"):
        if hasattr(made, name):
            monkeypatch.setattr(made, name, bug)
    for one in planted(family, made, 1)[:1]:
        variables = configured(family, made, one, tmp_path)
        app = create_app(load(variables))
        with caplog.at_level(logging.DEBUG, "librarian"):
            told = app.test_client().put("/upload?label=cat", data=PHOTO)
        assert_hidden(caplog.text + told.text)


def wrong(family: Any, made: type[Any]) -> Iterator[dict[str, Any]]:
    """Give entries with a canary and a mistake: kinds, names, too many, twice."""
    for name in secrets_of(made):
        for odd in ([CANARY], {"a": CANARY}, {CANARY: 1}, f"mongodb://{CANARY}\n"):
            yield {family.word: made.name, "kwargs": {name: odd}}
        yield {family.word: made.name, "kwargs": {f"{name}s": CANARY}}
        yield {family.word: made.name, "kwargs": {name: CANARY}, "args": [CANARY] * 30}
        yield {family.word: made.name, "kwargs": CANARY, "args": CANARY}
        yield {family.word: made.name, "arg": [CANARY], name: CANARY}


@each_secretive
def test_no_fault_of_a_configuration_shows_one(
    family: Any, made: type[Any], tmp_path: Path
) -> None:
    for one in wrong(family, made):
        with pytest.raises(ConfigError) as caught:
            load(configured(family, made, one, tmp_path))
        assert_hidden("".join(traceback.format_exception(caught.value)))
        assert_hidden(repr(caught.value.problems))


@pytest.mark.parametrize(
    "value",
    [
        f'[{{"actor": "mongo", "args": ["{CANARY}"',
        f'[{{"actor": "mongo", "args": ["{CANARY}", "{CANARY}"]}}',
        f'[{{"actor": "mongo", "args": ["{CANARY}\\ud800"]}}]',
        f'["{CANARY}"]',
        f'"{CANARY}"',
        f'{{"{CANARY}": 1}}',
        CANARY,
        '[{"actor": "mongo", "args": ["${NOT_THERE}", "${HIDDEN}"]}]',
        '[{"actor": "S3", "args": ["${HIDDEN}", ""]}]',
        '[{"actor": "mongo", "args": ["u", "p", "${HIDDEN}@host/x y", "db"]}]',
        '[{"actor": "mongo", "args": ["mongodb://u:${HIDDEN}@host/db?nonsense=${HIDDEN}"]}]',
        '[{"actor": "webhook", "args": ["http://${HIDDEN}.example/", "${HIDDEN}"]}]',
    ],
)
def test_no_broken_variable_shows_one(value: str) -> None:
    given = {"LABEL_ACTOR_CONFIG": value, "DATA_ACTOR_CONFIG": "[]", "HIDDEN": CANARY}
    with pytest.raises(ConfigError) as caught:
        load(given)
    assert_hidden("".join(traceback.format_exception(caught.value)))


SECRET_SETTINGS = [
    (name, member)
    for name, setting in OBJECTS.items()
    for member, param in members(setting.declared)
    if param.schema.get("writeOnly")
]
STORAGES = (
    f"mongodb://{CANARY}:p%40{CANARY}@{HOST}:1/db?serverSelectionTimeoutMS=50",
    f"redis://{CANARY}:{CANARY}@{HOST}:1/0",
)


PLAIN_SECRETS = {"secret": CANARY * 2, "sentry_dsn": f"https://{CANARY}@{HOST}/1"}
"""A value for each; the next test finds those that are missing here."""


def test_every_plain_setting_that_is_secret_is_looked_after() -> None:
    secret = {name for name, param in members(Plain) if param.schema.get("writeOnly")}
    assert secret == set(PLAIN_SECRETS)


@pytest.mark.parametrize("name", PLAIN_SECRETS)
def test_no_plain_secret_shows_and_nothing_signed_tells_it(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = {
        "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": [str(tmp_path / "data")]}]),
        "LABEL_ACTOR_CONFIG": json.dumps([{"actor": "jsonl", "args": [str(tmp_path / "l.jsonl")]}]),
        "LIBRARIAN_DATA_DIR": str(tmp_path / "own"),
        "ACCESS_REVIEW": keys.entry_of(CANARY),
        "LIBRARIAN_SECRET": CANARY * 2,
        f"LIBRARIAN_{name.upper()}": PLAIN_SECRETS[name],
    }
    settings = load(given)
    shown = [repr(settings), str(settings), repr(vars(settings))]
    shown += [*summary.standing(settings), pipeline.build(settings).config]
    shown += [f"{word} {said}" for word, said in summary.greeting(settings, 8000)]
    review = {"Authorization": f"Bearer {CANARY}"}
    with caplog.at_level(logging.DEBUG, "librarian"):
        client = create_app(settings).test_client()
        stored = client.put("/upload?x=1", data=PHOTO)
        mine = stored.headers["Location"]
        for told in (
            stored, client.get(mine), client.get(mine, headers={"Accept": "text/html"}),
            client.post("/desk/session", headers=review), client.get("/records", headers=review),
            client.get("/contract"), client.get("/openapi.json"), client.delete(mine),
            client.get(mine),
        ):  # fmt: skip
            shown.append(f"{told.status} {told.headers} {told.text}")
    assert [each[:3] for each in shown[-9:]] == ["201", "200", "200", "201", *["200"] * 4, "410"]
    assert_hidden("\n".join(shown) + caplog.text)
    with pytest.raises(ConfigError) as caught:
        load({**given, f"LIBRARIAN_{name.upper()}": CANARY[:9]})
    assert CANARY[:9] not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("value", STORAGES, ids=["mongodb", "redis"])
@pytest.mark.parametrize(("name", "member"), SECRET_SETTINGS)
def test_no_secret_setting_shows(
    name: str, member: str, value: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    whole = {**OBJECTS[name].example, member: value}
    given = {
        "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": [str(tmp_path / "data")]}]),
        "LABEL_ACTOR_CONFIG": json.dumps([{"actor": "jsonl", "args": [str(tmp_path / "l.jsonl")]}]),
        "LIBRARIAN_DATA_DIR": str(tmp_path / "own"),
        name: json.dumps(whole),
    }
    settings = load(given)
    shown = [repr(settings), str(settings), repr(settings.model_dump()), repr(vars(settings))]
    shown += [*summary.standing(settings), pipeline.build(settings).config]
    shown += [f"{word} {said}" for word, said in summary.greeting(settings, 8000)]
    with caplog.at_level(logging.DEBUG, "librarian"):
        client = create_app(settings).test_client()
        for path in ("/upload?x=1", "/readyz", "/openapi.json", "/"):
            told = client.put(path, data=PHOTO) if "upload" in path else client.get(path)
            shown.append(f"{told.status} {told.headers} {told.text}")
    assert_hidden("\n".join(shown) + caplog.text)


@pytest.mark.parametrize(("name", "member"), SECRET_SETTINGS)
def test_no_fault_of_a_secret_setting_shows_it(name: str, member: str) -> None:
    alone = name.removesuffix("CONFIG") + member.upper()
    for odd in ([CANARY], {CANARY: 1}, f"{CANARY}://x", f"redis://:{CANARY}@[::/x"):
        example = {**OBJECTS[name].example, member: odd}
        for given in ({name: json.dumps(example)}, {alone: json.dumps(odd)}):
            with pytest.raises(ConfigError) as caught:
                load({"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]", **given})
            assert_hidden("".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize("name", PLAIN_SECRETS)
def test_a_plain_setting_that_is_secret_is_shown_nowhere(name: str) -> None:
    variables = {f"{PREFIX}{name.upper()}": PLAIN_SECRETS[name]}
    settings = load(variables)
    shown = [repr(settings), str(settings), repr(settings.model_dump()), repr(vars(settings))]
    shown += summary.standing(settings)
    shown += [f"{word} {said}" for word, said in summary.greeting(settings, 8000)]
    assert_hidden("\n".join(shown))
    with pytest.raises(ConfigError) as caught:
        load({**variables, "LIBRARIAN_PORT": CANARY})
    assert_hidden("".join(traceback.format_exception(caught.value)))


def everything(
    mongodb: servers.MongoServer, s3: servers.S3Server, dead_port: int
) -> dict[str, str]:
    """Configure every store with secrets that its server refuses, and one that is dead."""
    port = int(mongodb.address.rpartition(":")[2])
    at = int(s3.endpoint.rpartition(":")[2])
    tables = {made.name: (family, made) for family, made in SECRETIVE}
    data = [planted(*tables["S3"], at)[0], planted(*tables["gridfs"], port)[0]]
    labels = [planted(*tables["mongo"], port)[n] for n in (0, 1)]
    labels[0]["kwargs"]["collection"] = "another"
    labels += [planted(*tables["mongo"], dead_port)[1], *planted(*tables["webhook"], dead_port)]
    return {
        "DATA_ACTOR_CONFIG": json.dumps(data),
        "LABEL_ACTOR_CONFIG": json.dumps(labels),
        "LABEL_VALID_CONFIG": '[{"validator": "type", "args": [{"x": "int"}]}]',
        "SPOOL_CONFIG": "",
        "HIDDEN": CANARY,
    }


@pytest.mark.parametrize("shape", ["json", "text"])
def test_a_service_at_debug_level_whose_stores_refuse_shows_none(
    guarded_mongodb: servers.MongoServer, rclone: servers.S3Server, dead_port: int, shape: str
) -> None:
    variables = everything(guarded_mongodb, rclone, dead_port)
    said = []
    with needed(service(variables, "--verbose", "--workers=1", f"--log-format={shape}")) as stack:
        for method, path in (
            ("PUT", "/upload?x=1"), ("PUT", f"/upload/{'k' * 16}?x=1"), ("PUT", "/upload?x=no"),
            ("POST", "/put?x=1"), ("POST", "/?x=1"), ("GET", "/readyz"), ("GET", "/openapi.json"),
            ("GET", "/version"), ("GET", "/"), ("GET", "/nothing"), ("DELETE", "/upload"),
        ):  # fmt: skip
            answer = stack.request(method, path, body=PHOTO if method != "GET" else None)
            said.append(f"{answer.status} {dict(answer.headers)} {answer.data.decode()}")
        logs = stack.logs()
    assert any(each.startswith("507") for each in said), said
    assert_hidden("\n".join(said))
    assert re.search("data-store: .*(S3|refuse|answer)", logs), "the fault is logged"
    assert_hidden(logs)


@pytest.mark.parametrize(
    "command",
    [("check", "--connect", "--verbose"), ("try",), ("reconcile", "--verbose")],
    ids=" ".join,
)
def test_no_command_shows_one(
    guarded_mongodb: servers.MongoServer, rclone: servers.S3Server, dead_port: int,
    tmp_path: Path, command: tuple[str, ...],
) -> None:  # fmt: skip
    (tmp_path / "labels.json").write_text('{"x": 1}')
    (tmp_path / "photo.png").write_bytes(PHOTO)
    files = (str(tmp_path / "labels.json"), str(tmp_path / "photo.png"))
    variables = everything(guarded_mongodb, rclone, dead_port)
    run = subprocess.run(
        [sys.executable, "-m", "librarian", *command, *(files if command == ("try",) else ())],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.stdout or run.stderr
    assert_hidden(run.stdout + run.stderr)


def test_a_canary_that_is_shown_would_be_found() -> None:
    assert len(set(FORMS)) == len(FORMS) == 5
    for before in ("", "a", "ab", "abc"):
        shown = base64.b64encode(f"{before}{CANARY}:{LABELS}".encode()).decode()
        with pytest.raises(AssertionError, match="a secret shows"):
            assert_hidden(f"Authorization: Basic {shown}")
