"""Which servers and ports may a test ask for? Started when first asked for, ended with the run."""

import gc
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, Playwright

from tests import browser, faulty, servers
from tests.chaos.proxy import PASS
from tests.e2e.elsewhere import Elsewhere, elsewhere
from tests.e2e.stack import service
from tests.process import Missing

settings.register_profile("tests", deadline=None)  # how fast a busy machine is, is no fault
settings.load_profile("tests")
T = TypeVar("T")
MANY = 200
"""Open files after which the collector is not waited for."""
AWKWARD_USER = "li:br/ari@n"
AWKWARD_PASSWORD = "p@s:s/w%rd%40 +?#&é"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the one test that takes minutes, so that nobody waits for it at the end."""
    items.sort(key=lambda item: "chaos" not in item.path.parts)


@pytest.fixture(autouse=True)
def few_open_files() -> Iterator[None]:
    """Close what a test left to the collector, before there is more of it than select(2) takes."""
    yield
    if len(list(Path("/dev/fd").iterdir())) > MANY:
        gc.collect()


@contextmanager
def needed(server: AbstractContextManager[T]) -> Iterator[T]:
    """Run a server; without it a test is skipped here and fails in CI."""
    try:
        running = server.__enter__()
    except Missing as missing:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(f"CI needs every server: {missing}")
        pytest.skip(f"a server is missing: {missing}")
    try:
        yield running
    finally:
        server.__exit__(None, None, None)


@pytest.fixture(scope="session")
def mongodb() -> Iterator[servers.MongoServer]:
    """Give a MongoDB server; use a database of your own, `fresh("db")`."""
    with needed(servers.mongodb()) as running:
        yield running


@pytest.fixture(scope="session")
def guarded_mongodb() -> Iterator[servers.MongoServer]:
    """Give a MongoDB server that asks for a password, one full of awkward characters."""
    with needed(servers.mongodb_with_users(AWKWARD_USER, AWKWARD_PASSWORD)) as running:
        yield running


@pytest.fixture(scope="session")
def rclone() -> Iterator[servers.S3Server]:
    """Give an S3 server of our own that checks signatures and may be switched off."""
    with needed(servers.rclone()) as running:
        yield running


@pytest.fixture(scope="session")
def s3(request: pytest.FixtureRequest) -> servers.S3Server:
    """Give an S3 server, the owner's if there is one; use a bucket of your own, `new_bucket()`."""
    found: servers.S3Server = servers.owners_s3() or request.getfixturevalue("rclone")
    return found


@pytest.fixture(scope="session")
def moto() -> Iterator[servers.S3Server]:
    """Give an S3 server that keeps conditional puts; use a bucket of your own."""
    with needed(servers.moto()) as running:
        yield running


@pytest.fixture(scope="session")
def redis() -> Iterator[servers.RedisServer]:
    """Give a Redis server; count under names of your own, `fresh("caller")`."""
    with needed(servers.redis()) as running:
        yield running


@pytest.fixture
def dead_port() -> Iterator[int]:
    """Give a port that refuses connections."""
    with faulty.dead_port() as port:
        yield port


@pytest.fixture
def hanging_port() -> Iterator[int]:
    """Give a port that takes connections and never answers."""
    with faulty.hanging_port() as port:
        yield port


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Give the driver of browsers."""
    with browser.driven() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Give a browser; what one test stores in it is gone for the next, see `tabs`."""
    with needed(browser.chromium(playwright)) as running:
        yield running


@pytest.fixture
def tabs(chromium: Browser) -> Iterator[BrowserContext]:
    """Give a browser's window with no past; open a page with `tabs.new_page()`."""
    context = chromium.new_context()
    context.set_default_timeout(browser.PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="session")
def page_elsewhere() -> Iterator[Elsewhere]:
    """Give the embedded default, and a page on another origin."""
    with service({}, "--workers=1") as stack, elsewhere(stack) as place:
        yield place


@pytest.fixture
def there(page_elsewhere: Elsewhere) -> Iterator[Elsewhere]:
    """Give the same with nothing broken; what a test breaks is mended after it."""
    page_elsewhere.proxy.now(PASS)
    yield page_elsewhere
    page_elsewhere.proxy.now(PASS)
