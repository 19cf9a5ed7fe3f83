"""Is the desk good to work at, in a real browser, with ten thousand records?"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from librarian.access import keys
from tests.e2e.collected import fill
from tests.e2e.stack import Stack, service
from tests.process import a_folder

PATIENCE = 30.0
COUNT = 10_000
KEY = keys.make()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Give a data folder with the records in it."""
    with a_folder() as place:
        fill(place, COUNT)
        yield place


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[Stack]:
    """Give a service over them."""
    own = {"LIBRARIAN_DATA_DIR": str(folder), "ACCESS_REVIEW": keys.entry_of(KEY, "anna")}
    with service(own, "--workers=2") as running:
        yield running


@pytest.fixture
def desk(tabs: BrowserContext, stack: Stack) -> Iterator[Page]:
    """Give the opened gallery of an owner; nothing may go wrong on it."""
    page = tabs.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda each: wrong.append(each.text) if each.type == "error" else None)
    page.goto(f"{stack.url}/desk#key={KEY}")
    expect(page.locator(".item .acts").first).to_be_visible()
    assert "key" not in page.url
    yield page
    assert wrong == []


def states(folder: Path, uids: list[str]) -> list[tuple[str, str]]:
    """Read states and reasons past the service."""
    with closing(sqlite3.connect(folder / "labels.sqlite")) as database:
        found = []
        for uid in uids:
            row = database.execute("SELECT document FROM contributions WHERE id = ?", (uid,))
            ours: dict[str, Any] = json.loads(row.fetchone()[0])["_librarian"]
            found.append((ours.get("state", "received"), ours.get("reason", "")))
    return found


def uids(page: Page) -> list[str]:
    return page.eval_on_selector_all(".item", "(all) => all.map((each) => each.dataset.uid)")  # type: ignore[no-any-return]


def pressed(page: Page, act: str) -> None:
    for key in act.split():
        page.keyboard.press(key)


def becomes(page: Page, folder: Path, uids: list[str], wanted: list[tuple[str, str]]) -> None:
    """Wait until the service has these states; what comes of keys is sent in some requests."""
    ends = time.monotonic() + PATIENCE
    while (found := states(folder, uids)) != wanted and time.monotonic() < ends:
        page.wait_for_timeout(100)
    assert found == wanted


def test_fifty_are_judged_by_keys_in_a_burst(desk: Page, folder: Path) -> None:
    desk.goto(desk.url + "?state=received&label=cats&value=1")
    seen = uids(desk)[:50]
    desk.keyboard.press("j")
    desk.keyboard.press("r")
    desk.keyboard.type("blurred")
    desk.keyboard.press("Enter")
    expect(desk.locator(".item").first.locator(".badge")).to_have_text("Rejected")
    pressed(desk, "a R " * 24 + "a")
    wanted = [("rejected", "blurred"), ("approved", "")] * 25
    becomes(desk, folder, seen, wanted)
    pressed(desk, "u")
    becomes(desk, folder, seen[-1:], [("received", "")])
    expect(desk.locator(".item").nth(49).locator(".badge")).to_have_text("New")


def test_what_is_selected_is_judged_together_and_undone_together(desk: Page, folder: Path) -> None:
    desk.goto(desk.url + "?label=cats&value=2&state=received")
    seen = uids(desk)[:20]
    desk.locator(".item .tick input").nth(0).click()
    desk.locator(".item .tick input").nth(19).click(modifiers=["Shift"])
    expect(desk.locator("#chosen")).to_have_text("20 selected")
    pressed(desk, "a")
    becomes(desk, folder, seen, [("approved", "")] * 20)
    assert desk.locator("#bulk").is_hidden()
    pressed(desk, "u")
    becomes(desk, folder, seen, [("received", "")] * 20)


def test_more_come_while_one_scrolls_and_far_ones_leave_the_page(desk: Page) -> None:
    for number in range(13):
        desk.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        expect(desk.locator(".sheet").nth(number)).to_be_attached()
    assert desk.locator(".item").count() < 12 * 60
    desk.evaluate("window.scrollTo(0, 0)")
    expect(desk.locator(".sheet").first.locator(".item")).to_have_count(60)


def test_space_opens_one_and_closes_it_and_keys_judge_there(desk: Page, folder: Path) -> None:
    desk.goto(desk.url + "?label=cats&value=3&state=received")
    one, other = uids(desk)[:2]
    desk.keyboard.press("j")
    desk.keyboard.press(" ")
    expect(desk.locator(f'#single [data-uid="{one}"]')).to_be_visible()
    desk.keyboard.press("+")
    expect(desk.locator("#single .zoomed.in")).to_be_visible()
    pressed(desk, "a")
    expect(desk.locator(f'#single [data-uid="{other}"]')).to_be_visible()
    becomes(desk, folder, [one], [("approved", "")])
    desk.keyboard.press(" ")
    expect(desk.locator("#single")).to_be_hidden()


def test_hostile_values_do_nothing(desk: Page, stack: Stack) -> None:
    for word in ("onerror", "calc", "cod.exe"):
        desk.goto(f"{stack.url}/desk?q={word}")
        item = desk.locator(".item", has_text=word).first
        expect(item).to_be_visible()
        assert "\u202e" not in item.inner_text()
        item.locator(".shot").click()
        expect(desk.locator("#single #record")).to_contain_text(word)
        assert desk.title().startswith("Desk")


def test_the_box_lies_on_the_picture_where_it_was_drawn(desk: Page) -> None:
    item = desk.locator(".item").nth(0)  # its picture lies on its side, and is shown upright
    size = item.locator("svg").get_attribute("viewBox")
    image = item.locator("img")
    assert size == f"0 0 {image.get_attribute('width')} {image.get_attribute('height')}"
    ratio = image.evaluate(
        "(each) => each.decode().then(() => each.naturalWidth / each.naturalHeight)"
    )
    told = size.split()
    assert ratio == pytest.approx(float(told[2]) / float(told[3]), rel=0.02)
    assert item.locator("polygon.over").count() == 1


def test_charts_tell_of_all_records(desk: Page, stack: Stack) -> None:
    desk.goto(f"{stack.url}/desk/charts")
    expect(desk.locator("#c-all + dl")).to_contain_text(f"{COUNT:,}")
    expect(desk.locator("svg.map rect").first).to_be_attached()
