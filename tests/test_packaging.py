"""Does the package hold together: pins, versions, files that hosts read, nothing of one machine?"""

import gzip
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from librarian import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
FOLDERS = ("librarian", "tests", "docs", "deploy", "examples", "bench", ".ci")


def bare(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower()


def test_every_dependency_is_pinned_with_hashes_and_from_no_address() -> None:
    pinned = dict(re.findall(r"^([a-z0-9._-]+)==(\S+) \\$", PINS, re.M))
    assert {bare(each) for each in PROJECT["dependencies"]} <= set(pinned)
    for name in pinned:
        (block,) = re.findall(rf"^{re.escape(name)}==.*?(?=^\S|\Z)", PINS, re.M | re.S)
        assert re.findall(r"--hash=sha256:[0-9a-f]{64}", block), name
    assert "://" not in PINS
    assert not re.findall(r"^\s*(-i|--index|--extra|--find|--trusted|-f)", PINS, re.M)


def test_every_requirement_names_the_oldest_version_it_is_known_to_work_with() -> None:
    extras = PROJECT["optional-dependencies"].values()
    for requirement in [*PROJECT["dependencies"], *(each for extra in extras for each in extra)]:
        assert re.fullmatch(r"[a-z0-9._-]+(\[[a-z-]+\])?(>=|==)[0-9][0-9a-z.]*", requirement)


def test_only_what_runs_is_pinned() -> None:
    tests_only = {bare(each) for each in PROJECT["optional-dependencies"]["test"]}
    pinned = set(re.findall(r"^([a-z0-9._-]+)==", PINS, re.M))
    assert not tests_only & pinned


def test_the_installed_version_is_the_one_in_the_code() -> None:
    from importlib.metadata import version

    assert "version" in PROJECT["dynamic"]
    assert version("data-librarian") == __version__
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_hosts_python_is_one_that_the_package_takes() -> None:
    chosen = (ROOT / ".python-version").read_text().strip()
    least = PROJECT["requires-python"].removeprefix(">=")
    assert tuple(map(int, chosen.split("."))) >= tuple(map(int, least.split(".")))


def test_librarian_js_is_one_small_file_that_loads_nothing_and_has_types() -> None:
    static = ROOT / "librarian/web/static"
    script = (static / "librarian.js").read_bytes()
    assert len(gzip.compress(script)) < 10_000
    assert not re.search(rb"^import |\bimport\(", script, re.M)
    types = (static / "librarian.d.ts").read_text(encoding="utf-8")
    shown = re.findall(rb"^  (?:async |get )?([a-z]\w+)\(.*\) \{$", script, re.M)
    assert {b"send", b"queue", b"contract", b"warm", b"contributor"} <= set(shown)
    for name in set(shown) - {b"constructor"}:
        assert re.search(rf"^  (?:readonly )?{name.decode()}[(:]", types, re.M), name


def test_a_plain_checkout_runs_uninstalled(tmp_path: Path) -> None:
    code = "import sys, librarian; print(librarian.__version__, librarian.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.split() == [__version__, str(ROOT / "librarian/__init__.py")]


@pytest.mark.parametrize(
    "target", ["run", "test", "bench", "bench-quick", "bench-export", "lint", "docs", "pins"]
)
def test_make_knows_its_targets(target: str) -> None:
    run = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_make_says_clearly_that_it_needs_a_newer_python(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "requirements.txt").touch()
    for python in ([f"PYTHON={old}"], ["PYTHON="]):
        run = subprocess.run(
            ["make", "run", *python], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert run.returncode != 0
        assert "Python 3.11" in run.stdout
        assert not (tmp_path / ".venv").exists()


def test_no_file_names_a_package_index_or_a_machine() -> None:
    index = re.compile(r"--(?:extra-)?index-url[ =]\S|https?://[^\s\"']*/simple\b")
    files = [each for folder in FOLDERS for each in (ROOT / folder).rglob("*")]
    files += [each for each in ROOT.iterdir() if each.name != ".env"]
    others = {".venv", ".ours", "node_modules", "run"}  # what `make bench` installs and leaves
    files = [each for each in files if not others.intersection(each.relative_to(ROOT).parts)]
    texts = [each for each in files if each.is_file() and b"\0" not in each.read_bytes()[:8000]]
    assert len(texts) > 50
    for file in texts:
        if file.name != "test_packaging.py" and file.suffix != ".pyc":
            assert not index.search(file.read_text(encoding="utf-8", errors="replace")), file.name
