"""Does `librarian init` write what was answered, and nothing over what is there unasked?"""

import json
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from librarian.problem import ConfigError
from librarian.settings import load
from librarian.settings.sources import in_file
from librarian.setup import asking, files
from librarian.setup.questions import OTHERS, QUESTIONS
from librarian.signed.reviewkey import ReviewKey
from librarian.web import create_app
from tests.pictures import make

ROOT = Path(__file__).parent.parent.parent
CANARY = "canary-4711"
PHOTO = make("JPEG", 32, 32)
PATIENCE = 30


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def init(*args: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "librarian", "init", *args],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(**given: str) -> dict[str, str]:
    """Give what is said of flags that cannot be taken, by the flag."""
    with pytest.raises(ConfigError) as raised:
        asking.answers(given, {}, ask=False)
    return {problem.path: problem.message for problem in raised.value.problems}


def test_without_a_terminal_every_default_is_taken_and_env_is_for_its_owner_alone() -> None:
    run = init()
    assert (run.returncode, run.stderr) == (0, "")
    assert [path.name for path in Path().iterdir()] == [".env"]
    assert Path(".env").stat().st_mode & 0o777 == 0o600
    assert load({}).page.title == "How would you crop it?"


def test_a_file_that_is_there_is_left_as_it_is_unless_forced() -> None:
    Path("nginx.conf").write_text("mine")
    run = init("--where=nginx")
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("nginx.conf: is there already")
    assert [path.name for path in Path().iterdir()] == ["nginx.conf"]
    assert Path("nginx.conf").read_text() == "mine"
    assert init("--where=nginx", "--force").returncode == 0
    assert "upstream librarian" in Path("nginx.conf").read_text()


def test_a_link_is_written_over_and_not_through() -> None:
    Path("elsewhere").write_text("mine")
    Path(".env").symlink_to("elsewhere")
    assert init().returncode == 2
    assert init("--force").returncode == 0
    assert Path("elsewhere").read_text() == "mine"
    assert not Path(".env").is_symlink()


def test_every_flag_that_cannot_be_taken_is_told_at_once_and_nothing_is_written() -> None:
    run = init("crop", "--labels=top: a, b", "--language=xx", "--where=heroku", "--keep=here")
    assert (run.returncode, run.stdout) == (2, "")
    assert [line.split(": ")[0] for line in run.stderr.splitlines()] == [
        "--labels", "--language", "--keep",
    ]  # fmt: skip
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("given", "flag", "said"),
    [
        ({"preset": "crp"}, "PRESET", 'Did you mean "crop"?'),
        ({"labels": "cat"}, "--labels", "one choice alone"),
        ({"labels": "a b: x, y"}, "--labels", "cannot be a label's name"),
        ({"labels": "_id: x, y"}, "--labels", "cannot be a label's name"),
        ({"labels": "uid: x, y"}, "--labels", "means another thing"),
        ({"labels": "a: x, y; a: z, w"}, "--labels", "there twice"),
        ({"labels": "x, y, x"}, "--labels", "chosen twice"),
        ({"labels": "${HOME}, y"}, "--labels", "fills in a variable"),
        ({"labels": "x,, y"}, "--labels", "nothing to choose"),
        ({"labels": "x, " + "y" * 201}, "--labels", "longer than 200"),
        ({"title": "t" * 121}, "--title", "at most 120"),
        ({"where": "herok"}, "--where", 'Did you mean "heroku"?'),
        ({"where": "heroku", "keep": "here"}, "--keep", "restart"),
        ({"where": "docker", "keep": "here"}, "--keep", "share no disk"),
        ({"send": "nobody"}, "--send", "anybody or key"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_told_in_plain_words(
    given: dict[str, str], flag: str, said: str
) -> None:
    found = refused(**given)
    assert list(found) == [flag]
    assert said in found[flag]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MONGODB_URI", f"postgres://u:{CANARY}@host/db", "mongodb://"),
        ("S3_BUCKET", f"{CANARY}/under", "3 to 63"),
        ("AWS_ENDPOINT_URL", f"s3.{CANARY}.example", "https://"),
        ("AWS_ACCESS_KEY_ID", f"{CANARY} with spaces", "spaces"),
    ],
)
def test_a_secret_of_the_environment_is_looked_at_and_never_quoted(
    name: str, value: str, said: str
) -> None:
    run = init("--keep=mongodb+s3", **{name: value})
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"{name}: ")
    assert said in run.stderr
    assert CANARY not in run.stderr


def test_addresses_and_keys_of_the_environment_are_taken_and_not_shown() -> None:
    environ = {
        "MONGODB_URI": f"mongodb://u:{CANARY}@127.0.0.1:9/",
        "S3_BUCKET": "photos",
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": CANARY,
    }
    run = init("--keep=mongodb+s3", **environ)
    assert run.returncode == 0, run.stderr
    assert CANARY not in run.stdout
    settings = load({})  # the .env file alone is enough
    assert {step.component.name for step in settings.data_act + settings.label_act} == {
        "S3", "mongo",
    }  # fmt: skip


def test_what_is_still_to_be_filled_in_is_told() -> None:
    run = init("--keep=mongodb+s3")
    assert "Fill in      MONGODB_URI and S3_BUCKET in .env" in run.stdout
    with pytest.raises(ConfigError, match="MONGODB_URI"):
        load({})


AWKWARD = """It's "all" \\ $HOME #1 `x` 100% ä"""


def test_awkward_words_come_through_every_reader_of_the_file() -> None:
    labels = f"said: {AWKWARD.replace(',', '')}, no\\n; note:"
    run = init("classify", f"--title={AWKWARD}", f"--labels={labels}")
    assert run.returncode == 0, run.stderr
    settings = load({})
    assert settings.page.title == AWKWARD
    (step,) = settings.label_valid
    assert step.component.json_schema["properties"]["said"]["enum"] == [AWKWARD, "no\\n"]
    assert step.component.json_schema["required"] == ["said", "note"]
    text = Path(".env").read_text()
    (line,) = re.findall(r"^LABEL_VALID_CONFIG='(.*)'$", text, re.M)
    assert "'" not in line  # a shell, Compose and dotenv agree on nothing else
    assert "\\\\" not in line
    sourced = subprocess.run(
        ["sh", "-c", f'LABEL_VALID_CONFIG=\'{line}\'; printf %s "$LABEL_VALID_CONFIG"'],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert json.loads(sourced) == json.loads(line)


def test_a_key_that_lets_send_is_shown_once_and_only_its_hash_is_written() -> None:
    run = init("classify", "--send=key")
    (key,) = re.findall(r"^key +(librarian_\S+)$", run.stdout, re.M)
    assert key not in Path(".env").read_text()
    client = create_app(load({})).test_client()
    refusal = client.put("/upload?label=cat", data=b"x")
    assert refusal.status_code == 401
    let = client.put("/upload?label=cat", data=b"x", headers={"Authorization": f"Bearer {key}"})
    assert let.status_code == 415


def test_the_key_to_what_came_in_is_part_of_the_link_that_is_shown() -> None:
    run = init("classify")
    (key,) = re.findall(
        r"^Desk +http://127\.0\.0\.1:8000/desk#key=(librarian_\S+)$", run.stdout, re.M
    )
    settings = load({})
    assert settings.signs
    client = create_app(settings).test_client()
    assert client.get("/records").status_code == 401
    looked = client.get("/records", headers={"Authorization": f"Bearer {key}"})
    assert looked.status_code == 200
    assert json.loads(looked.data)["records"] == []


def test_who_begins_once_more_keeps_secrets_and_addresses() -> None:
    environ = {"MONGODB_URI": "mongodb://u:p@127.0.0.1:9/", "S3_BUCKET": "photos"}
    assert init("crop", "--keep=mongodb+s3", **environ).returncode == 0
    before = in_file("", [])
    again = init("boxes", "--keep=mongodb+s3", "--force")
    assert (again.returncode, "Fill in" in again.stdout) == (0, False)
    now = in_file("", [])
    same = ("MONGODB_URI", "S3_BUCKET", "LIBRARIAN_SECRET", "REVIEW_KEY", "ACCESS_CONFIG")
    assert {name: now[name] for name in same} == {name: before[name] for name in same}
    assert now["CROSS_VALID_CONFIG"] != before["CROSS_VALID_CONFIG"]
    assert now["REVIEW_KEY"] not in again.stdout  # it was shown when it was made
    assert "/desk (its key: REVIEW_KEY in .env)" in again.stdout


def test_the_stores_of_the_containers_keep_their_password_and_are_nobody_elses() -> None:
    assert init("crop", "--where=docker").returncode == 0
    before = in_file("", [])
    assert init("boxes", "--where=docker", "--force").returncode == 0
    assert in_file("", [])["AWS_SECRET_ACCESS_KEY"] == before["AWS_SECRET_ACCESS_KEY"]
    elsewhere = init("boxes", "--keep=mongodb+s3", "--force")
    assert "Fill in      MONGODB_URI and S3_BUCKET in .env" in elsewhere.stdout
    assert "minio" not in Path(".env").read_text()


def test_receipts_and_the_desk_of_the_embedded_default_outlive_the_beginning() -> None:
    embedded = load({})
    sent = create_app(embedded).test_client().put("/upload", data=PHOTO)
    token = json.loads(sent.data)["token"]
    key, _ = ReviewKey(Path(embedded.data_dir)).made()
    run = init("classify")
    assert run.returncode == 0, run.stderr
    client = create_app(load({})).test_client()
    assert client.get(f"/receipts/{token}").status_code == 200
    assert client.get("/records", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert key not in run.stdout


def test_in_a_git_repository_env_is_kept_out_of_it() -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    Path(".gitignore").write_text("build/")
    assert "never gets into git" in init().stdout
    assert Path(".gitignore").read_text() == "build/\n.env\n"
    status = subprocess.run(
        ["git", "status", "--porcelain"], capture_output=True, text=True, check=True
    )
    assert ".env" not in status.stdout.split()
    assert "never gets into git" not in init("--force").stdout


def test_every_question_has_a_flag_or_a_variable_and_help() -> None:
    assert {question.name for question in OTHERS} == {
        question.name for question in QUESTIONS if not question.variable
    } - {"preset"}
    for question in QUESTIONS:
        assert bool(question.word) != bool(question.variable)


def asked(*typed: str) -> tuple[int, str]:
    """Answer on a terminal, a line at each prompt; give the exit code and what was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "librarian", "init"],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm"},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, waiting = b"", list(typed)
    try:
        while select.select([ours], [], [], PATIENCE)[0]:
            shown += os.read(ours, 10_000)
            if shown.endswith((b"> ", b"[y/N] ")):
                assert waiting, f"it asks for more: {shown!r}"
                os.write(ours, f"{waiting.pop(0)}\n".encode())
    except OSError:
        pass  # the terminal is closed: it has ended
    finally:
        process.kill()
        os.close(ours)
    assert not waiting, f"it did not ask for {waiting}: {shown!r}"
    return process.wait(PATIENCE), shown.decode().replace("\r\n", "\n")


def test_on_a_terminal_it_asks_and_asks_again_until_it_understands() -> None:
    code, shown = asked(
        "crops", "classify", "species: cat", "species: cat, dog", "fi", "", "", "", "",
    )  # fmt: skip
    assert code == 0, shown
    assert "\033[31mThere is no “crops”" in shown
    assert "one choice alone" in shown
    assert "[Mitä kuvassa on?] > " in shown
    settings = load({})
    assert settings.page.language == "fi"
    (step,) = settings.label_valid
    assert step.component.json_schema["properties"]["species"]["enum"] == ["cat", "dog"]


def test_on_a_terminal_it_asks_before_it_writes_over_a_file() -> None:
    Path(".env").write_text("MINE=1\n")
    code, shown = asked(*[""] * 7, "n")
    assert (code, Path(".env").read_text()) == (2, "MINE=1\n"), shown
    code, shown = asked(*[""] * 7, "y")
    assert code == 0, shown
    assert "MINE" not in Path(".env").read_text()


def test_secrets_are_typed_unseen() -> None:
    typed = ("", "", "", "", "", "mongodb+s3", f"mongodb://u:{CANARY}@h/", "photos", "", "AK",
             CANARY, "")  # fmt: skip
    code, shown = asked(*typed)
    assert code == 0, shown
    assert CANARY not in shown
    assert Path(".env").read_text().count(CANARY) == 2


def test_nginx_stands_before_as_many_instances_as_there_are() -> None:
    text = files.nginx(("10.0.0.1:8000", "10.0.0.2:8000", "10.0.0.3:8000"))
    assert len(re.findall(r"^ +server +10\.0\.0\.[123]:8000 max_fails", text, re.M)) == 3
    assert "8001" not in text.partition("http {")[2]


def test_what_a_question_shows_fits_a_terminal() -> None:
    for question in QUESTIONS:
        assert len(question.ask) < 80
        for name, told in (question.choices or {}).items():
            assert len(f"  {name:<10}  {told}") <= 80
