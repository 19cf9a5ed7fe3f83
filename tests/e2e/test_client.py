"""Does librarian.js, in a page on another origin, get each contribution stored exactly once?"""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from tests.chaos.proxy import PASS, Fault
from tests.e2e.elsewhere import Elsewhere, narrow

UPLOAD = b"POST /upload"
READABLE = b"Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: Retry-After\r\n"
NAMES = iter(range(10**6))


@pytest.fixture
def label() -> str:
    """Give a label that no other test has."""
    return f"label {next(NAMES)}"


def answered(status: bytes, more: bytes = b"", body: bytes = b"") -> bytes:
    """Write an answer of somebody who stands before the service."""
    length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    return b"HTTP/1.1 " + status + b"\r\n" + more + length + body


SEND = """
async ([label, size = 64]) => {
  const file = photo(size), steps = [], retries = [];
  const sending = librarian.send(file, { label }, {
    onProgress: (step) => steps.push(step),
    onRetry: (told) => retries.push({ ...told, status: told.problem.status }),
  });
  const { receipt, problem } = await outcome(sending);
  return { receipt, problem, steps, retries, size: file.size, sha256: await sha256(file) };
}
"""


def test_a_page_on_another_origin_sends_and_the_bytes_arrive_as_they_are(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    told = there.open(tabs).evaluate(SEND, [label])
    receipt = told["receipt"]
    assert receipt["labels"] == {"label": label}
    (item,) = receipt["data"]
    assert (item["sha256"], item["bytes"]) == (told["sha256"], told["size"])
    assert item["filename"] == "photo.jpg"
    (record,) = there.records(label=label)
    assert record["uid"] == receipt["uid"]


def test_progress_goes_up_to_the_last_byte_and_never_back(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    there.proxy.now(Fault("reset", match=UPLOAD, then=lambda: there.proxy.now(PASS)))
    page = there.open(tabs)
    narrow(page, bytes_per_second=4_000_000)
    told = page.evaluate(SEND, [label, 2_000_000])
    loaded = [step["loaded"] for step in told["steps"]]
    assert len(loaded) > 2
    assert loaded == sorted(set(loaded))
    assert loaded[-1] == told["size"]
    assert {step["total"] for step in told["steps"]} == {told["size"]}


def test_after_a_503_it_waits_as_long_as_it_is_asked_to(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    busy = answered(b"503 Busy", READABLE + b"Retry-After: 1\r\n")
    there.proxy.now(Fault("refusal", match=UPLOAD, answer=busy, then=lambda: there.proxy.now(PASS)))
    told = there.open(tabs).evaluate(SEND, [label])
    (retry,) = told["retries"]
    assert (retry["status"], retry["attempt"]) == (503, 1)
    assert 1000 <= retry["wait"] <= 2000
    assert told["receipt"]["replayed"] is False
    assert len(there.records(label=label)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        answered(b"502 Bad Gateway", b"", b"<h1>Our CDN is sorry</h1>"),
        answered(b"504 Gateway Timeout", READABLE, b"<h1>Too slow</h1>"),
        answered(b"200 OK", READABLE, b"<h1>Welcome to our hotel</h1>"),
        answered(b"200 OK", READABLE, b'{"you": "are not logged in"}'),
    ],
    ids=["5xx without CORS", "5xx with CORS", "a captive portal", "another JSON"],
)
def test_what_is_not_the_services_answer_is_tried_again(
    tabs: BrowserContext, there: Elsewhere, label: str, answer: bytes
) -> None:
    there.proxy.now(
        Fault("refusal", match=UPLOAD, answer=answer, then=lambda: there.proxy.now(PASS))
    )
    told = there.open(tabs).evaluate(SEND, [label])
    assert len(told["retries"]) == 1
    assert told["receipt"]["labels"] == {"label": label}
    assert len(there.records(label=label)) == 1


def test_a_lost_answer_is_asked_for_again_and_stored_once(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    page = there.open(tabs)
    there.proxy.now(Fault("swallow", match=UPLOAD))
    page.evaluate("([label]) => { window.told = librarian.send(photo(), { label }); }", [label])
    # the browser itself sends once more on a connection that it had used before
    assert there.proxy.struck(3)
    there.proxy.now(PASS)
    receipt = page.evaluate("window.told")
    assert receipt["replayed"] is True
    (record,) = there.records(label=label)
    assert record["uid"] == receipt["uid"]


def test_a_network_cut_in_mid_upload_is_survived(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    page = there.open(tabs)
    there.proxy.now(Fault("reset", match=UPLOAD))
    page.evaluate(
        "([label]) => { window.told = librarian.send(photo(2_000_000), { label }); }", [label]
    )
    assert there.proxy.struck(3)
    there.proxy.now(PASS)
    receipt = page.evaluate("window.told")
    assert receipt["data"][0]["bytes"] > 2_000_000
    assert len(there.records(label=label)) == 1


def test_it_gives_up_after_the_tries_it_was_given_and_says_that_it_may_pass(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    there.proxy.now(Fault("refuse"))
    problem = there.open(tabs).evaluate(
        """async ([label]) => {
          const { url } = librarian, inputs = [{ tag: "image" }];
          return (await outcome(new Librarian(url, { tries: 2, inputs }).send(photo()))).problem;
        }""",
        [label],
    )
    assert (problem["type"], problem["status"], problem["retryable"]) == ("network", 0, True)


def test_a_final_refusal_is_not_tried_again_and_carries_every_fault(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    files = there.files()
    told = there.open(tabs).evaluate(
        """async () => {
          const retries = [], file = new File(["%PDF-1.7"], "a.jpg", { type: "image/jpeg" });
          const labels = { uid: "mine", _secret: 1 };
          const sending = librarian.send(file, labels, { onRetry: (told) => retries.push(told) });
          const error = await sending.catch((problem) => problem);
          return { ...(await outcome(sending)), retries, isError: error instanceof Error };
        }"""
    )
    problem = told["problem"]
    assert told["isError"]
    assert told["retries"] == []
    assert problem["name"] == "Problem"
    assert (problem["type"], problem["status"], problem["retryable"]) == ("type", 415, False)
    assert problem["message"] == problem["detail"]
    assert "PDF" in problem["detail"]
    assert problem["instance"]
    assert {each.get("pointer") for each in problem["errors"]} == {
        "/image", "/labels/uid", "/labels/_secret",
    }  # fmt: skip
    assert there.files() == files


def test_a_signal_stops_it_in_mid_upload_and_nothing_more_is_sent(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    there.proxy.now(Fault("hang", match=UPLOAD))
    page = there.open(tabs)
    page.evaluate(
        """([label]) => {
          window.stop = new AbortController();
          const { signal } = stop;
          window.told = outcome(librarian.send(photo(8_000_000), { label }, { signal }));
        }""",
        [label],
    )
    assert there.proxy.struck(1)
    problem = page.evaluate("stop.abort(), told")["problem"]
    assert problem["name"] == "AbortError"
    again = page.evaluate(
        """([label]) => {
          const signal = AbortSignal.abort(new Error("no longer wanted"));
          return outcome(librarian.send(photo(), { label }, { signal }));
        }""",
        [label],
    )
    assert again["problem"]["message"] == "no longer wanted"
    assert there.proxy.struck(2, 0.5) is False
    assert there.records(label=label) == []


def test_a_signal_stops_the_pause_before_the_next_try(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    busy = answered(b"503 Busy", READABLE + b"Retry-After: 600\r\n")
    there.proxy.now(Fault("refusal", match=UPLOAD, answer=busy))
    told = there.open(tabs).evaluate(
        """([label]) => {
          const stop = new AbortController(), { signal } = stop;
          const onRetry = () => setTimeout(() => stop.abort());
          return outcome(librarian.send(photo(), { label }, { signal, onRetry }));
        }""",
        [label],
    )
    assert told["problem"]["name"] == "AbortError"


def test_one_key_given_twice_is_stored_once_and_with_other_content_refused(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    told = there.open(tabs).evaluate(
        """async ([label]) => {
          const file = photo(), key = crypto.randomUUID();
          const first = await librarian.send(file, { label }, { key });
          const second = await librarian.send(file, { label }, { key });
          const other = await outcome(librarian.send(photo(), { label }, { key }));
          return { first, second, other };
        }""",
        [label],
    )
    assert told["first"]["uid"] == told["second"]["uid"]
    assert told["second"]["replayed"] is True
    assert told["other"]["problem"]["type"] == "key-reused"
    assert len(there.records(label=label)) == 1


def test_a_page_on_plain_http_makes_keys_without_randomuuid(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    page = there.open(tabs, host="elsewhere.test")
    assert page.evaluate("[isSecureContext, crypto.randomUUID, navigator.locks]") == [
        False, None, None,
    ]  # fmt: skip
    assert page.evaluate("librarian.send(photo()).then(({ uid }) => uid)")
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(pattern, page.evaluate("librarian.contributor"))
    page.evaluate("async ([label]) => { await librarian.queue(photo(), { label }); }", [label])
    page.wait_for_function("heard.some(({ type }) => type === 'stored')")
    assert len(there.records(label=label)) == 1


def test_the_pseudonym_stays_until_it_is_renewed(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    page = there.open(tabs, direct=True)
    page.evaluate("([label]) => librarian.send(photo(), { label })", [label])
    again = there.open(tabs, direct=True)
    again.evaluate("([label]) => librarian.send(photo(), { label })", [label])
    renewed = again.evaluate("librarian.renewContributor()")
    again.evaluate("([label]) => librarian.send(photo(), { label })", [label])
    last = there.open(tabs, direct=True)
    assert last.evaluate("librarian.contributor") == renewed
    last.evaluate(
        """([label]) => {
          const inputs = [{ tag: "image" }];
          const none = new Librarian(librarian.url, { contributor: false, inputs });
          return none.send(photo(), { label });
        }""",
        [label],
    )
    names = [each["_librarian"].get("contributor", "") for each in there.records(label=label)]
    assert len(names) == 4
    assert len(set(names)) == 3
    assert names.count(renewed) == 1
    assert "" in names


def test_a_pseudonym_that_somebody_spoilt_is_replaced(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    page = there.open(tabs)
    page.evaluate("localStorage.setItem(`librarian-contributor ${librarian.url}`, 'ä')")
    page.evaluate("([label]) => librarian.send(photo(), { label })", [label])
    (record,) = there.records(label=label)
    assert record["_librarian"]["contributor"] == page.evaluate("librarian.contributor")


def test_who_agreed_to_what_is_sent_along(tabs: BrowserContext, there: Elsewhere) -> None:
    page = tabs.new_page()
    # the page's own client empties the same queue, with the headers that it was told
    page.route("**/page.js", lambda route: route.abort())
    page.goto(f"{there.stack.url}/")
    code = """async (send) => {
      const { Librarian } = await import("/static/librarian.js");
      const inputs = [{ tag: "image" }], headers = { Authorization: "Bearer mine" };
      const librarian = new Librarian(undefined, { inputs, headers, contributor: "somebody-1" });
      await librarian[send](new Blob(["no photo"]), {}, { consent: "2" }).catch(() => 0);
      return librarian.url;
    }"""
    for send in ("send", "queue"):
        with page.expect_request("**/upload") as sent:
            assert page.evaluate(code, send) == there.stack.url
        headers = sent.value.headers
        assert headers["librarian-contributor"] == "somebody-1"
        assert headers["librarian-consent"] == "2"
        assert headers["authorization"] == "Bearer mine"


def test_the_contract_is_asked_for_once_and_tells_how_to_send(
    tabs: BrowserContext, there: Elsewhere, label: str
) -> None:
    page = there.open(tabs)
    told = page.evaluate(
        """async ([label]) => {
          const own = new Librarian(librarian.url);
          const { inputs } = await own.contract();
          const receipt = await own.send(photo(), { label });
          const asked = performance.getEntriesByType("resource")
            .filter(({ name }) => name.endsWith("/contract"));
          return { inputs, receipt, asked: asked.length };
        }""",
        [label],
    )
    assert [(each["tag"], each["types"]) for each in told["inputs"]] == [
        ("image", ["base64", "file", "raw"])
    ]
    assert told["asked"] == 1
    assert told["receipt"]["data"][0]["filename"] == "photo.jpg"


def test_warming_says_whether_the_service_answered(tabs: BrowserContext, there: Elsewhere) -> None:
    page = there.open(tabs)
    assert page.evaluate("librarian.warm()") is True
    there.proxy.now(Fault("refuse"))
    assert page.evaluate("librarian.warm()") is False


def test_numbers_that_json_cannot_hold_are_refused_and_not_turned_into_null(
    tabs: BrowserContext, there: Elsewhere
) -> None:
    page = there.open(tabs)
    for call in ("send(photo(), { x: NaN })", "queue(photo(), { box: { x: Infinity } })"):
        problem: dict[str, Any] = page.evaluate(f"outcome(librarian.{call})")["problem"]
        assert problem["name"] == "TypeError"
        assert "“x”" in problem["message"]
    assert page.evaluate("librarian.pending()") == []
