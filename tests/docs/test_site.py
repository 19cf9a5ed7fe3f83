"""Is the site whole? Built strictly, no link dead, nothing loaded from another host."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.docs.blocks import ROOT

MOST = 150_000
"""Bytes that a picture of the documents may have."""
LOADED = {("img", "src"), ("script", "src"), ("source", "src"), ("iframe", "src")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build it as `make site` does."""
    folder = tmp_path_factory.mktemp("site")
    (line,) = re.findall(
        r"^\t\$\(BIN\)/(sphinx-build .*) docs site$", (ROOT / "Makefile").read_text(), re.M
    )
    command = [sys.executable, "-m", "sphinx", *line.split()[1:], "docs", str(folder)]
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder


class Page(HTMLParser):
    """What a page links to, what it loads, and where in it one can be sent."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        self.places.add(told.get("id", ""))
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        if tag == "link" and told.get("rel") not in ("search", "index", "next", "prev"):
            self.loads.append(told["href"])
        self.loads += [value for name, value in told.items() if (tag, name) in LOADED]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in site.glob("*.html")}


def inside(pages: dict[Path, Page]) -> Iterator[tuple[Path, str, Path, str]]:
    """Yield each link and each thing loaded that stays in the site, with what it leads to."""
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            parts = urlsplit(link)
            if not parts.scheme and not link.startswith("data:"):
                target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
                yield path, link, target, unquote(parts.fragment)


def test_every_document_has_its_page(site: Path, pages: dict[Path, Page]) -> None:
    documents = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert documents <= {path.stem for path in pages}
    assert len(documents) > 20


def test_no_link_is_dead(pages: dict[Path, Page]) -> None:
    dead = []
    for path, link, target, place in inside(pages):
        if not target.exists() or (place and target in pages and place not in pages[target].places):
            dead.append(f"{path.name}: {link}")
    assert dead == []
    assert sum(1 for _ in inside(pages)) > 500


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[Path, Page]) -> None:
    loaded = [each for page in pages.values() for each in page.loads]
    assert [each for each in loaded if urlsplit(each).netloc] == []
    assert loaded
    for style in site.rglob("*.css"):
        text = style.read_text(encoding="utf-8")
        assert not re.search(r"""(@import|url\()\s*["']?(https?:)?//""", text), style.name


def test_pictures_are_small(site: Path) -> None:
    pictures = [path for path in (ROOT / "docs/pictures").iterdir() if path.suffix != ".md"]
    assert {path.name for path in pictures} >= {"architecture.svg", "page.png", "desk.png"}
    assert [path.name for path in pictures if path.stat().st_size > MOST] == []
    used = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md"))
    assert [path.name for path in pictures if f"pictures/{path.name}" not in used] == []
