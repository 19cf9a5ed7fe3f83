"""Does the queue of librarian.js bring all home once, though networks, tabs and browsers end?"""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from tests.browser import chromium_in
from tests.chaos.proxy import PASS, Fault
from tests.e2e.elsewhere import Elsewhere

UPLOAD = b"POST /upload"


def queue(page: Page, batch: str, count: int = 1) -> list[str]:
    """Queue photos that tell their batch and number; give their keys."""
    keys: list[str] = page.evaluate(
        """async ([batch, count]) => {
          const keys = [];
          for (let number = 0; number < count; number++) {
            keys.push((await librarian.queue(photo(), { batch, number })).key);
          }
          return keys;
        }""",
        [batch, count],
    )
    return keys


def heard(page: Page, kind: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until a tab has heard so many events of a kind, and give them."""
    page.wait_for_function(
        "([kind, count]) => heard.filter(({ type }) => type === kind).length >= count",
        arg=[kind, count],
    )
    events: list[dict[str, Any]] = page.evaluate(
        "(kind) => heard.filter(({ type }) => type === kind)", kind
    )
    return events


def numbers(there: Elsewhere, batch: str) -> list[int]:
    return sorted(each["number"] for each in there.records(batch=batch))


def test_what_is_queued_is_sent_and_each_receipt_is_heard(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    page = there.open(tabs)
    keys = queue(page, "simple", 5)
    stored = heard(page, "stored", 5)
    assert {each["key"] for each in stored} == set(keys)
    uids = {each["uid"] for each in there.records(batch="simple")}
    assert {each["receipt"]["uid"] for each in stored} == uids
    assert numbers(there, "simple") == [0, 1, 2, 3, 4]
    assert page.evaluate("librarian.pending()") == []


def test_what_is_queued_without_a_network_is_sent_when_it_is_back(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    page = there.open(tabs)
    tabs.set_offline(True)
    queue(page, "offline", 3)
    heard(page, "waiting", 3)
    pending = page.evaluate("librarian.pending()")
    assert [each["state"] for each in pending] == ["waiting"] * 3
    assert [each["labels"]["number"] for each in pending] == [0, 1, 2]
    assert there.records(batch="offline") == []
    tabs.set_offline(False)
    heard(page, "stored", 3)
    assert numbers(there, "offline") == [0, 1, 2]


def test_a_closed_browser_goes_on_where_it_was_and_its_blobs_are_whole(
    playwright: Playwright, chromium: object, there: Elsewhere, tmp_path: Path
) -> None:
    with chromium_in(playwright, tmp_path / "profile") as browser:
        page = there.open(browser)
        there.proxy.now(Fault("swallow", match=UPLOAD))  # stored, and the browser never hears it
        queue(page, "closed", 3)
        assert there.proxy.struck(2)
        sent = page.evaluate(
            "librarian.pending().then((all) => Promise.all(all.map(({ data }) => sha256(data))))"
        )
        contributor = page.evaluate("librarian.contributor")
    there.proxy.now(PASS)
    with chromium_in(playwright, tmp_path / "profile") as browser:
        page = there.open(browser)
        page.evaluate("librarian.resume()")
        heard(page, "stored", 3)
        assert page.evaluate("librarian.pending()") == []
    records = there.records(batch="closed")
    assert sorted(each["number"] for each in records) == [0, 1, 2]
    assert {each["_librarian"]["data"][0]["sha256"] for each in records} == set(sent)
    assert {each["_librarian"]["contributor"] for each in records} == {contributor}


def test_a_tab_closed_in_mid_upload_hands_its_work_to_another(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    there.proxy.now(Fault("hang", match=UPLOAD))
    first, second = there.open(tabs), there.open(tabs)
    second.evaluate("librarian.resume()")
    queue(first, "handed over", 2)
    assert there.proxy.struck(2)
    there.proxy.now(Fault("delay", match=UPLOAD, seconds=0.1))
    first.close()
    heard(second, "stored", 2)
    assert numbers(there, "handed over") == [0, 1]


def test_two_tabs_never_send_one_entry_twice_and_both_hear_of_all(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    first, second = there.open(tabs), there.open(tabs)
    for page in (first, second):
        page.evaluate("librarian.resume()")
    there.proxy.now(Fault("delay", match=UPLOAD, seconds=0.15))
    keys = queue(first, "two tabs", 3) + queue(second, "two tabs, the second", 3)
    for page in (first, second):
        assert {each["key"] for each in heard(page, "stored", 6)} == set(keys)
    assert there.proxy.struck(6, 0.1)
    assert not there.proxy.struck(7, 0.3)
    assert numbers(there, "two tabs") == numbers(there, "two tabs, the second") == [0, 1, 2]


def test_a_refused_entry_stays_with_its_reason_until_it_is_discarded(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    page = there.open(tabs)
    key = page.evaluate("librarian.queue(photo(), { _mine: 1 }).then(({ key }) => key)")
    heard(page, "refused")
    again = there.open(tabs)
    again.evaluate("librarian.resume()")
    (entry,) = again.evaluate("librarian.pending()")
    assert (entry["key"], entry["state"]) == (key, "refused")
    told = again.evaluate(
        """librarian.pending().then(([{ problem }]) =>
          ({ ...problem, message: problem.message, isError: problem instanceof Error }))"""
    )
    assert told["isError"]
    assert (told["type"], told["retryable"]) == ("label-validation", False)
    assert told["errors"][0]["pointer"] == "/labels/_mine"
    assert again.evaluate("heard") == []
    again.evaluate("(key) => librarian.retry(key)", key)
    heard(again, "refused")
    again.evaluate("(key) => librarian.discard(key)", key)
    assert again.evaluate("librarian.pending()") == []
    assert heard(page, "discarded")[0]["key"] == key


def test_a_discarded_entry_is_stopped_wherever_it_is_being_sent(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    there.proxy.now(Fault("hang", match=UPLOAD))
    first, second = there.open(tabs), there.open(tabs)
    (key,) = queue(first, "discarded")
    assert there.proxy.struck(1)
    second.evaluate("(key) => librarian.discard(key)", key)
    first.wait_for_function("heard.some(({ type }) => type === 'discarded')")
    there.proxy.now(Fault("delay", match=UPLOAD))
    queue(first, "kept")
    heard(first, "stored")
    assert not there.proxy.struck(2, 0.2)
    assert there.records(batch="discarded") == []


def test_an_entry_that_the_service_cannot_store_now_waits_and_is_tried_again(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    answer = (
        b"HTTP/1.1 507 Full\r\nAccess-Control-Allow-Origin: *\r\nRetry-After: 1\r\n"
        b"Access-Control-Expose-Headers: Retry-After\r\nContent-Length: 0\r\n\r\n"
    )
    there.proxy.now(
        Fault("refusal", match=UPLOAD, answer=answer, then=lambda: there.proxy.now(PASS))
    )
    page = there.open(tabs)
    queue(page, "full")
    (waiting,) = heard(page, "waiting")
    assert waiting["problem"]["status"] == 507
    heard(page, "stored")
    assert numbers(there, "full") == [0]


def test_on_a_line_that_breaks_at_every_second_upload_each_photo_is_stored_once(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    there.proxy.now(Fault("reset", match=UPLOAD, every=2))
    page = there.open(tabs)
    queue(page, "bad line", 8)
    assert there.proxy.struck(4)
    there.proxy.now(Fault("swallow", match=UPLOAD, every=2))
    heard(page, "stored", 8)
    assert numbers(there, "bad line") == list(range(8))


def test_one_key_is_one_entry_however_often_it_is_queued(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    page = there.open(tabs)
    tabs.set_offline(True)
    pending = page.evaluate(
        """async () => {
          const key = crypto.randomUUID(), file = photo();
          for (let i = 0; i < 3; i++) await librarian.queue(file, { batch: "one key" }, { key });
          return (await librarian.pending()).length;
        }"""
    )
    assert pending == 1
    tabs.set_offline(False)
    heard(page, "stored")
    assert len(there.records(batch="one key")) == 1
