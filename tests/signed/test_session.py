"""Is a session nobody's but the browser's that began it, for some hours, with its second token?"""

import time

import pytest
from itsdangerous import URLSafeTimedSerializer

from librarian.signed.session import LASTS, Sessions

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SCOPE = "access 0123456789abcdef"


def test_a_session_is_read_again_wherever_the_secret_is_the_same() -> None:
    cookie, begun = Sessions(KEY).begin(SCOPE)
    assert Sessions(KEY).read(cookie) == begun
    assert begun.scope == SCOPE


def test_two_sessions_of_one_key_have_two_second_tokens() -> None:
    sessions = Sessions(KEY)
    (_, one), (_, other) = sessions.begin(SCOPE), sessions.begin(SCOPE)
    assert one.shown(one.csrf)
    assert not one.shown(other.csrf)
    for forged in ("", "0" * 64, one.csrf[:-1], one.csrf.upper() + " ", "ü\ud800"):
        assert not one.shown(forged)


def test_a_session_of_another_secret_is_none() -> None:
    cookie, _ = Sessions(OTHER).begin(SCOPE)
    assert Sessions(KEY).read(cookie) is None


def test_a_session_ends_after_some_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie, _ = Sessions(KEY).begin(SCOPE)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + LASTS - 5)
    assert Sessions(KEY).read(cookie) is not None
    monkeypatch.setattr(time, "time", lambda: now + LASTS + 5)
    assert Sessions(KEY).read(cookie) is None


def test_what_is_changed_or_signed_for_something_else_is_none() -> None:
    cookie, _ = Sessions(KEY).begin(SCOPE)
    told, at, signature = cookie.split(".")
    other, _, _ = Sessions(KEY).begin("access of somebody else")[0].split(".")
    elsewhere = URLSafeTimedSerializer(KEY, salt="something else").dumps([SCOPE, "chance"])
    for forged in (
        "", ".", "..", told, f"{told}.{at}", f"{other}.{at}.{signature}", f".{cookie}",
        f"{told}.AAAAAA.{signature}", cookie[:-1], f"{cookie}A", elsewhere, "ü" * 50, "." * 5000,
    ):  # fmt: skip
        assert Sessions(KEY).read(forged) is None
