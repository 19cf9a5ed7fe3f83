"""Does a collection go from one store to another by the steps that docs/stores.md tells?"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from librarian.collection import Collection
from librarian.pipeline import Pipeline, build
from librarian.record import LABELS, Carrier, Submission
from librarian.settings import load
from tests.docs.blocks import BLOCKS
from tests.exporting.collected import environ, picture
from tests.servers import MongoServer

(STEPS,) = [b for b in BLOCKS if b.page.endswith("stores.md") and b.language == "sh"]
OLD = {
    "DATA_ACTOR_CONFIG": [{"actor": "image", "args": ["old/images"]}],
    "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": ["old/labels.sqlite"]}],
}
FILES = [{"actor": "file", "args": ["new/files"]}]
COUNT = 3
KEPT = ("old/images", "new/files")


@pytest.fixture
def moved_to(request: pytest.FixtureRequest) -> Iterator[list[dict[str, Any]]]:
    """Give the new label chain; that of MongoDB with a database of its own."""
    if request.param == "jsonl":
        yield [{"actor": "jsonl", "args": ["new/labels.jsonl"]}]
        return
    server: MongoServer = request.getfixturevalue("mongodb")
    with server.database() as name:
        yield [{"actor": "mongo", "args": [server.uri], "kwargs": {"database": name}}]


def configured(folder: Path, chains: dict[str, Any]) -> None:
    lines = [f"{name}='{json.dumps(value)}'\n" for name, value in chains.items()]
    (folder / ".env").write_text("".join(lines))


def librarian(folder: Path, *words: str, stderr: str | None = "") -> str:
    """Run a command that succeeds; give what it says. `stderr` None: it may say more."""
    run = subprocess.run(
        [sys.executable, "-m", "librarian", *words], env=environ(), cwd=folder,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    said = run.stdout + run.stderr
    assert (run.returncode, run.stderr) == (0, run.stderr if stderr is None else stderr), said
    return run.stdout


def service(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Pipeline:
    monkeypatch.chdir(folder)
    return build(load({}))


def sent(service: Pipeline, number: int) -> str:
    told = Carrier("file", json.dumps({"n": number}).encode(), media_type="application/json")
    image = Carrier("file", picture(number))
    return service.submit(Submission("multipart", pieces=((LABELS, told), ("image", image)))).uid


@pytest.mark.parametrize("moved_to", ["jsonl", "mongo"], indirect=True)
def test_the_steps_of_the_document_bring_everything_to_other_stores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved_to: list[dict[str, Any]]
) -> None:
    configured(tmp_path, OLD)
    before = service(monkeypatch, tmp_path)
    uids = {sent(before, number): number for number in range(COUNT)}
    commands = [line.split()[1:] for line in STEPS.text.splitlines() if line[0] != "#"]
    exporting, *others = commands
    librarian(tmp_path, *exporting)
    configured(tmp_path, {"DATA_ACTOR_CONFIG": FILES, "LABEL_ACTOR_CONFIG": moved_to})
    told = [librarian(tmp_path, *words) for words in others]
    assert told[-1] == f"imported {COUNT}, already there 0, refused 0, failed 0\n"
    (tmp_path / "old").rename(tmp_path / "away")
    after = service(monkeypatch, tmp_path)
    collection = Collection.of(after.commit)
    assert collection is not None
    found = {each.uid: each for each in collection.select()}
    assert {uid: each.labels["n"] for uid, each in found.items()} == uids
    for each in found.values():
        kept = collection.read(each, each.data[0])
        assert hashlib.sha256(kept).hexdigest() == each.data[0]["sha256"]
    for step in after.commit.stores:
        getattr(step.component, "close", lambda: None)()
    for uid in uids:
        librarian(tmp_path, "withdraw", uid, "--yes")
    assert not list((tmp_path / "new" / "files").iterdir())


def test_what_is_imported_beside_an_older_store_is_withdrawn_from_it_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = {"LIBRARIAN_STORE_SECONDS": 1}
    configured(tmp_path, OLD | soon)
    uid = sent(service(monkeypatch, tmp_path), 1)
    librarian(tmp_path, "export", "moved", "--to", "jsonl")
    new = [{"actor": "jsonl", "args": ["new/labels.jsonl"]}]
    both = {
        name: chain + more for (name, chain), more in zip(OLD.items(), (FILES, new), strict=True)
    }
    configured(tmp_path, both | soon)
    # of a record that may be under way in the other label store it says that it comes again
    assert librarian(tmp_path, "import", "moved", stderr=None).startswith("imported 1,")
    names = [{each.name for each in (tmp_path / place).iterdir()} for place in KEPT]
    assert names[0] == names[1] == {f"{uid}.jpg"}
    librarian(tmp_path, "withdraw", uid, "--yes")
    assert not any(list((tmp_path / place).iterdir()) for place in KEPT)


def test_an_empty_label_store_behind_one_that_is_not_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, OLD)
    sent(service(monkeypatch, tmp_path), 1)
    old, new = OLD["LABEL_ACTOR_CONFIG"], [{"actor": "jsonl", "args": ["new.jsonl"]}]
    configured(tmp_path, OLD | {"LABEL_ACTOR_CONFIG": [*new, *old]})
    assert "Note" not in librarian(tmp_path, "check", "--connect").partition("works.")[2]
    configured(tmp_path, OLD | {"LABEL_ACTOR_CONFIG": [*old, *new]})
    said = librarian(tmp_path, "check", "--connect").partition("works.")[2]
    assert "LABEL_ACTOR_CONFIG[0] holds label records and LABEL_ACTOR_CONFIG[1] none" in said
