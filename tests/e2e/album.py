"""Does a whole album arrive? A hundred photos, three cuts of each, from a phone (make album).

The line takes 400 kbit/s up and breaks three times in the midst of each upload; each cut is a
record of its own, and each must be stored once.
"""

import argparse
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import expect

from tests import servers
from tests.browser import chromium, driven
from tests.chaos.proxy import Fault
from tests.e2e.contributor import Contributor
from tests.e2e.elsewhere import narrow
from tests.e2e.place import Place, a_place
from tests.pictures import make

SLOW = 50_000  # bytes a second: 400 kbit/s
BREAKS = 3  # of the line, in the midst of each upload
MIDST = 12_000  # bytes of an upload after which it breaks
KEY = re.compile(rb"idempotency-key: (\S+)", re.IGNORECASE)
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


def breaking(times: int = BREAKS) -> tuple[Fault, Counter[bytes]]:
    """Give a line that breaks so often in the midst of each upload, and what it broke, by key."""
    broken: Counter[bytes] = Counter()

    def once_more(question: bytes) -> bool:
        found = KEY.search(question)
        if found is None or broken[found[1]] == times:
            return False
        broken[found[1]] += 1
        return True

    return Fault("reset", match=b"POST /upload", after=MIDST, only=once_more), broken


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
        person = Contributor(browser.new_context(), place.url)
        narrow(person.page, bytes_per_second=SLOW)
        line, broken = breaking()
        place.proxy.now(line)
        began = time.monotonic()
        sent = send(person, folder, photos, width=640)
        sys.stdout.write(f"{len(sent)} cuts drawn in {time.monotonic() - began:.0f} s\n")
        expect(person.page.locator("#list .stored")).to_have_count(len(sent), timeout=3_600_000)
        taken = time.monotonic() - began
        arrived = kept(place)
        lost, more = set(sent) - set(arrived), len(arrived) - len(set(arrived))
        sys.stdout.write(
            f"{len(arrived)} stored in {taken:.0f} s, {len(lost)} lost, {more} twice;"
            f" the line broke {broken.total()} times\n"
        )
        each_broke = [*broken.values()] == [BREAKS] * len(sent)
        sys.exit(arrived != sorted(sent) or not each_broke or person.wrong != [])


if __name__ == "__main__":
    main()
