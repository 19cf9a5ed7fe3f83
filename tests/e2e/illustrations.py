"""What do the pictures in the documents show? The pages as they are now (make illustrations)."""

import json
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from librarian.setup import asking, variables
from tests.browser import PATIENCE, chromium, driven
from tests.e2e.stack import ROOT, service
from tests.e2e.states import STATES, State, enter, window_settings

FOLDER = ROOT / "docs/pictures"
COLOURS = 64
"""As many as pages need; a picture is then a third as large."""


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        browser = running.enter_context(chromium(running.enter_context(driven())))
        for name, (state, width, height) in illustrated().items():
            url = running.enter_context(service(state.variables, "--workers=1")).url
            _draw(browser, name, state, (width, height), url, folder)


def illustrated() -> dict[str, tuple[State, int, int]]:
    """Give each picture's state and size in pixels."""
    answers = asking.answers({"preset": "classify", "labels": "cat, dog"}, {}, ask=False)
    said = {
        name: value if isinstance(value, str) else json.dumps(value)
        for section in variables.written(answers).sections
        for name, value in section.variables.items()
    }
    return {
        "page": (State(said, _opened), 390, 620),
        "box": (STATES["box"], 390, 780),
        "desk": (STATES["desk"], 1100, 720),
    }


def _opened(page: Page, url: str, _: Path) -> None:
    page.goto(url)


def _draw(
    browser: Browser, name: str, state: State, size: tuple[int, int], url: str, folder: Path
) -> None:
    exact = {"viewport": {"width": size[0], "height": size[1]}, "device_scale_factor": 1}
    window = browser.new_context(**window_settings(state, size[0]) | exact)
    window.set_default_timeout(PATIENCE)
    page = enter(window, state, url, folder)
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    window.close()
    with Image.open(path) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KiB\n")


if __name__ == "__main__":
    main()
