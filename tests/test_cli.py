"""What does the command line answer, and does it refuse what it does not know before it acts?"""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from librarian import __version__
from librarian.access import keys
from librarian.cli import COMMANDS
from librarian.settings.declared import JSON_SETTINGS, PLAIN_VARIABLES
from tests import servers

ROOT = Path(__file__).parent.parent
CANARY = "canary-4711"


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def librarian(*args: str, stdin: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as an owner would, in a bare environment."""
    return subprocess.run(
        [sys.executable, "-m", "librarian", *args],
        input=stdin,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def photo(width: int, height: int) -> bytes:
    """Draw a JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "JPEG")
    return file.getvalue()


def files() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*"))


def test_alone_it_gives_an_overview() -> None:
    run = librarian()
    assert run.returncode == 0
    assert __version__ in run.stdout
    for name, command in COMMANDS.items():
        assert name in run.stdout
        assert command.summary in run.stdout
    assert librarian("--help").stdout == run.stdout


def test_it_tells_its_version() -> None:
    assert librarian("--version").stdout == f"librarian {__version__}\n"


def test_an_unknown_command_is_refused_with_a_hint() -> None:
    run = librarian("serv")
    assert (run.returncode, run.stdout) == (2, "")
    assert 'Did you mean "serve"?' in run.stderr
    assert librarian("--port", "8000").returncode == 2


ARGUMENTS = {
    "describe": ["img"],
    "key": ["new"],
    "secrets": ["docker"],
    "try": ["labels.json", "photo.jpg"],
}


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_a_misspelt_flag_is_refused_before_anything_runs(command: str) -> None:
    before = files()
    run = librarian(command, *ARGUMENTS.get(command, []), "--prot", "8080")
    assert (run.returncode, run.stdout) == (2, "")
    assert "no flag --prot" in run.stderr
    if any(flag.name == "port" for flag in COMMANDS[command].flags):
        assert 'Did you mean "--port"?' in run.stderr
    assert files() == before


@pytest.mark.parametrize("command", sorted(COMMANDS))
@pytest.mark.parametrize("word", ["extra", "-", "-x", "--", "--=x", "-port=1"])
def test_an_argument_too_many_is_refused_before_anything_runs(command: str, word: str) -> None:
    run = librarian(command, *ARGUMENTS.get(command, []), word)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.count("\n") == 1
    assert not files()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_help_tells_every_flag_with_its_default_and_nothing_of_fire(command: str) -> None:
    run = librarian(command, "--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert "FIRE" not in run.stdout
    for flag in COMMANDS[command].flags:
        assert f"  {flag.spelled} {flag.word}".rstrip() in run.stdout
        assert flag.help.split()[0] in run.stdout
    assert librarian(command, "-h").stdout == run.stdout


@pytest.mark.parametrize("command", ["serve", "check", "try"])
def test_every_setting_is_a_flag(command: str) -> None:
    variables = {flag.variable for flag in COMMANDS[command].flags if flag.variable}
    assert variables == {*PLAIN_VARIABLES, *JSON_SETTINGS}


def test_help_shows_units_and_defaults_as_they_are_written() -> None:
    assert "--max-bytes BYTES" in librarian("serve", "--help").stdout
    assert "[25MiB]" in librarian("serve", "--help").stdout


@pytest.mark.parametrize(
    ("flags", "testing"),
    [
        (["--max-bytes", "3KiB"], False),
        (["--max_bytes=3KiB"], False),
        (["--MAX-BYTES", "3KiB"], False),
        (["--max-bytes=3072", "--test"], True),
        (["--test=True", "--max-bytes=3KiB"], True),
        (["--test", "--max-bytes=3KiB"], True),
        (["--test", "false", "--max-bytes=3KiB"], False),
    ],
)
def test_flags_are_taken_in_every_spelling(flags: list[str], testing: bool) -> None:
    run = librarian("check", *flags)
    assert run.returncode == 0, run.stderr
    assert "3 KiB" in run.stdout
    assert ("print" in run.stdout) == testing


@pytest.mark.parametrize("spelled", ["--LABEL_VALID_CONFIG", "--label-valid-config"])
def test_json_in_a_flag_stays_json(spelled: str) -> None:
    chain = '[{"validator": "type", "args": [{"a": "bool"}]}]'
    run = librarian("check", spelled, chain, "--data-actor-config=[]", "--label-actor-config", "[]")
    assert run.returncode == 0, run.stderr
    assert 'type(types={"a": "bool"})' in run.stdout


@pytest.mark.parametrize("name", ["true", "2020", "None", "[1]", "a=b", "-1"])
def test_no_value_of_a_flag_is_taken_for_python(name: str) -> None:
    run = librarian("check", f"--data-dir={name}")
    assert f'image(directory="{name}/images")' in run.stdout


@pytest.mark.parametrize(
    "flags",
    [["--port"], ["--port", "--test"], ["--test=maybe"], ["--port=1", "--PORT=2"]],
    ids=" ".join,
)
def test_a_flag_without_its_value_is_refused(flags: list[str]) -> None:
    run = librarian("check", *flags)
    assert (run.returncode, run.stdout) == (2, "")
    assert flags[0].partition("=")[0] in run.stderr


def test_check_says_what_stands() -> None:
    run = librarian("check")
    assert (run.returncode, run.stderr) == (0, "")
    told = dict(line.split(maxsplit=1) for line in run.stdout.splitlines() if line[0] != " ")
    assert told["inputs"] == "image as base64 text, a file in a multipart form, a raw body"
    assert told["address"] == "http://127.0.0.1:8000"
    assert not files()


def test_check_names_every_mistake_at_once() -> None:
    run = librarian(
        "check",
        "--threads=none",
        "--input-config",
        '{"type": "base65", "tag": "image"}',
        DATA_VALID_CONFIG='[{"validator": "img", "kwargs": {"width": 3}}]',
        DATA_ACTORS_CONFIG="[]",
        LABEL_ACTOR_CONFIG='[{"actor": "mongoo"}]',
        DATA_ACTOR_CONFIG="[",
    )
    assert (run.returncode, run.stdout) == (2, "")
    paths = {line.split(": ")[0] for line in run.stderr.splitlines()}
    assert paths == {
        "LIBRARIAN_THREADS",
        "INPUT_CONFIG.type",
        "DATA_VALID_CONFIG[0].kwargs.width",
        "DATA_ACTORS_CONFIG",
        "LABEL_ACTOR_CONFIG[0].actor",
        "DATA_ACTOR_CONFIG",
    }


def test_check_announces_what_stores_nothing() -> None:
    run = librarian("check", DATA_ACTOR_CONFIG="[]", LABEL_ACTOR_CONFIG="[]")
    assert run.returncode == 0
    assert "DATA_ACTOR_CONFIG stores nothing" in run.stdout


def test_check_never_shows_a_secret() -> None:
    environ = {
        "DATA_ACTOR_CONFIG": json.dumps(
            [{"actor": "S3", "args": ["K" + CANARY, CANARY, "bucket"]}]
        ),
        "LABEL_ACTOR_CONFIG": json.dumps(
            [{"actor": "mongo", "args": ["u" + CANARY, CANARY, "127.0.0.1:9", "db", "labels"]}]
        ),
    }
    uri = f"mongodb://user:{CANARY}@127.0.0.1:9/db"
    more = {"LABEL_ACTOR_CONFIG": json.dumps([{"actor": "mongo", "args": [uri]}])}
    for said in (environ, environ | more):
        run = librarian("check", **said)
        assert CANARY not in run.stdout + run.stderr


def test_check_connect_writes_reads_back_and_removes_a_probe() -> None:
    run = librarian("check", "--connect")
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("ok: written, read back, removed") == 2
    assert not list(Path("librarian-data/images").iterdir())


def test_check_connect_probes_each_kind_of_part_and_says_what_cannot_be_undone() -> None:
    inputs = [{"type": "file", "tag": "image"}, {"type": "json", "tag": "answers"}]
    run = librarian(
        "check",
        "--connect",
        INPUT_CONFIG=json.dumps(inputs),
        DATA_ACTOR_CONFIG='[{"actor": "file", "args": ["kept"]}, {"actor": "print"}]',
        LABEL_ACTOR_CONFIG='[{"actor": "jsonl", "args": ["labels.jsonl"]}]',
    )
    assert run.returncode == 0, run.stdout + run.stderr
    told = run.stdout.splitlines()
    assert len([line for line in told if "DATA_ACTOR_CONFIG[0]" in line and "ok:" in line]) == 2
    assert any("DATA_ACTOR_CONFIG[1]" in line and "cannot be undone" in line for line in told)


def test_check_connect_says_which_store_fails_and_why(dead_port: int) -> None:
    mongo = {"actor": "mongo", "args": ["u", CANARY, f"127.0.0.1:{dead_port}", "db", "labels"]}
    Path("blocked").write_text("a file where a folder should be")
    image = {"actor": "image", "args": ["blocked/images"]}
    run = librarian(
        "check",
        "--connect",
        DATA_ACTOR_CONFIG=json.dumps([image]),
        LABEL_ACTOR_CONFIG=json.dumps([mongo]),
    )
    assert run.returncode == 1, run.stdout + run.stderr
    failed = [line.split()[0] for line in run.stdout.splitlines() if "failed: " in line]
    assert failed == ["DATA_ACTOR_CONFIG[0]", "LABEL_ACTOR_CONFIG[0]"]
    assert CANARY not in run.stdout + run.stderr
    assert "Traceback" not in run.stderr


def test_check_refuses_the_debugger_on_another_address() -> None:
    run = librarian("check", "--debug", PORT="5000")
    assert run.returncode == 2
    assert run.stderr.startswith("--debug: ")
    assert librarian("check", "--debug").returncode == 0


def test_describe_lists_everything_and_explains_one() -> None:
    assert "xvalidators\n" in librarian("describe").stdout
    assert librarian("describe", "ACTORS").stdout.startswith("actors\n")
    assert "height in pixels" in librarian("describe", "IMG").stdout


def test_describe_of_an_unknown_name_gives_a_hint() -> None:
    run = librarian("describe", "imgg")
    assert (run.returncode, run.stdout) == (2, "")
    assert 'Did you mean "img"?' in run.stderr


@pytest.mark.parametrize("command", [["describe", "mongo"], ["schema"], ["check"], ["--version"]])
def test_what_only_tells_imports_nothing_heavy(command: list[str]) -> None:
    code = (
        "import sys; from librarian.cli import main\n"
        f"sys.argv = ['librarian', *{command!r}]\n"
        "try:\n    main()\nfinally:\n"
        "    heavy = {'boto3', 'botocore', 'pymongo', 'PIL', 'flask', 'werkzeug', 'gunicorn'}\n"
        "    print('heavy:', sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert run.stdout.endswith("heavy: []\n")


def test_schema_is_json() -> None:
    assert "$schema" in json.loads(librarian("schema").stdout)


LABELLED = {
    "DATA_ACTOR_CONFIG": "[]",
    "LABEL_ACTOR_CONFIG": "[]",
    "LABEL_VALID_CONFIG": '[{"validator": "type", "args": [{"x": "int"}]}]',
    "DATA_VALID_CONFIG": '[{"validator": "img", "kwargs": {"h": 24}}]',
}


def tried(labels: str, content: bytes, **environ: str) -> tuple[int, dict[str, str], str]:
    Path("photo.jpg").write_bytes(content)
    run = librarian("try", "-", "photo.jpg", stdin=labels, **environ)
    lines = [line for line in run.stdout.splitlines() if line[:1] != " "]
    assert run.stderr == ""
    return run.returncode, dict(line.split(maxsplit=1) for line in lines), run.stdout


def test_try_shows_each_stage_and_stores_nothing() -> None:
    Path("labels.json").write_text('{"x": 3}')
    Path("photo.jpg").write_bytes(photo(32, 24))
    run = librarian("try", "labels.json", "photo.jpg", **LABELLED)
    assert run.returncode == 0
    assert run.stdout.splitlines() == [
        "receive           ok",
        "size              ok",
        "type              ok",
        "label-validation  ok",
        "data-validation   ok",
        "cross-validation  ok",
    ]
    assert librarian("try", "labels.json", "photo.jpg").returncode == 0
    assert files() == ["labels.json", "photo.jpg"]


def test_try_shows_the_faults_of_labels_and_data_at_once() -> None:
    code, stages, said = tried('{"x": "3"}', photo(32, 20), **LABELLED)
    assert code == 1
    assert stages["label-validation"] == stages["data-validation"] == "refused"
    assert stages["cross-validation"] == "not reached"
    assert "“x” must be a whole number." in said


@pytest.mark.parametrize("way", ["base64", "file", "raw", "text"])
def test_try_brings_the_file_as_the_input_reads_it(way: str) -> None:
    inputs = json.dumps({"type": way, "tag": "data"})
    stored = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    code, stages, _ = tried("{}", b"some words", INPUT_CONFIG=inputs, **stored)
    assert (code, stages["receive"]) == (0, "ok")


def test_try_reads_json_data_and_several_files() -> None:
    inputs = [{"type": "file", "tag": "image"}, {"type": "json", "tag": "answers"}]
    environ = {"INPUT_CONFIG": json.dumps(inputs), **LABELLED}
    environ["DATA_VALID_CONFIG"] = "[]"
    Path("a.jpg").write_bytes(photo(32, 24))
    Path("b.json").write_text('[1, "two"]')
    run = librarian("try", "-", "image=a.jpg,answers=b.json", stdin='{"x": 1}', **environ)
    assert run.returncode == 0, run.stdout
    missing = librarian("try", "-", "a.jpg", stdin='{"x": 1}', **environ)
    assert missing.returncode == 1
    assert "“answers” is missing" in missing.stdout


def test_try_tells_broken_labels_as_a_client_would_be_told() -> None:
    code, stages, _ = tried("{", photo(32, 24), **LABELLED)
    assert (code, stages["receive"], stages["type"]) == (1, "refused", "not reached")


def test_try_tells_another_kind_of_file() -> None:
    code, stages, said = tried('{"x": 1}', b"%PDF-1.7", **LABELLED)
    assert (code, stages["type"], stages["data-validation"]) == (1, "refused", "not reached")
    assert "PDF" in said


def test_try_shows_what_would_only_be_flagged() -> None:
    flagging = '[{"validator": "type", "args": [{"x": "int"}], "on_fail": "flag"}]'
    environ = {**LABELLED, "LABEL_VALID_CONFIG": flagging}
    code, stages, _ = tried('{"x": "no"}', photo(32, 24), **environ)
    assert (code, stages["label-validation"]) == (0, "flagged")


@pytest.mark.parametrize(
    "args", [["nowhere.json", "nowhere.jpg"], ["-", "nowhere.jpg"], ["-", "."]]
)
def test_try_says_which_file_is_not_there(args: list[str]) -> None:
    run = librarian("try", *args, stdin="{}")
    assert (run.returncode, run.stdout) == (2, "")
    assert "nowhere" in run.stderr or "folder" in run.stderr


@pytest.mark.parametrize("command", ["describe", "try"])
def test_help_names_the_arguments(command: str) -> None:
    said = librarian(command, "--help").stdout
    for argument in COMMANDS[command].arguments:
        assert argument.word in said
        assert argument.help.split(";")[0][:30] in said


def test_try_asks_for_what_is_missing() -> None:
    run = librarian("try", "labels.json")
    assert run.returncode == 2
    assert run.stderr.startswith("FILE is missing")


def test_settings_come_from_named_files() -> None:
    Path("own.env").write_text("LIBRARIAN_MAX_LABELS=3\n")
    Path("own.json").write_text('{"LIBRARIAN_PORT": 9009, "LIBRARIAN_MAX_LABELS": 4}')
    said = librarian("check", "--dotenv", "own.env", "--json=own.json").stdout
    assert "3 labels" in said
    assert "http://127.0.0.1:9009" in said


def test_a_key_is_shown_once_and_written_nowhere() -> None:
    run = librarian("key", "new", "--name", "phones", "--review")
    assert (run.returncode, run.stderr) == (0, "")
    shown, entry, *_ = (line.split(maxsplit=1)[1] for line in run.stdout.splitlines())
    assert keys.Keyring([keys.parse(entry)]).find(shown)
    assert keys.parse(entry).name == "phones"
    assert "ACCESS_REVIEW" in run.stdout
    assert not files()
    checked = librarian("check", ACCESS_REVIEW=entry)
    assert checked.returncode == 0, checked.stderr
    assert "review keys   phones" in checked.stdout
    assert keys.parse(entry).digest.hex() not in checked.stdout


def test_a_chosen_key_is_read_unseen_and_only_its_hash_is_shown() -> None:
    run = librarian("key", "hash", stdin="correct-horse-battery\n")
    assert (run.returncode, run.stderr) == (0, "")
    assert "correct-horse" not in run.stdout
    entry = run.stdout.split()[1]
    assert keys.Keyring([keys.parse(entry)]).find("correct-horse-battery")
    assert not files()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nwe"], 'Did you mean "new"?'),
        (["new", "--name", "my phone"], "a name has"),
        (["hash"], "a key has"),
    ],
)
def test_a_key_that_cannot_be_made_is_told(arguments: list[str], said: str) -> None:
    run = librarian("key", *arguments, stdin="canary\n")
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
    assert "canary" not in run.stderr


def test_a_check_that_connects_asks_what_counts_too(
    redis: servers.RedisServer, dead_port: int
) -> None:
    quota = {"QUOTA_CONFIG": '[{"most": 5}]'}
    for uri, code, said in (
        ("", 0, "sqlite   ok: a place taken"),
        (redis.uri, 0, "redis    ok: a place taken"),
        (redis.uri.replace("redis-canary", CANARY), 1, "redis    failed: redis, which counts"),
        (f"mongodb://u:{CANARY}@127.0.0.1:{dead_port}", 1, "mongo    failed: mongo, which counts"),
    ):
        run = librarian("check", "--connect", RATE_STORAGE=uri, **quota)
        assert run.returncode == code, run.stdout
        assert f"RATE_CONFIG.storage    {said}" in run.stdout
        assert CANARY not in run.stdout + run.stderr


def test_a_check_tells_keys_rates_and_quotas_and_no_secret() -> None:
    run = librarian(
        "check",
        ACCESS_SUBMIT=f"phones:sha256:{'a' * 64},sha256:{'b' * 64}",
        ACCESS_PUBLIC="true",
        RATE_LIMIT="60/minute, 1000/day",
        RATE_STORAGE=f"redis://:{CANARY}@localhost:6379/0",
        QUOTA_CONFIG='[{"label": "mood", "most": 5}]',
    )
    assert (run.returncode, run.stderr) == (0, "")
    for line in (
        "submit keys   phones, unnamed, and everybody without one",
        "rate          60/minute, 1000/day for each access key, else address",
        "quotas        at most 5 records for each value of mood",
        "counted in    Redis",
        "LIBRARIAN_PROXY_HOPS is 0",
    ):
        assert line in run.stdout
    for secret in (CANARY, "a" * 64):
        assert secret not in run.stdout
