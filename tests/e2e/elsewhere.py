"""How does a test send through librarian.js? From a page on another origin, over a faulty proxy."""

import base64
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import BrowserContext, Page

from tests.browser import site
from tests.chaos.proxy import Proxy, proxy
from tests.e2e.stack import Stack
from tests.pictures import make
from tests.process import HOST

PHOTO = make("JPEG", 64, 48)
IMAGE = [{"tag": "image", "types": ["base64", "file", "raw"]}]


@dataclass(frozen=True)
class Elsewhere:
    """A site on another origin than the service, and a proxy between its pages and the service."""

    url: str
    stack: Stack
    proxy: Proxy

    def open(
        self, tabs: BrowserContext, *, inputs: Any = IMAGE, host: str = HOST, direct: bool = False
    ) -> Page:
        """Open the page in a new tab; what it sends goes through the proxy, its script does not."""
        page = tabs.new_page()
        query = {
            "script": self.stack.url,
            "service": self.stack.url if direct else f"http://{HOST}:{self.proxy.port}",
            "inputs": json.dumps(inputs),
            "photo": base64.b64encode(PHOTO).decode(),
        }
        page.goto(f"{self.url.replace(HOST, host)}/elsewhere.html?{urlencode(query)}")
        page.wait_for_function("window.ready")
        return page

    def records(self, **labels: Any) -> list[dict[str, Any]]:
        """List the label records that have these labels, read past the service."""
        found = [each for path in self._databases() for each in _documents(path)]
        return [each for each in found if labels.items() <= each.items()]

    def files(self) -> set[str]:
        """Give the names of all that the data store holds."""
        return {path.name for path in self.stack.folder.glob("*/librarian-data/images/*")}

    def _databases(self) -> list[Path]:
        return list(self.stack.folder.glob("*/librarian-data/labels.sqlite"))


def _documents(database: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT document FROM contributions").fetchall()
    return [json.loads(document) for (document,) in rows]


def narrow(page: Page, *, bytes_per_second: int) -> None:
    """Make a page's way up narrow, as a phone's is."""
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    session = page.context.new_cdp_session(page)
    session.send(
        "Network.emulateNetworkConditions", {**limits, "uploadThroughput": bytes_per_second}
    )


@contextmanager
def elsewhere(stack: Stack) -> Iterator[Elsewhere]:
    """Serve the page from an origin of its own, with a proxy before the service."""
    with site(Path(__file__).parent) as url, proxy(urlsplit(stack.url).port or 0) as between:
        yield Elsewhere(url, stack, between)
