"""How does a person use the page? Chooses, draws, answers, sends, and reads what is said."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser import PATIENCE

expect.set_options(timeout=PATIENCE)
ROLES = ("x", "y", "width", "height")
MIDDLE = (0.25, 0.25, 0.75, 0.75)


class Contributor:
    """A person at the page; what goes wrong in its scripts fails the test."""

    def __init__(self, window: BrowserContext, url: str, page: Page | None = None) -> None:
        self.page: Page = page or window.new_page()
        self.wrong: list[str] = []
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("console", self._said)
        # from now on the system's dialog is ours, not only from when it is waited for
        self.page.on("filechooser", lambda _: None)
        self.url = url
        self.open()

    def open(self) -> None:
        """Follow the link."""
        self.page.goto(f"{self.url}/")
        self.page.locator("#who:not([hidden])").wait_for()

    def choose(self, *files: Path, tag: str = "image") -> None:
        """Choose files in the system's dialog."""
        with self.page.expect_file_chooser() as choosing:
            self.page.locator(f'[data-input="{tag}"] label').click()
        choosing.value.set_files(list(files))

    @property
    def stage(self) -> Locator:
        """The picture that is drawn on."""
        return self.page.locator(".stage.drawn")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Find a point of the picture on the screen."""
        self.stage.scroll_into_view_if_needed()
        area = self.stage.locator("img").bounding_box()
        assert area is not None
        return area["x"] + x * area["width"], area["y"] + y * area["height"]

    def draw(self, left: float, top: float, right: float, bottom: float) -> None:
        """Draw a box with the mouse, from corner to corner, in fractions of the picture."""
        self.stage.locator("img").wait_for()
        mouse = self.page.mouse
        mouse.move(*self.at(left, top))
        mouse.down()
        mouse.move(*self.at((left + right) / 2, bottom))
        mouse.move(*self.at(right, bottom))
        mouse.up()

    def numbers(self, names: Sequence[str] = ROLES) -> list[str]:
        """Read what stands in the fields of the box."""
        return [self.page.locator(f'[name="{name}"]').input_value() for name in names]

    def pick(self, choice: str) -> None:
        """Choose one of the answers that stand open."""
        self.page.locator(".choice", has_text=re.compile(rf"^\s*{re.escape(choice)}\s*$")).click()

    def send(self, button: str = "#send") -> None:
        """Press the button."""
        self.page.locator(button).click()

    def told(self, title: str) -> str:
        """Wait for a pop-up with this title; give all that it says."""
        dialog = self.page.locator("dialog[open]")
        expect(dialog.locator("h2")).to_have_text(title)
        return dialog.inner_text()

    def beside(self, name: str) -> str:
        """Read the fault beside a label's field; it is tied to the field for screen readers."""
        fault = self.page.locator(f'[data-field="{name}"] .fault')
        expect(fault).to_be_visible()
        tied = f'[data-field="{name}"] [aria-describedby~="{fault.get_attribute("id")}"]'
        alone = f'[data-field="{name}"][aria-describedby~="{fault.get_attribute("id")}"]'
        assert self.page.locator(f"{tied}, {alone}").count()
        return fault.inner_text()

    def _said(self, message: Any) -> None:
        blocked = "Failed to load resource"  # the browser's own word on a status above 399
        if message.type in ("error", "warning") and not message.text.startswith(blocked):
            self.wrong.append(message.text)
