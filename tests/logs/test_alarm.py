"""Is a bug told to Sentry, nothing else, and nothing of what was sent with it?"""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from librarian.logs.shapes import UNSAID
from librarian.problem import ConfigError
from librarian.settings import load
from tests.conftest import needed
from tests.e2e.stack import ROOT, service
from tests.pictures import make
from tests.process import HOST, PATIENCE
from tests.receiver import Posted, Receiver, receiver

PHOTO = make("PNG", 64, 48)
CANARY = "c4naryOfABug"
BROKEN = """\
from librarian.component import Validator, component
from librarian.record import Document

@component
class Broken(Validator[Document]):
    '''Break where a label asks for it.'''
    name = "broken"

    def check(self, part):
        seen = dict(part.value)
        if "break" in seen:
            try:
                int(seen["break"])
            except ValueError as error:
                raise LookupError(seen) from error
        yield from ()
"""


@pytest.fixture(scope="module")
def breaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay a package that brings a validator with a bug."""
    folder = tmp_path_factory.mktemp("breaking")
    metadata = folder / "breaking-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: breaking\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[librarian.validators]\nbroken = broken:Broken\n")
    (folder / "broken.py").write_text(BROKEN)
    return folder


def events(told: Receiver) -> list[tuple[Posted, dict[str, Any]]]:
    """Take the envelopes apart (Sentry's format): a head, then for each item a head and itself."""
    found = []
    for posted in told.came:
        packed = posted.headers.get("Content-Encoding") == "gzip"
        lines = (gzip.decompress(posted.body) if packed else posted.body).splitlines()
        kinds = [json.loads(line).get("type") for line in lines[1::2]]
        assert kinds == ["event"]
        found.append((posted, json.loads(lines[2])))
    return found


def test_a_bug_arrives_without_what_was_sent_and_a_refusal_does_not(breaking: Path) -> None:
    with receiver() as told:
        variables = {
            "PYTHONPATH": f"{breaking}{os.pathsep}{ROOT}",
            "LIBRARIAN_SENTRY_DSN": f"http://publickey@{HOST}:{told.port}/7",
            "LABEL_VALID_CONFIG": '[{"validator": "broken"}]',
            "DATA_VALID_CONFIG": '[{"validator": "img"}]',
            "DATA_ACTOR_CONFIG": f'[{{"actor": "S3", "args": ["{CANARY}", "{CANARY}", "bucket"],'
            ' "kwargs": {"endpoint": "http://127.0.0.1:9", "timeout": 0.1}}]',
            "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
            "ACCESS_REVIEW": "",
        }
        headers = {
            "Authorization": f"Basic {CANARY}",
            "Cookie": CANARY,
            "Librarian-Contributor": CANARY,
            "X-Request-Id": "request-with-a-bug",
            "User-Agent": CANARY,
        }
        with needed(service(variables, "--workers=1")) as stack:
            for path, body, status in (
                ("/upload?mood=fine", b"%PDF-", 415),
                ("/upload?mood=fine", PHOTO, 507),
                (f"/upload?break={CANARY}", PHOTO + CANARY.encode(), 500),
            ):
                answer = stack.request("PUT", path, body=body, headers=headers)
                assert answer.status == status
            told.wait_for(1)
            logs = stack.logs()
        ((posted, event),) = events(told)
    assert posted.path == "/api/7/envelope/"
    kinds = [each["type"] for each in event["exception"]["values"]]
    assert kinds == ["ValueError", "LookupError"]
    assert {each["value"] for each in event["exception"]["values"]} == {UNSAID}
    frame = event["exception"]["values"][-1]["stacktrace"]["frames"][-1]
    assert (frame["function"], frame["filename"]) == ("check", "broken.py")
    assert event["tags"]["request_id"] == "request-with-a-bug"
    assert event["tags"]["stage"] == "label-validation"
    assert len(event["tags"]["uid"]) == 24
    assert event["release"].startswith("data-librarian@")
    whole = json.dumps(event) + str(posted.headers)
    assert CANARY.lower() not in whole.lower()
    assert not {"request", "user", "extra", "server_name", "modules", "breadcrumbs"} & set(event)
    assert "LookupError" in logs
    assert CANARY.lower() not in logs.lower()
    assert "publickey" not in logs


def test_a_receiver_that_does_not_answer_holds_up_nobody(breaking: Path, hanging_port: int) -> None:
    variables = {
        "PYTHONPATH": f"{breaking}{os.pathsep}{ROOT}",
        "LIBRARIAN_SENTRY_DSN": f"http://publickey@{HOST}:{hanging_port}/7",
        "LABEL_VALID_CONFIG": '[{"validator": "broken"}]',
        "DATA_ACTOR_CONFIG": "[]",
        "LABEL_ACTOR_CONFIG": "[]",
    }
    with needed(service(variables, "--workers=1")) as stack:
        for _ in range(5):
            assert stack.request("PUT", "/upload?break=it", body=PHOTO).status == 500
        began = time.monotonic()
    assert time.monotonic() - began < PATIENCE / 2


def test_it_is_not_even_imported_where_nobody_asks_for_it(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from librarian import server\n"
        "from librarian.settings import load\n"
        "server._start(server._application(load({})))\n"
        "print('sentry_sdk' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize(
    "dsn",
    [f"{CANARY}", f"https://{CANARY}", f"https://{CANARY}@host", f"ftp://{CANARY}@host/1"],
)
def test_a_wrong_address_is_told_and_not_shown(dsn: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"LIBRARIAN_SENTRY_DSN": dsn})
    (problem,) = caught.value.problems
    assert problem.path == "LIBRARIAN_SENTRY_DSN"
    assert "https://KEY@HOST/PROJECT" in problem.message
    assert CANARY not in str(problem)


def test_the_address_is_a_secret() -> None:
    dsn = f"https://{CANARY}@o1.ingest.example/sub/42"
    settings = load({"LIBRARIAN_SENTRY_DSN": dsn})
    assert settings.sentry_dsn.get_secret_value() == dsn
    assert CANARY not in f"{settings!r} {settings} {settings.model_dump()}"


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("librarian.settings.sentry.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"data-librarian\[sentry\]"):
        load({"LIBRARIAN_SENTRY_DSN": "https://key@host/1"})
    load({})
