"""Does each preset serve? Begun in an empty folder with every default, checked, served, sent to."""

import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from librarian import languages
from librarian.presets import PRESETS
from tests.e2e.stack import answers
from tests.pictures import make
from tests.process import HOST, Process, a_folder, free_port

ROOT = Path(__file__).parent.parent.parent
LIBRARIAN = (sys.executable, "-m", "librarian")


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


def librarian(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*LIBRARIAN, *args],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@dataclass(frozen=True)
class Begun:
    """A service that was begun with `librarian init PRESET --yes` and nothing else."""

    folder: Path
    url: str
    said: str
    checked: "subprocess.CompletedProcess[str]"

    def put(self, body: bytes, **labels: Any) -> urllib3.BaseHTTPResponse:
        query = urlencode(labels)
        headers = {"Connection": "close"}  # one that stays open keeps the service from ending
        if body.isascii():
            headers["Content-Type"] = "text/plain"
        return urllib3.request(
            "PUT", f"{self.url}/upload?{query}", body=body, headers=headers, retries=False
        )

    def records(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.folder / "librarian-data/labels.sqlite")) as database:
            rows = database.execute("SELECT document FROM contributions").fetchall()
        return [json.loads(document) for (document,) in rows]

    def kept(self, word: str) -> list[bytes]:
        folder = self.folder / "librarian-data" / word
        return [path.read_bytes() for path in folder.glob("*")]


@pytest.fixture(scope="module")
def begun() -> Iterator[Callable[[str], Begun]]:
    """Give the service of a preset, begun when first asked for."""
    known: dict[str, Begun] = {}
    with ExitStack() as running:

        def begin(name: str) -> Begun:
            if name not in known:
                folder = running.enter_context(a_folder())
                said = librarian(folder, "init", name, "--yes")
                assert (said.returncode, said.stderr) == (0, "")
                checked = librarian(folder, "check", "--connect")
                port = free_port()
                url = f"http://{HOST}:{port}"
                command = (
                    "env", "-i", f"--chdir={folder}", f"PYTHONPATH={ROOT}",
                    f"PATH={os.environ['PATH']}", *LIBRARIAN, "serve", f"--port={port}",
                    "--workers=1",
                )  # fmt: skip
                process = Process(name, command, lambda: answers(url), folder / "log")
                process.start()
                running.callback(process.stop)
                known[name] = Begun(folder, url, said.stdout, checked)
            return known[name]

        yield begin


def sound() -> bytes:
    """Give a moment of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(bytes(800))
    return file.getvalue()


PHOTO = make("JPEG", 320, 240)
SOUND = sound()
SENTENCE = b"What a day."
CROP = {"top": 0.1, "left": 0.2, "bottom": 0.7, "right": 0.6}
BOX = {"x": 10, "y": 20, "width": 100, "height": 50, "label": "cat"}
RIGHT: dict[str, tuple[bytes, dict[str, Any]]] = {
    "crop": (PHOTO, {**CROP, "rotate": 0.0, "aspect_ratio": 1.5, "filename": "my photo.jpg"}),
    "classify": (PHOTO, {"label": "dog"}),
    "boxes": (PHOTO, BOX),
    "text": (SENTENCE, {"mood": "glad"}),
    "audio": (SOUND, {"word": "yes"}),
}
WRONG: list[tuple[str, bytes, dict[str, Any], str]] = [
    ("crop", PHOTO, {**CROP, "right": 1.5}, "cross-validation"),
    ("crop", PHOTO, {"top": 0.1}, "label-validation"),
    ("crop", PHOTO[:3000], CROP, "data-validation"),
    ("crop", SOUND, CROP, "type"),
    ("classify", PHOTO, {"label": "cow"}, "label-validation"),
    ("classify", PHOTO, {}, "label-validation"),
    ("classify", PHOTO[:3000], {"label": "cat"}, "data-validation"),
    ("boxes", PHOTO, {**BOX, "x": 300}, "cross-validation"),
    ("boxes", PHOTO, {**BOX, "x": 1.5}, "label-validation"),
    ("text", SENTENCE, {"mood": "blue"}, "label-validation"),
    ("text", b"What" * 501, {"mood": "glad"}, "data-validation"),
    ("text", PHOTO, {"mood": "glad"}, "type"),
    ("audio", SOUND, {"word": "maybe"}, "label-validation"),
    ("audio", PHOTO, {"word": "yes"}, "type"),
]


def test_there_is_a_right_contribution_for_every_preset_and_a_wrong_one() -> None:
    assert set(RIGHT) == set(PRESETS) == {name for name, *_ in WRONG}


@pytest.mark.parametrize("name", PRESETS)
def test_what_it_is_for_is_stored_as_it_was_sent(begun: Callable[[str], Begun], name: str) -> None:
    service, (body, labels) = begun(name), RIGHT[name]
    answer = service.put(body, **labels)
    assert answer.status == 201, answer.data
    (record,) = (each for each in service.records() if each["_id"] == answer.json()["uid"])
    assert {label: record[label] for label in labels} == labels
    assert body in service.kept(PRESETS[name].folder)


@pytest.mark.parametrize(
    ("name", "body", "labels", "slug"), WRONG, ids=[f"{each[0]} {each[3]}" for each in WRONG]
)
def test_what_it_is_not_for_is_refused_in_its_stage_and_nothing_is_kept(
    begun: Callable[[str], Begun], name: str, body: bytes, labels: dict[str, Any], slug: str
) -> None:
    service = begun(name)
    service.put(RIGHT[name][0], **RIGHT[name][1])  # so that there are stores to look into
    before = len(service.records()), len(service.kept(PRESETS[name].folder))
    answer = service.put(body, **labels)
    assert answer.json()["type"] == slug, answer.data
    assert (len(service.records()), len(service.kept(PRESETS[name].folder))) == before


@pytest.mark.parametrize("name", PRESETS)
def test_its_page_asks_for_what_it_takes(begun: Callable[[str], Begun], name: str) -> None:
    service, words = begun(name), PRESETS[name].words["en"]
    answer = urllib3.request("GET", service.url, headers={"Connection": "close"}, retries=False)
    page = answer.data.decode()
    assert re.search(rf"<h1[^>]*>{re.escape(words.title)}</h1>", page)
    assert words.introduction in page
    assert words.caption in page
    assert f'name="{PRESETS[name].intake["tag"]}"' in page
    for label in RIGHT[name][1]:
        assert f'name="{label}"' in page or label == "filename"
    assert ("Where a picture was taken" in page) == (RIGHT[name][0] is PHOTO)


@pytest.mark.parametrize("name", PRESETS)
def test_a_check_of_it_connects_to_its_stores(begun: Callable[[str], Begun], name: str) -> None:
    checked = begun(name).checked
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.endswith("\nEvery store works.\n")
    assert not re.findall(r"^note", checked.stdout, re.M)  # nothing is left to be told of
    assert "\033" not in checked.stdout


@pytest.mark.parametrize("name", PRESETS)
def test_the_command_it_shows_sends_a_contribution(
    begun: Callable[[str], Begun], name: str
) -> None:
    service = begun(name)
    (command,) = re.findall(r"^Send +(.*)$", service.said, re.M)
    for file in re.findall(r"(?:-T |@)(\S+)", command):
        (service.folder / file).write_bytes(RIGHT[name][0])
    command = command.replace("http://127.0.0.1:8000", service.url)
    sent = subprocess.run(
        ["bash", "-c", command.replace("curl ", "curl -sS ", 1)],
        cwd=service.folder, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert '"uid"' in sent.stdout, sent.stdout


@pytest.mark.parametrize("language", languages.SHIPPED)
@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_speaks_every_language_that_the_page_speaks(name: str, language: str) -> None:
    assert language in PRESETS[name].words
