"""Do the documents say what the code does?"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from librarian.collection import Collection
from librarian.pipeline import build
from librarian.record import Carrier, Submission
from librarian.settings import load
from librarian.stage import STAGES, Stage
from tests.pictures import make

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.slug)
def test_the_page_about_sending_explains_every_status(stage: Stage) -> None:
    table = (ROOT / "docs/sending.md").read_text(encoding="utf-8")
    assert re.search(
        rf"^\| {stage.status} \| `{stage.slug}` \| .{{10,}} \| .{{3,}} \|$", table, re.M
    )


def test_the_readme_shows_the_first_contribution_in_under_ten_lines() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("curl -T"))
    begin = next(i for i, line in enumerate(lines) if line.startswith("make run"))
    assert first - begin < 10
    assert first < 12


@pytest.mark.parametrize("name", ["SECURITY.md", "docs/durability.md"])
def test_the_proofs_that_are_named_are_there(name: str) -> None:
    told = re.findall(r"`(tests/[a-z0-9_/.]+)`", (ROOT / name).read_text(encoding="utf-8"))
    assert len(told) > 10
    assert [path for path in told if not (ROOT / path).exists()] == []


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"\]\(([A-Za-z0-9_./-]+)\)", readme):
        assert (ROOT / name).exists(), name
    assert "](SECURITY.md)" in readme


def test_every_command_about_exports_works_as_it_stands(tmp_path: Path) -> None:
    service = build(load({"LIBRARIAN_DATA_DIR": str(tmp_path / "librarian-data")}))
    for number, animal in enumerate(("cat", "dog", "cat")):
        box = '"x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5'
        told = f'{{"animal": "{animal}", "seen": true, {box}}}'.encode()
        pieces = (
            ("labels", Carrier("file", told)),
            ("image", Carrier("file", make("JPEG", 40, 30, seed=number))),
        )
        service.submit(Submission("multipart", pieces=pieces))
    collection = Collection.of(service.commit)
    assert collection is not None
    collection.amend(next(iter(collection.select())).uid, "approved", by="a test")
    for name in ("photos/one.jpg", "animals/cat/two.jpg"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_bytes(make("JPEG", 40, 30, seed=len(name)))
    (tmp_path / "labels.csv").write_text("file,mood\none.jpg,good\n")
    page = (ROOT / "docs/export.md").read_text(encoding="utf-8")
    commands = [
        line
        for block in re.findall(r"```sh .*?\n(.*?)```", page, re.S)
        for line in block.splitlines()
    ]
    assert len(commands) == 9
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for command in commands:
        run = subprocess.run(
            command, shell=True, cwd=tmp_path, env={"PATH": path}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip
        assert (run.returncode, run.stderr) == (0, ""), f"{command}: {run.stderr}"
        if " export " in command:
            assert (tmp_path / command.split()[2] / "manifest.json").is_file(), command


def test_the_page_about_exports_tells_every_format() -> None:
    from librarian.exporting.formats import FORMATS

    page = (ROOT / "docs/export.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z]+)` \|", page, re.M)) == set(FORMATS)
    assert "](docs/export.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
