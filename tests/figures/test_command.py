"""Does `librarian stats` tell in the terminal what was collected, and what was turned away?"""

import json
from pathlib import Path

import pytest

from librarian.settings import load
from librarian.web import create_app
from tests.pictures import make
from tests.test_cli import librarian


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder in which the embedded default has taken three, and turned one away."""
    monkeypatch.chdir(tmp_path)
    app = create_app(load({}))
    client = app.test_client()
    for mood in ("glad", "glad", "sad"):
        sent = client.put(f"/upload?mood={mood}", data=make("JPEG", 32, 32))
        assert sent.status_code == 201
    assert client.put("/upload", data=b"none of a picture").status_code == 415
    app.extensions["librarian"].refusals.read()
    return tmp_path


def test_it_tells_days_values_states_and_refusals(collected: Path) -> None:
    run = librarian("stats")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("3 contributions: 3 received, 0 flagged, 0 approved, 0 rejected")
    lines = [" ".join(line.split()[:2]) for line in run.stdout.splitlines()]
    assert "glad 2" in lines
    assert "sad 1" in lines
    assert "Refused by this machine" in run.stdout
    assert "type: " in run.stdout
    told = json.loads(librarian("stats", "--to", "json").stdout)
    assert told["records"] == 3


def test_it_counts_what_is_asked_for(collected: Path) -> None:
    assert librarian("stats", "--where", "mood=sad").stdout.startswith("1 contributions")
    assert librarian("stats", "--state", "approved").stdout.startswith("0 contributions")


def test_what_cannot_be_asked_for_is_told(collected: Path) -> None:
    for args in (("--to", "xml"), ("--since", "yesterday"), ("--state", "lost")):
        run = librarian("stats", *args)
        assert (run.returncode, run.stdout) == (2, ""), args
        assert args[1] in run.stderr
