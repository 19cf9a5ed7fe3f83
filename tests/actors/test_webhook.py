"""Does the actor `webhook` post what it is given, signed, to the one address, in time?"""

import base64
import hashlib
import hmac
import json
import logging
import time
from typing import Any

import pytest
from pydantic import ValidationError

from librarian import uid
from librarian.actors.webhook import Webhook
from librarian.record import LABELS, Document, Stored
from librarian.settings.binding import adapter
from librarian.stage import Refused, StoreError
from tests.contract import labels
from tests.receiver import Posted, receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = uid.mint()


def webhook(url: str, secret: str = SECRET, **kwargs: Any) -> Webhook:
    """Make one from plain text, as a configuration has it."""
    given: dict[str, Any] = {"url": url, "secret": secret, **kwargs}
    return Webhook(**given)


def assert_signed(posted: Posted) -> None:
    """Check the signature as the specification tells receivers to."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    headers = posted.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + posted.body
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{made}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300


def test_the_record_is_posted_as_json_signed_and_under_its_uid() -> None:
    with receiver() as there:
        assert webhook(there.url).act(KEY, labels(KEY)) == Stored("webhook", KEY)
        (posted,) = there.came
    assert posted.path == "/hook?from=librarian"
    assert posted.headers["webhook-id"] == KEY
    assert posted.headers["Content-Type"] == "application/json"
    assert json.loads(posted.body) == {
        "type": "contribution.stored",
        "timestamp": "2026-11-23T10:00:00.000Z",
        "data": labels(KEY).value,
    }
    assert_signed(posted)


def test_the_signature_is_that_of_the_specifications_own_example() -> None:
    made = webhook("https://127.0.0.1/")._signature(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "refused"),
    [(200, None), (299, None), (400, True), (401, True), (410, True), (422, True),
     (408, False), (429, False), (500, False), (503, False), (301, False), (304, False)],
)  # fmt: skip
def test_what_is_no_success_is_told_as_refused_or_as_down(status: int, refused: Any) -> None:
    with receiver() as there:
        there.status = status
        if refused is None:
            webhook(there.url).act(KEY, labels(KEY))
            return
        with pytest.raises(StoreError, match=f"answers {status}") as caught:
            webhook(there.url).act(KEY, labels(KEY))
    assert isinstance(caught.value, Refused) == refused


def test_redirects_are_not_followed() -> None:
    with receiver() as there, receiver() as elsewhere:
        there.status, there.headers = 307, {"Location": elsewhere.url}
        with pytest.raises(StoreError, match="answers 307"):
            webhook(there.url).act(KEY, labels(KEY))
        assert elsewhere.came == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as there, receiver() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        webhook(there.url).act(KEY, labels(KEY))
        assert (len(there.came), len(proxy.came)) == (1, 0)


def test_a_receiver_that_does_not_answer_is_told_in_time(dead_port: int, hanging_port: int) -> None:
    with receiver() as dripping:
        dripping.drips = True
        for port in (dead_port, hanging_port, dripping.port):
            began = time.monotonic()
            made = webhook(f"http://127.0.0.1:{port}/secret-path", timeout=0.3)
            with pytest.raises(StoreError, match="does not answer") as caught:
                made.act(KEY, labels(KEY))
            assert time.monotonic() - began < 5
            assert str(port) not in str(caught.value)
            assert "secret-path" not in str(caught.value)


def test_a_receiver_without_a_certificate_that_is_trusted_gets_nothing() -> None:
    with receiver() as plain:
        made = webhook(f"https://127.0.0.1:{plain.port}/", timeout=1)
        for call in (made.ping, lambda: made.act(KEY, labels(KEY))):
            with pytest.raises(StoreError, match="does not answer"):
                call()
        assert plain.came == []


def test_a_ping_connects_and_posts_nothing(dead_port: int) -> None:
    with receiver() as there:
        webhook(there.url).ping()
        assert there.came == []
    with pytest.raises(StoreError):
        webhook(f"http://127.0.0.1:{dead_port}/").ping()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("example.org/hook", "must be an address"),
        ("ftp://example.org/", "must be an address"),
        ("file:///etc/passwd", "must be an address"),
        ("https://", "must be an address"),
        ("https://example.org:99999/", "must be an address"),
        ("https://example.org/a b", "must be an address"),
        ("https://example.org/a\r\nHost: b", "must be an address"),
        ("https://user:hush-hush@example.org/", "without credentials"),
        ("https://example.org/#hush-hush", "without a fragment"),
        ("http://example.org/hush-hush", "must be https"),
        ("http://169.254.169.254/hush-hush", "must be https"),
    ],
)
def test_a_wrong_address_is_a_fault_of_the_configuration(url: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        webhook(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost/", "http://127.0.0.9:1/", "http://[::1]:1/"])
def test_this_machine_may_be_told_in_plain_and_others_if_it_is_said(url: str) -> None:
    webhook(url)
    webhook("http://example.org/", insecure=True)


@pytest.mark.parametrize(
    "secret", ["hush-hush", "whsec_", "whsec_aHVzaA==", "whsec_hush hush", "whsec_" + "A" * 100]
)
def test_a_secret_that_is_too_weak_or_none_is_a_fault_of_the_configuration(secret: str) -> None:
    with pytest.raises(ValidationError, match="whsec_ and 24 to 64 bytes") as caught:
        webhook("https://example.org/", secret)
    assert secret[-5:] == "hsec_" or secret[-5:] not in str(caught.value)


def test_neither_address_nor_secret_shows(caplog: pytest.LogCaptureFixture) -> None:
    made = webhook("https://example.org/hush-hush", SECRET)
    with caplog.at_level(logging.DEBUG):
        shown = f"{made!r} {made} {adapter(Webhook).dump_json(made).decode()} {caplog.text}"
    assert "hush-hush" not in shown
    assert SECRET.removeprefix("whsec_") not in shown


def test_a_receiver_is_told_from_others_by_its_address() -> None:
    outlets = {webhook(f"https://example.org/{n % 3}").outlet for n in range(6)}
    assert len(outlets) == 3
    assert all(len(outlet) == 8 for outlet in outlets)


def test_labels_of_any_kind_arrive_as_they_are() -> None:
    value = {"_id": KEY, "text": "Zoë 你好 \x00 \u202e", "n": 2**63 - 1, "f": 0.1}
    with receiver() as there:
        webhook(there.url).act(KEY, Document(LABELS, value))
        assert json.loads(there.came[0].body)["data"] == value
