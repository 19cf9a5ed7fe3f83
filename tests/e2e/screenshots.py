"""What do the pages look like? Every state on a phone and on a desk, light and dark."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.browser import PATIENCE, chromium, driven
from tests.e2e.stack import service
from tests.e2e.states import STATES, State, enter, right_to_left, window_settings

FOLDER = Path(__file__).parent.parent.parent / "screenshots"
WIDTHS = (390, 1280)


def main() -> None:
    """Write them all, or those whose name begins as is asked."""
    begins = tuple(sys.argv[1:]) or ("",)
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        browser = running.enter_context(chromium(running.enter_context(driven())))
        states = {**STATES, "right-to-left": State(right_to_left(folder), STATES["faults"].reach)}
        urls: dict[str, str] = {}
        for name, state in states.items():
            if not name.startswith(begins):
                continue
            key = repr(state.variables)
            if key not in urls:
                urls[key] = running.enter_context(service(state.variables, "--workers=1")).url
            for width in WIDTHS:
                for dark in (False, True):
                    window = browser.new_context(**window_settings(state, width, dark=dark))
                    window.set_default_timeout(PATIENCE)
                    page = enter(window, state, urls[key], folder)
                    file = FOLDER / f"{name}-{width}-{'dark' if dark else 'light'}.png"
                    whole = not page.locator("dialog[open]").count()
                    page.screenshot(path=file, full_page=whole, animations="disabled")
                    window.close()
                    sys.stdout.write(f"{file.name}\n")


if __name__ == "__main__":
    main()
