"""Do the components that readers are shown how to write work as they stand?"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import BLOCKS, ROOT


@pytest.mark.parametrize(
    ("page", "file", "family"),
    [
        ("docs/adding-a-validator.md", "librarian/validators/multiple.py", "validators"),
        ("docs/adding-an-actor.md", "librarian/actors/gz.py", "actors"),
    ],
)
def test_a_component_of_ones_own_works_as_it_is_shown(
    page: str, file: str, family: str, tmp_path: Path
) -> None:
    own, line, test = (b.text for b in BLOCKS if (b.page, b.language) == (page, "python"))
    for name in ("librarian", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / file).write_text(own, encoding="utf-8")
    table = tmp_path / f"librarian/{family}/__init__.py"
    text = table.read_text(encoding="utf-8")
    name = line.split()[-1]
    first = re.search(rf"^from librarian\.{family}\.", text, re.M)
    assert first is not None
    edited = text[: first.start()] + line + text[first.start() :]
    edited = re.sub(r"table\(", f"table({name}, ", edited, count=1)
    assert edited.count(name) == text.count(name) + 2
    table.write_text(edited, encoding="utf-8")
    (tmp_path / "test_own.py").write_text(test, encoding="utf-8")
    environment = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"]}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider",
         "test_own.py"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert re.search(r"^\d+ passed", run.stdout, re.M), run.stdout + run.stderr
    for block in (b for b in BLOCKS if (b.page, b.said) == (page, "own")):
        (tmp_path / ".env").write_text(block.text + "LABEL_ACTOR_CONFIG=[]\n")
        checked = subprocess.run(
            [sys.executable, "-m", "librarian", "check", "--connect"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert checked.returncode == 0, checked.stdout + checked.stderr
