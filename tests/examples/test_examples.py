"""Does each example send as its page says, from another origin, and try again where it may help?"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, Route, expect

from tests.browser import site
from tests.chaos.proxy import PASS, Fault
from tests.e2e.elsewhere import Elsewhere
from tests.e2e.stack import ROOT
from tests.pictures import make
from tests.process import HOST, Missing

EXAMPLES = ROOT / "examples"
PACKAGES = ROOT / "npm/node_modules"
UPLOAD = b"POST /upload"
BUSY = (
    b"HTTP/1.1 503 Busy\r\nAccess-Control-Allow-Origin: *\r\nRetry-After: 0\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
THANKS = "Thank you! Your receipt: "


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the examples, with packages where their README says."""
    folder = tmp_path_factory.mktemp("site") / "examples"
    shutil.copytree(EXAMPLES, folder)
    if PACKAGES.exists():
        (folder / "node_modules").symlink_to(PACKAGES)
    with site(folder) as url:
        yield url


@pytest.fixture
def there(there: Elsewhere, served: str) -> Elsewhere:
    """Give a service behind a proxy, and the examples on another origin."""
    return replace(there, url=served)


@pytest.fixture
def packages() -> None:
    """Ask for what npm installs; a test without it is skipped here and fails in CI."""
    if not PACKAGES.exists():
        missing = Missing("npm's packages are not installed (make npm/node_modules/test.stamp)")
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def busy_once(there: Elsewhere) -> None:
    """Have the service busy for the next upload only."""
    there.proxy.now(Fault("refusal", match=UPLOAD, answer=BUSY, then=lambda: there.proxy.now(PASS)))


def through(there: Elsewhere) -> str:
    return f"http://{HOST}:{there.proxy.port}"


def opened(tabs: BrowserContext, there: Elsewhere, name: str) -> Page:
    page = tabs.new_page()
    page.goto(f"{there.url}/{name}?service={through(there)}")
    return page


def photo(name: str) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": make("JPEG", 400, 300)}


def draw(page: Page) -> None:
    """Draw a box from a quarter to three quarters of the picture, in both directions."""
    area = page.locator("#canvas").bounding_box()
    assert area is not None
    for share, act in ((0.25, page.mouse.down), (0.75, page.mouse.up)):
        x, y = area["x"] + share * area["width"], area["y"] + share * area["height"]
        page.mouse.move(x, y)
        act()


@pytest.mark.parametrize("name", ["crop.html", "fetch.html"])
def test_the_cropping_page_stores_the_photo_with_the_box_that_was_drawn(
    tabs: BrowserContext, there: Elsewhere, name: str
) -> None:
    page = opened(tabs, there, name)
    page.set_input_files("#file", photo(f"{name}.jpg"))
    expect(page.locator("#send")).to_be_enabled()
    draw(page)
    busy_once(there)
    page.click("#send")
    expect(page.locator("#said")).to_contain_text(THANKS)
    (record,) = there.records(filename=f"{name}.jpg")
    box = [record[edge] for edge in ("top", "left", "bottom", "right")]
    assert box == pytest.approx([0.25, 0.25, 0.75, 0.75], abs=0.01)
    assert record["uid"] in page.locator("#said").inner_text()


def test_the_cropping_page_keeps_a_photo_until_there_is_a_network(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    page = opened(tabs, there, "crop.html")
    page.set_input_files("#file", photo("later.jpg"))
    expect(page.locator("#later")).to_be_enabled()
    tabs.set_offline(True)
    page.click("#later")
    expect(page.locator("#said")).to_contain_text("Kept on this device")
    tabs.set_offline(False)
    expect(page.locator("#said")).to_contain_text("from the queue is stored")
    assert len(there.records(filename="later.jpg")) == 1


@pytest.mark.parametrize(
    ("name", "late"), [("crop.html", "librarian.js"), ("fetch.html", "crop.js")]
)
def test_the_cropping_page_shows_a_photo_that_is_chosen_before_its_script_is_there(
    tabs: BrowserContext, there: Elsewhere, name: str, late: str
) -> None:
    page = tabs.new_page()
    held: list[Route] = []
    page.route(f"**/{late}", lambda route: held.append(route))
    with page.expect_request(f"**/{late}"):
        page.goto(f"{there.url}/{name}?service={through(there)}", wait_until="commit")
    page.set_input_files("#file", photo("early.jpg"))
    held[0].continue_()
    expect(page.locator("#send")).to_be_enabled()


@pytest.mark.parametrize("name", ["crop.html", "fetch.html"])
def test_the_cropping_page_says_why_a_file_is_refused(
    tabs: BrowserContext, there: Elsewhere, name: str
) -> None:
    page = opened(tabs, there, name)
    broken: FilePayload = {**photo("broken.jpg"), "buffer": b"no picture"}
    page.set_input_files("#file", broken)
    expect(page.locator("#said")).to_contain_text("cannot be shown")
    expect(page.locator("#send")).to_be_disabled()
    bitmap: FilePayload = {**photo("bitmap.jpg"), "buffer": make("BMP", 40, 30)}
    page.set_input_files("#file", bitmap)
    expect(page.locator("#send")).to_be_enabled()
    page.click("#send")
    expect(page.locator("#said")).to_contain_text("BMP")
    assert there.records(filename="bitmap.jpg") == []


def test_the_uppy_page_stores_after_a_busy_service_and_tells_a_refusal_at_once(
    tabs: BrowserContext, there: Elsewhere, packages: None
) -> None:
    page = opened(tabs, there, "uppy.html")
    page.wait_for_function("window.uppy")
    page.set_input_files("#uppy input[type=file] >> nth=0", photo("uppy.jpg"))
    busy_once(there)
    page.click("button:has-text('Upload 1 file')")
    expect(page.locator("#said")).to_contain_text(THANKS)
    (record,) = named(there, "uppy.jpg")
    assert record["label"] == "cat"
    assert record["uid"] in page.locator("#said").inner_text()

    again = opened(tabs, there, "uppy.html")
    again.wait_for_function("window.uppy")
    broken: FilePayload = {**photo("pdf.jpg"), "buffer": b"%PDF-1.7"}
    again.set_input_files("#uppy input[type=file] >> nth=0", broken)
    there.proxy.now(Fault("delay", match=UPLOAD))
    again.click("button:has-text('Upload 1 file')")
    expect(again.locator("#said")).to_contain_text("This is a PDF")
    assert there.proxy.struck(1)
    assert not there.proxy.struck(2, 0.5)


def test_the_filepond_page_stores_after_a_busy_service_and_tells_a_refusal(
    tabs: BrowserContext, there: Elsewhere, packages: None
) -> None:
    page = opened(tabs, there, "filepond.html")
    page.wait_for_selector(".filepond--root")
    busy_once(there)
    page.set_input_files(".filepond--browser", photo("pond.jpg"))
    expect(page.locator("#said")).to_contain_text(THANKS)
    (record,) = named(there, "pond.jpg")
    assert record["label"] == "dog"
    assert record["uid"] in page.locator("#said").inner_text()
    page.set_input_files(".filepond--browser", {**photo("pdf.jpg"), "buffer": b"%PDF-1.7"})
    expect(page.locator("#said")).to_contain_text("This is a PDF")
    assert named(there, "pdf.jpg") == []


def named(there: Elsewhere, filename: str) -> list[dict[str, Any]]:
    """List the records whose picture came under this name; the service has other tests' too."""
    return [
        each
        for each in there.records()
        if any(item.get("filename") == filename for item in each["_librarian"]["data"])
    ]


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        list(words),
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_curl_stores_once_after_a_busy_service_and_fails_where_it_is_refused(
    there: Elsewhere, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(make("JPEG", 41, 31))
    (tmp_path / "b.jpg").write_bytes(b"%PDF-1.7")
    script = str(EXAMPLES / "send.sh")
    busy_once(there)
    first = run(script, through(there), str(tmp_path / "a.jpg"), "by curl")
    again = run(script, through(there), str(tmp_path / "a.jpg"), "by curl")
    assert (first.returncode, again.returncode) == (0, 0), first.stderr
    assert json.loads(again.stdout)["replayed"] is True
    assert len(there.records(label="by curl")) == 1
    refused = run(script, through(there), str(tmp_path / "b.jpg"), "by curl")
    assert refused.returncode != 0
    assert "PDF" in json.loads(refused.stdout)["detail"]


def test_requests_stores_once_after_a_busy_service_and_tells_what_is_refused(
    there: Elsewhere, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(make("JPEG", 42, 31))
    (tmp_path / "b.jpg").write_bytes(b"%PDF-1.7")
    words = [sys.executable, str(EXAMPLES / "send.py"), through(there), "by requests"]
    there.proxy.now(Fault("swallow", match=UPLOAD, then=lambda: there.proxy.now(PASS)))
    done = run(*words, str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"))
    assert done.returncode == 1, done.stderr
    first, second = done.stdout.splitlines()
    (record,) = there.records(label="by requests")
    assert first.endswith(record["uid"])
    assert "415: This is a PDF" in second


def test_the_fetch_example_is_ten_lines() -> None:
    text = (EXAMPLES / "fetch.html").read_text(encoding="utf-8")
    _, *body = text.partition("async function send(")[2].partition("\n  }\n")[0].splitlines()
    assert len(body) == 10


def test_the_examples_readme_names_every_example() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    shown = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".html", ".sh")}
    assert all(f"[{name}]({name})" in text for name in shown)
