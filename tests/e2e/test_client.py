"""Does librarian.js, in a page on another origin, get every contribution stored exactly once?"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import site
from tests.e2e.stack import Stack, service

PAGE = """<!doctype html><meta charset="utf-8"><title>Elsewhere</title>
<script type="module">
  const service = new URLSearchParams(location.search).get("service");
  const { Librarian, Problem } = await import(`${service}/static/librarian.js`);
  Object.assign(window, { Librarian, Problem, service });
  window.photo = async (width, height) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").fillRect(0, 0, width / 2, height / 2);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg"));
  };
  window.ready = true;
</script>"""
INPUTS = [{"tag": "image", "types": ["base64", "file", "raw"]}]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with service({}, "--workers=1") as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page of somebody else's."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    with site(folder) as url:
        yield url


def opened(tabs: BrowserContext, elsewhere: str, service: str) -> Page:
    page = tabs.new_page()
    page.goto(f"{elsewhere}/?service={service}")
    page.wait_for_function("window.ready")
    return page


def kept(stack: Stack) -> list[dict[str, Any]]:
    """List every label record, read past the service."""
    (database,) = stack.folder.glob("*/librarian-data/labels.sqlite")
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT document FROM contributions").fetchall()
    return [json.loads(document) for (document,) in rows]


def test_a_page_on_another_origin_sends_and_has_the_receipt(
    tabs: BrowserContext, elsewhere: str, stack: Stack
) -> None:
    page = opened(tabs, elsewhere, stack.url)
    receipt = page.evaluate(
        """async (inputs) => {
          const librarian = new Librarian(service, { inputs });
          return librarian.send(await photo(64, 48), { label: "cat", x: 0.5 });
        }""",
        INPUTS,
    )
    assert receipt["labels"] == {"label": "cat", "x": 0.5}
    (record,) = [each for each in kept(stack) if each["uid"] == receipt["uid"]]
    assert record["_librarian"]["contributor"]
