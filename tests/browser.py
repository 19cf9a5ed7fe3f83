"""How does a test look through a real browser? Debian's Chromium, driven by Playwright."""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Playwright,
    expect,
    sync_playwright,
)

from tests.process import HOST, Missing

QUIET = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",  # a page that browsers think is not local
)
PATIENCE = 15_000
"""Milliseconds to wait for what a page should show; reached only where something is broken."""
expect.set_options(timeout=PATIENCE)


def program() -> str:
    """Find the browser. Raises Missing."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise Missing("chromium is not installed (on Debian: apt-get install chromium)")
    return found


@contextmanager
def driven() -> Iterator[Playwright]:
    """Run the driver; one at a time in a process."""
    with sync_playwright() as playwright:
        yield playwright


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run a browser; make a context of your own in it, `browser.new_context()`. Raises Missing."""
    try:
        browser = playwright.chromium.launch(executable_path=program(), args=QUIET)
    except Error as error:
        raise Missing(f"chromium does not start: {error}") from None
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def chromium_in(playwright: Playwright, folder: Path, **more: Any) -> Iterator[BrowserContext]:
    """Run a browser that keeps what it stores in a folder, to be closed and opened again."""
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=program(), args=QUIET, **more
    )
    try:
        context.set_default_timeout(PATIENCE)
        yield context
    finally:
        context.close()


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        pass


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve a folder's pages from an origin of its own; give its address."""
    pages = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer((HOST, 0), pages) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        serving.start()
        try:
            yield f"http://{HOST}:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()
