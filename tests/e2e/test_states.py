"""Are the pages for everybody: nothing that axe finds, no sideways scrolling, few bytes?"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import PATIENCE
from tests.conftest import needed
from tests.e2e.stack import service
from tests.e2e.states import CATS, STATES, State, enter, right_to_left, window_settings
from tests.process import Missing

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "npm/node_modules/axe-core/axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
MOST = 50_000
"""Bytes that the page may weigh in all."""
OWNERS = [name for name in STATES if name.startswith(("desk", "receipt"))]
SCRIPTED = [name for name, state in STATES.items() if not state.settings]

Serve = Callable[[dict[str, str]], str]


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Give the address of a service with these variables, started once."""
    urls: dict[str, str] = {}
    with ExitStack() as running:

        def address(variables: dict[str, str]) -> str:
            if repr(variables) not in urls:
                stack = running.enter_context(service(variables, "--workers=1"))
                urls[repr(variables)] = stack.url
            return urls[repr(variables)]

        yield address


@contextmanager
def installed() -> Iterator[str]:
    """Give axe-core's source. Raises Missing."""
    if not AXE.exists():
        raise Missing("npm's packages are not installed (make npm/node_modules/test.stamp)")
    yield AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def axe() -> Iterator[str]:
    """Give axe-core's source."""
    with needed(installed()) as source:
        yield source


def violations(page: Page, axe: str) -> list[str]:
    """Let axe-core look at a page, in light and in dark, and say what it finds."""
    page.evaluate(f"{axe}; true")  # a script element would be against the page's own policy
    found = []
    for scheme, rules in (("light", RULES), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        told = page.evaluate("(rules) => axe.run(document, rules)", rules)
        assert told["passes"]
        for each in told["violations"]:
            found += [f"{scheme} {each['id']}: {node['html'][:200]}" for node in each["nodes"]]
    return found


@pytest.mark.parametrize("name", SCRIPTED)
def test_axe_finds_no_violation(
    name: str, chromium: Browser, serve: Serve, axe: str, tmp_path: Path
) -> None:
    state = STATES[name]
    with closing(chromium.new_context(**window_settings(state))) as window:
        window.set_default_timeout(PATIENCE)
        page = enter(window, state, serve(state.variables), tmp_path)
        assert violations(page, axe) == []
        if name in OWNERS:
            page.set_viewport_size({"width": 390, "height": 844})
            assert violations(page, axe) == []


@pytest.mark.parametrize("name", [name for name in STATES if name not in SCRIPTED])
def test_axe_finds_no_violation_where_the_script_does_not_come(
    name: str, chromium: Browser, serve: Serve, axe: str, tmp_path: Path
) -> None:
    state = replace(STATES[name], settings={})  # for axe is a script, too
    with closing(chromium.new_context(**window_settings(state))) as window:
        window.set_default_timeout(PATIENCE)
        window.route("**/page.js", lambda route: route.abort())
        page = enter(window, state, serve(state.variables), tmp_path)
        assert page.locator(".pick.alive").count() == 0
        assert violations(page, axe) == []


def test_axe_finds_no_violation_in_a_language_from_right_to_left(
    chromium: Browser, serve: Serve, axe: str, tmp_path: Path
) -> None:
    state = State(right_to_left(tmp_path), STATES["faults"].reach)
    with closing(chromium.new_context(**window_settings(state))) as window:
        window.set_default_timeout(PATIENCE)
        page = enter(window, state, serve(state.variables), tmp_path)
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert page.locator("#send").inner_text().startswith("[إرسال")
        assert page.locator('[name="x"]').input_value() == "240"  # pictures have no direction
        assert violations(page, axe) == []


@pytest.mark.parametrize(
    "name",
    ["turned", "faults", "asked", "thanks", "docs", "later", "desk-judged", "desk-charts"],
)
def test_nothing_scrolls_sideways_on_the_narrowest_phone(
    name: str, chromium: Browser, serve: Serve, tmp_path: Path
) -> None:
    state = STATES[name]
    with closing(chromium.new_context(**window_settings(state, 320))) as window:
        window.set_default_timeout(PATIENCE)
        page = enter(window, state, serve(state.variables), tmp_path)
        area = page.locator("body").bounding_box()
        assert area is not None
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert area["width"] <= 320


def test_the_page_weighs_little_and_loads_nothing_from_elsewhere(
    chromium: Browser, serve: Serve
) -> None:
    url = serve(CATS)
    with closing(chromium.new_context()) as window:
        page = window.new_page()
        session = window.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}/")
        page.locator("#who:not([hidden])").wait_for()
        page.wait_for_load_state("networkidle")
        assert all(each.startswith((url, "data:")) for each in asked)
        # the page and its script: each more way there and back is waited for on a slow line
        assert len([each for each in asked if each.startswith(url)]) == 2
        assert 10_000 < sum(sizes) < MOST
