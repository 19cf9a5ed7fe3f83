"""Does all of .env arrive at a host as it stands, with no secret where others see it?"""

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from librarian.settings import load, sources
from librarian.setup import carrying

ROOT = Path(__file__).parent.parent.parent
CANARY = "c4nary0fTheM1ne5hafts"
AWKWARD = {
    "MONGODB_URI": f"mongodb://u:{CANARY}%40@h/?a=b&c=d",
    "PAGE_TITLE": """It's "all" \\ $HOME `x` #1 100% ä""",
    "DATA_ACTOR_CONFIG": (
        '[{"actor": "S3", "kwargs": {"bucket": "${S3_BUCKET}", "prefix": "a\\u005cb"}}]'
    ),
    "LABEL_VALID_CONFIG": """[{"validator": "regex", "args": [{"a": "^\\\\d'+$"}]}]""",
    "S3_BUCKET": "photos",
}


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in a folder with a .env of awkward values."""
    monkeypatch.chdir(tmp_path)
    lines = []
    for name, value in AWKWARD.items():
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        lines.append(f"{name}='{quoted}'\n")
    Path(".env").write_text("# mine\nEMPTY=\n" + "".join(lines), encoding="utf-8")
    assert {k: v for k, v in sources.in_file("", []).items() if v} == AWKWARD
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    return {
        "PATH": f"{Path.cwd()}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        **more,
    }


def librarian(*args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "librarian", "secrets", *args],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def shown(host: str, *args: str) -> str:
    """Give what is shown on a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "librarian", "secrets", host, *args],
        stdout=theirs, stderr=theirs, env=environment(),
    ) as process:  # fmt: skip
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 1000):
                said += chunk
        except OSError:
            pass  # the terminal is closed: it has ended
    os.close(ours)
    assert process.returncode == 0
    return said.decode()


@pytest.mark.parametrize("host", carrying.HOSTS)
def test_on_a_terminal_there_is_one_command_and_no_secret(host: str) -> None:
    said = shown(host)
    assert CANARY not in said
    assert f"librarian secrets {host}" in said.splitlines()[0]


def program(name: str) -> Path:
    """Put a program into the path that writes down what it was called with, and its input."""
    folder = Path("bin")
    folder.mkdir(exist_ok=True)
    called = Path.cwd() / f"{name}.called"
    script = folder / name
    script.write_text(f'#!/bin/sh\nprintf "%s\\0" "$@" > {called}\necho "set: $*"\n')
    script.chmod(0o755)
    (folder / "librarian").write_text(f'#!/bin/sh\nexec {sys.executable} -m librarian "$@"\n')
    (folder / "librarian").chmod(0o755)
    return called


def test_the_command_for_heroku_sets_every_variable_and_shows_none() -> None:
    called = program("heroku")
    command = shown("heroku", "--app", "my-app").splitlines()[0]
    run = subprocess.run(
        ["sh", "-c", command], env=environment(), capture_output=True, text=True, check=True
    )
    assert run.stdout + run.stderr == ""  # heroku itself writes all that it was given
    arguments = called.read_bytes().decode().split("\0")[:-1]
    assert arguments[:3] == ["config:set", "--app", "my-app"]
    assert dict(each.split("=", 1) for each in arguments[3:]) == AWKWARD


def test_the_command_for_docker_passes_a_file_that_is_read_back_as_it_was() -> None:
    called = program("docker")
    command = shown("docker").splitlines()[0]
    script = Path("bin/docker")
    script.write_text(f'#!/bin/sh\ncat "$3" > {called}\n')
    subprocess.run(["bash", "-c", command], env=environment(), check=True)
    lines = called.read_text(encoding="utf-8").splitlines()
    read = dict(line.split("=", 1) for line in lines)  # no quotes, no escapes: docker has none
    assert read == AWKWARD
    assert not [path for path in Path().iterdir() if path.suffix == ".env" and path.name != ".env"]


def test_a_value_of_several_lines_is_refused_where_the_host_cannot_hold_it() -> None:
    Path(".env").write_text("PAGE_INTRODUCTION='one\ntwo'\n")
    run = librarian("docker")
    assert (run.returncode, run.stdout) == (2, "")
    assert "PAGE_INTRODUCTION: has a line break" in run.stderr
    assert "one\ntwo" in librarian("systemd").stdout
    assert librarian("heroku").stdout == "PAGE_INTRODUCTION=one\ntwo\0"


def test_the_file_for_systemd_is_read_back_as_it_was_and_only_root_can_read_it() -> None:
    program("none")
    command, _ = shown("systemd").splitlines()[:2]
    target = Path("etc/librarian.env").absolute()
    command = command.replace("sudo ", "").replace("/etc/librarian/librarian.env", str(target))
    subprocess.run(["sh", "-c", command], env=environment(), check=True)
    assert target.stat().st_mode & 0o777 == 0o600
    assert environment_file(target.read_text(encoding="utf-8")) == AWKWARD


def environment_file(text: str) -> dict[str, str]:
    """Read double-quoted assignments by the rules of systemd.exec(5), EnvironmentFile=."""
    found = {}
    for name, quoted in re.findall(r'^([A-Z0-9_]+)="((?:[^"\\]|\\.)*)"$', text, re.M | re.S):
        found[name] = re.sub(r'\\(["\\`$])', r"\1", quoted)
    assert text.count('="') == len(found)
    return found


def test_a_shell_reads_the_file_for_systemd_as_systemd_does() -> None:
    Path("librarian.env").write_text(librarian("systemd").stdout, encoding="utf-8")
    for name, value in AWKWARD.items():
        read = subprocess.run(
            ["sh", "-c", f'. ./librarian.env; printf %s "${name}"'],
            capture_output=True, encoding="utf-8", check=True,
        ).stdout  # fmt: skip
        assert read == value


def test_docker_itself_reads_the_file_so_where_it_is_installed() -> None:
    """The true client, asked to make a container by a server that only writes down what it gets."""
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip("docker is not installed; its rules are kept to in the test above")
    from tests.setup.dockerd import recording

    Path("librarian.env").write_text(librarian("docker").stdout, encoding="utf-8")
    with recording() as server:
        subprocess.run(
            [docker, "--host", server.address, "create", "--env-file", "librarian.env", "any"],
            env={"PATH": os.environ["PATH"], "HOME": str(Path.cwd())},
            capture_output=True, timeout=60, check=True,
        )  # fmt: skip
    (made,) = server.made
    assert dict(each.split("=", 1) for each in made["Env"]) == AWKWARD


@pytest.mark.parametrize("host", carrying.HOSTS)
def test_without_a_file_of_variables_that_is_told(host: str) -> None:
    Path(".env").unlink()
    run = librarian(host)
    assert (run.returncode, run.stdout) == (2, "")
    assert "librarian init writes one" in run.stderr
    assert librarian(host, "--dotenv", "none.env").returncode == 2


def test_an_unknown_host_is_refused_with_a_hint() -> None:
    run = librarian("heruko")
    assert (run.returncode, run.stdout) == (2, "")
    assert 'Did you mean "heroku"?' in run.stderr


def test_what_a_host_sets_is_what_the_service_reads() -> None:
    environ = dict(each.split("=", 1) for each in librarian("heroku").stdout.split("\0")[:-1])
    Path(".env").unlink()
    environ["LABEL_ACTOR_CONFIG"] = "[]"
    settings = load(environ)
    assert settings.page.title == AWKWARD["PAGE_TITLE"]
    (step,) = settings.data_act
    assert (step.component.bucket, step.component.prefix) == ("photos", "a\\b")
