"""Do the documents say what the code does?"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from librarian.stage import STAGES, Stage

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.slug)
def test_the_readme_explains_every_status(stage: Stage) -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8")
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


def test_the_example_of_an_own_validator_works_as_it_stands(tmp_path: Path) -> None:
    page = (ROOT / "docs/adding-a-validator.md").read_text(encoding="utf-8")
    own, line, test = re.findall(r"```python\n(.*?)```", page, re.S)
    shutil.copytree(ROOT / "librarian", tmp_path / "librarian")
    (tmp_path / "librarian/validators/multiple.py").write_text(own, encoding="utf-8")
    table = tmp_path / "librarian/validators/__init__.py"
    text = table.read_text(encoding="utf-8")
    edited = text.replace(
        "from librarian.validators.img import", line + "from librarian.validators.img import"
    )
    edited = re.sub(r"table\(", "table(Multiple, ", edited, count=1)
    assert edited.count("Multiple") == 2
    table.write_text(edited, encoding="utf-8")
    (tmp_path / "test_multiple.py").write_text(test, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 passed" in run.stdout, run.stdout + run.stderr
