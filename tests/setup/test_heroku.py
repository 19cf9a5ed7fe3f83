"""Does it run as Heroku runs it? The buildpack's steps, as far as they go without Heroku.

A plain checkout; `pip install -r requirements.txt` into a Python that holds nothing else; with it
the Procfile's two commands, in a bare environment with PORT, WEB_CONCURRENCY and DYNO; and the end
of a dyno: SIGTERM to all processes.
"""

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests import servers
from tests.e2e.stack import answers
from tests.pictures import make
from tests.process import HOST, Process, free_port, running

ROOT = Path(__file__).parent.parent.parent
PHOTO = make("JPEG", 320, 240)
QUERY = "top=0.1&left=0.1&bottom=0.9&right=0.9"
PROCFILE = dict(
    line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
)


@pytest.fixture(scope="module")
def slug(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the files of a clone, as they are pushed: what git knows, and nothing else."""
    folder = tmp_path_factory.mktemp("slug")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "librarian",
         "deploy", "Procfile", "app.json", "compose.yaml", "requirements.txt", ".python-version"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    for name in filter(None, listed):
        if not (ROOT / name).exists():
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def built(slug: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a Python's programs, made by what the buildpack does with the slug.

    That nothing is compiled is asked for here, and not by Heroku.
    """
    python = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(python)], check=True, timeout=120)
    index = {name: each for name, each in os.environ.items() if name.startswith("PIP_")}
    run = subprocess.run(
        [python / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
         "--only-binary=:all:", "-r", "requirements.txt"],
        cwd=slug, capture_output=True, text=True, timeout=600, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), **index},
    )  # fmt: skip
    if "NewConnectionError" in run.stderr and os.environ.get("CI", "").lower() != "true":
        pytest.skip("no index of packages can be reached")
    assert run.returncode == 0, run.stderr
    return python / "bin"


def variables(mongodb: servers.MongoServer, s3: servers.S3Server) -> dict[str, str]:
    """Answer what app.json asks for, and make what it lets Heroku make."""
    asked = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))["env"]
    told = {name: each["value"] for name, each in asked.items() if "value" in each}
    told |= {name: secrets.token_hex(32) for name, each in asked.items() if "generator" in each}
    own = {
        "MONGODB_URI": mongodb.uri,
        "MONGODB_DATABASE": servers.fresh("db"),
        "S3_BUCKET": s3.new_bucket(),
        "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        "AWS_ENDPOINT_URL": s3.endpoint,
    }
    assert {name for name, each in asked.items() if each.get("required")} <= set(own)
    return told | own


def dyno(slug: Path, built: Path, told: dict[str, str], command: str) -> tuple[str, ...]:
    """Give the command as a dyno runs it: in the slug, with what Heroku sets, and no more."""
    assert command.split()[0] == "python"
    environment = {
        "PATH": f"{built}:/usr/bin:/bin",
        "HOME": str(slug),
        "DYNO": "web.1",
        "PYTHONUNBUFFERED": "1",
        **told,
    }
    pairs = (f"{name}={value}" for name, value in environment.items())
    return ("env", "-i", f"--chdir={slug}", *pairs, *command.split())


@pytest.fixture(scope="module")
def told(mongodb: servers.MongoServer, s3: servers.S3Server) -> dict[str, str]:
    return variables(mongodb, s3)


@pytest.fixture
def web(
    slug: Path, built: Path, told: dict[str, str], tmp_path: Path
) -> Iterator[tuple[Process, str]]:
    """Give the web process of a dyno, and its address."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    more = {"PORT": str(port), "WEB_CONCURRENCY": "2"}
    command = dyno(slug, built, told | more, PROCFILE["web"])
    with running(Process("web", command, lambda: answers(url), tmp_path / "log")) as process:
        yield process, url


def test_what_is_installed_is_what_is_pinned_and_nothing_of_the_tests(built: Path) -> None:
    run = subprocess.run(
        [built / "pip", "list", "--format=freeze", "--disable-pip-version-check"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    there = {name.lower().replace("_", "-") for name in re.findall(r"^(\S+)==", run.stdout, re.M)}
    pinned = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.M)
    assert there - {"pip", "setuptools", "wheel"} <= {name.replace("_", "-") for name in pinned}
    assert {"gunicorn", "flask", "pymongo", "boto3"} <= there
    assert "pytest" not in there


def test_a_release_is_let_through_where_every_store_works(
    slug: Path, built: Path, told: dict[str, str]
) -> None:
    run = subprocess.run(
        dyno(slug, built, told, PROCFILE["release"]), capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith("Every store works.\n")
    assert "LIBRARIAN_SECRET receipts" not in run.stdout
    for name in ("AWS_SECRET_ACCESS_KEY", "REVIEW_KEY", "LIBRARIAN_SECRET"):
        assert told[name] not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"S3_BUCKET": "is-not-there"}, "DATA_ACTOR_CONFIG[0]"),
        ({"MONGODB_URI": ""}, "MONGODB_URI"),
        (
            {"SPOOL_DIRECTORY": "spool"},
            "SPOOL_CONFIG.directory: keeps things on this host's own disk",
        ),
        (
            {"LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]'},
            "emptied at each restart",
        ),
    ],
)
def test_a_release_that_would_lose_something_is_stopped_and_says_why(
    slug: Path, built: Path, told: dict[str, str], more: dict[str, str], said: str
) -> None:
    run = subprocess.run(
        dyno(slug, built, told | more, PROCFILE["release"]),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert run.returncode != 0
    assert said in run.stdout + run.stderr


def test_a_contribution_comes_through_the_router_and_the_dyno_ends_without_losing_one(
    web: tuple[Process, str], s3: servers.S3Server, told: dict[str, str]
) -> None:
    process, url = web
    headers = {
        "X-Forwarded-For": "192.0.2.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "app.example",
        "Connection": "close",
    }
    page = urllib3.request("GET", f"{url}/docs", headers=headers, retries=False).data.decode()
    assert "https://app.example" in page  # one hop is trusted unasked
    stored = urllib3.request(
        "PUT", f"{url}/upload?{QUERY}", body=PHOTO, headers=headers, retries=False
    )
    assert stored.status == 201, process.log.read_text()
    head = f"PUT /upload?{QUERY} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PHOTO)}\r\n"
    with socket.create_connection((HOST, int(url.rpartition(":")[2])), timeout=60) as slow:
        slow.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in slow.recv(1000)  # now a worker is at it
        slow.sendall(PHOTO[:1000])
        os.killpg(process.pid, signal.SIGTERM)  # as Heroku does: to all processes of the dyno
        slow.sendall(PHOTO[1000:])
        answer = b""
        while chunk := slow.recv(65536):
            answer += chunk
    assert b" 201 " in answer.splitlines()[0], process.log.read_text()
    uid = re.findall(rb'"uid": *"([0-9a-f]{24})"', answer)[0].decode()
    client = s3.client()
    kept = client.get_object(Bucket=told["S3_BUCKET"], Key=f"images/{uid}.jpg")["Body"].read()
    client.close()
    assert kept == PHOTO


def test_the_python_that_is_asked_for_is_written_as_the_buildpack_reads_it() -> None:
    assert re.fullmatch(r"3\.\d+\n", (ROOT / ".python-version").read_text())
