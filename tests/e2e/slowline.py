"""How soon is the page there on a slow 3G line? Behind nginx and without it (make slowline).

Slow 3G as WebPageTest and Lighthouse have it: 400 kbit/s both ways, 400 ms there and back. (The
preset of Chromium's developer tools with this name waits 2 s for each answer, so that nothing at
all is there in 2 s.) Chromium holds back each answer; nothing is kept from an earlier visit.
"""

import argparse
import statistics
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from playwright.sync_api import Browser

from tests.browser import chromium, driven
from tests.e2e.stack import behind_nginx, service
from tests.e2e.states import CATS

BYTES_PER_SECOND = 50_000
LATENCY = 400  # ms, there and back
MOST = 2.0  # seconds
MARKS = """() => [
  performance.getEntriesByName("first-contentful-paint")[0].startTime,
  performance.getEntriesByType("navigation")[0].domInteractive,
  performance.now(),
]"""


@dataclass(frozen=True)
class Visit:
    """Seconds until a page is seen, its plain form can be used, its script is up; its weight."""

    seen: float
    usable: float
    alive: float
    requests: int
    weight: int

    def __str__(self) -> str:
        return (
            f"seen {self.seen:.2f} s, usable {self.usable:.2f} s, script up {self.alive:.2f} s;"
            f" {self.requests} requests, {self.weight / 1000:.1f} kB"
        )


def visit(browser: Browser, url: str) -> Visit:
    """Open the page once, as somebody who was never here."""
    window = browser.new_context()
    page = window.new_page()
    session = window.new_cdp_session(page)
    limits = {"offline": False, "latency": LATENCY, "uploadThroughput": BYTES_PER_SECOND}
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions", {**limits, "downloadThroughput": BYTES_PER_SECOND}
    )
    sizes: list[int] = []
    session.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.goto(f"{url}/", wait_until="commit")
    page.locator(".pick.alive").wait_for()
    seen, usable, alive = page.evaluate(MARKS)
    page.wait_for_load_state("networkidle")
    window.close()
    return Visit(seen / 1000, usable / 1000, alive / 1000, len(sizes), sum(sizes))


def median(browser: Browser, url: str, times: int) -> Visit:
    """Open it several times, after once to have the service awake."""
    visits = [visit(browser, url) for _ in range(times + 1)][1:]
    return Visit(
        statistics.median(each.seen for each in visits),
        statistics.median(each.usable for each in visits),
        statistics.median(each.alive for each in visits),
        visits[0].requests,
        visits[0].weight,
    )


def main() -> None:
    """Say how soon it is there; the exit code is 1 where that is not within 2 s."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=5)
    times = options.parse_args().times
    with ExitStack() as running:
        browser = running.enter_context(chromium(running.enter_context(driven())))
        alone = running.enter_context(service(CATS, "--workers=1"))
        proxied = running.enter_context(behind_nginx(CATS))
        told = {
            "gunicorn alone": median(browser, alone.url, times),
            "behind nginx": median(browser, proxied.url, times),
        }
    for way, found in told.items():
        sys.stdout.write(f"{way}: {found}\n")
    sys.exit(any(found.alive > MOST for found in told.values()))


if __name__ == "__main__":
    main()
