"""Does a whole album arrive? A hundred photos, three cuts of each, from a phone (make album).

The line takes 400 kbit/s up; each cut is a record of its own, and each must be stored once. Before
that it is measured how long the page takes to be there on a slow line (400 kbit/s, 400 ms).
"""

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests import servers
from tests.browser import chromium, driven
from tests.e2e.contributor import Contributor
from tests.e2e.elsewhere import narrow
from tests.e2e.place import Place, a_place
from tests.pictures import make

SLOW = 50_000  # bytes a second: 400 kbit/s
LATENCY = 400  # ms, there and back
CUTS = (0.05, 0.35, 0.65)
Cut = tuple[str, int]


def send(person: Contributor, folder: Path, photos: int, width: int = 200) -> list[Cut]:
    """Choose photos at once and draw three boxes on each; give every cut by name and x."""
    names = [f"album-{number:03}.jpg" for number in range(photos)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(make("JPEG", width, width * 3 // 4, seed=number))
    person.choose(*(folder / name for name in names))
    head = person.page.locator("#work .head")
    for name in names:
        expect(head).to_contain_text(name)
        for left in CUTS:
            person.draw(left, 0.2, left + 0.3, 0.8)
            person.pick("glad")
            last = left == CUTS[-1]
            person.send("#send" if last else 'button:has-text("another box")')
            if not last:
                expect(person.page.locator(".frame")).to_be_hidden()
    return [(name, round(left * width)) for name in names for left in CUTS]


def kept(place: Place) -> list[Cut]:
    """List the album's cuts that are stored, each as often as it is; its data are there, too."""
    found = place.records_like("^album-")
    assert all(place.content(each) for each in found)
    return sorted((each["filename"], each["x"]) for each in found)


def measure(browser: Browser, url: str) -> tuple[float, float]:
    """Open the page on a slow line; give the seconds until it is seen and until it is alive."""
    window = browser.new_context()
    page = window.new_page()
    session = window.new_cdp_session(page)
    limits = {"offline": False, "latency": LATENCY, "uploadThroughput": SLOW}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {**limits, "downloadThroughput": SLOW})
    page.goto(f"{url}/", wait_until="commit")
    page.locator(".pick.alive").wait_for()
    seen, alive = page.evaluate(
        "[performance.getEntriesByName('first-contentful-paint')[0].startTime, performance.now()]"
    )
    window.close()
    return seen / 1000, alive / 1000


def main() -> None:
    """Send the album and say what arrived; the exit code is 1 where that is not all of it, once."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--photos", type=int, default=100)
    photos = options.parse_args().photos
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        mongodb = running.enter_context(servers.mongodb_with_users("librarian", "p@ss"))
        s3 = running.enter_context(servers.rclone())
        place = running.enter_context(a_place(mongodb, s3))
        browser = running.enter_context(chromium(running.enter_context(driven())))
        seen, alive = measure(browser, place.url)
        sys.stdout.write(f"seen after {seen:.2f} s, alive after {alive:.2f} s\n")
        person = Contributor(browser.new_context(), place.url)
        narrow(person.page, bytes_per_second=SLOW)
        began = time.monotonic()
        sent = send(person, folder, photos, width=640)
        sys.stdout.write(f"{len(sent)} cuts drawn in {time.monotonic() - began:.0f} s\n")
        expect(person.page.locator("#list .stored")).to_have_count(len(sent), timeout=3_600_000)
        taken = time.monotonic() - began
        arrived = kept(place)
        lost, more = set(sent) - set(arrived), len(arrived) - len(set(arrived))
        sys.stdout.write(
            f"{len(arrived)} stored in {taken:.0f} s, {len(lost)} lost, {more} twice\n"
        )
        sys.exit(arrived != sorted(sent) or person.wrong != [])


if __name__ == "__main__":
    main()
