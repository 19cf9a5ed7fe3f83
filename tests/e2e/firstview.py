"""How soon is the desk seen, with ten thousand records? Measured in Chromium: make bench-desk.

From the click to the last picture of the first window, the medians of some fresh windows; then how
long the longest frame takes while one scrolls through a thousand records.
"""

import statistics
import sys

from librarian.access import keys
from tests.browser import chromium, driven
from tests.e2e.collected import fill
from tests.e2e.stack import service
from tests.process import a_folder

ROUNDS = 7
SEEN = """async () => {
  const shown = [...document.querySelectorAll('.item img')].filter((each) => {
    const { top } = each.getBoundingClientRect();
    return top < innerHeight;
  });
  await Promise.all(shown.map((each) => each.complete || new Promise((done) => {
    each.addEventListener('load', done);
    each.addEventListener('error', done);
  })));
  return [performance.now(), shown.length];
}"""
SCROLLED = """async () => {
  const frames = [];
  let last = performance.now();
  while (document.querySelectorAll('.sheet').length < 17) {
    window.scrollBy(0, 120);
    await new Promise(requestAnimationFrame);
    frames.push(performance.now() - last);
    last = performance.now();
  }
  frames.sort((a, b) => a - b);
  return [frames[frames.length >> 1], frames[Math.floor(frames.length * 0.99)], frames.at(-1)];
}"""


def main() -> None:
    """Measure, and say what was found."""
    key = keys.make()
    with a_folder() as folder, driven() as playwright, chromium(playwright) as browser:
        fill(folder, 10_000)
        own = {"LIBRARIAN_DATA_DIR": str(folder), "ACCESS_REVIEW": keys.entry_of(key)}
        with service(own, "--workers=2") as stack:
            times = []
            for _ in range(ROUNDS):
                window = browser.new_context(viewport={"width": 1280, "height": 900})
                page = window.new_page()
                page.goto(f"{stack.url}/desk#key={key}")
                page.locator(".item").first.wait_for()
                page.goto(f"{stack.url}/desk")
                took, pictures = page.evaluate(SEEN)
                times.append(took)
                if len(times) == ROUNDS:
                    middle, slow, longest = page.evaluate(SCROLLED)
                window.close()
    sys.stdout.write(
        f"first view, {pictures} pictures: {statistics.median(times):.0f} ms"
        f" ({min(times):.0f} to {max(times):.0f}, {ROUNDS} times)\n"
        f"scrolling: a frame takes {middle:.0f} ms, 99 of 100 {slow:.0f}, the longest"
        f" {longest:.0f} ms\n"
    )


if __name__ == "__main__":
    main()
