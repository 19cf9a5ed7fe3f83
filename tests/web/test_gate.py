"""Who may come in: are keys, origins, rates and quotas asked before anything is read, and told?"""

import base64
import hashlib
import json
import logging
import re
import time
from collections.abc import Callable
from typing import IO

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from librarian.access import keys
from librarian.counting.storage import Counting
from librarian.metrics import Metrics
from librarian.settings import load
from librarian.signed.secret import Secret
from librarian.web import body, headers, problems
from librarian.web.gate import Gate
from librarian.web.pace import Pace
from librarian.web.page import Page
from librarian.web.session import Desk
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 32, 32)
FORM = "image=" + base64.b64encode(PHOTO).decode().replace("+", "%2B")
SUBMIT, OTHER, REVIEW = (keys.make() for _ in range(3))
LISTED = {"Origin": "https://page.example.org"}
KEYS = {
    "ACCESS_SUBMIT": ",".join(keys.entry_of(key) for key in (SUBMIT, OTHER)),
    "ACCESS_REVIEW": keys.entry_of(REVIEW, "owner"),
    "LIBRARIAN_ORIGINS": "https://*.example.org",
}
SENDING: dict[str, Callable[..., TestResponse]] = {
    "PUT /upload": lambda client, **more: client.put("/upload", data=PHOTO, **more),
    "POST /upload": lambda client, **more: client.post("/upload", data=PHOTO, **more),
    "PUT /upload/key": lambda client, **more: client.put("/upload/" + "k" * 20, data=PHOTO, **more),
    "POST /put": lambda client, **more: client.post(
        "/put", data=FORM, content_type="application/x-www-form-urlencoded", **more
    ),
}
each_way = pytest.mark.parametrize("way", SENDING)


def bearer(key: str) -> dict[str, str]:
    return {**LISTED, "Authorization": f"Bearer {key}"}


def checked(answer: TestResponse) -> tuple[int, str, str]:
    """Give status, slug and rule of a refusal, after checking that a page of ours can read it."""
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED["Origin"]
    assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]
    document = answer.get_json()
    assert document["status"] == answer.status_code
    return answer.status_code, document["type"], document["errors"][0]["rule"]


@each_way
def test_where_keys_are_needed_every_way_of_sending_needs_one(service: Make, way: str) -> None:
    running = service(**KEYS)
    missing = SENDING[way](running.client, headers=LISTED)
    assert checked(missing) == (401, "auth", "key-missing")
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="librarian"'
    wrong = SENDING[way](running.client, headers=bearer(keys.make()))
    assert checked(wrong) == (401, "auth", "key-wrong")
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]
    looking = SENDING[way](running.client, headers=bearer(REVIEW))
    assert checked(looking) == (403, "forbidden", "key")
    assert "WWW-Authenticate" not in looking.headers
    assert running.is_empty()
    assert SENDING[way](running.client, headers=bearer(SUBMIT)).status_code in (200, 201)


def test_a_key_in_the_address_or_the_body_is_none(service: Make) -> None:
    running = service(**KEYS)
    answer = running.client.put(f"/upload?access_token={SUBMIT}", data=PHOTO, headers=LISTED)
    assert checked(answer) == (401, "auth", "key-missing")


def test_a_public_service_beside_keys_takes_both(service: Make) -> None:
    running = service(**KEYS, ACCESS_PUBLIC="true")
    assert re.search(r'<form id="form"[^>]*data">', running.client.get("/").text)
    for sent in (LISTED, bearer(SUBMIT), {**LISTED, "Authorization": "Basic dTpw"}):
        assert running.client.put("/upload", data=PHOTO, headers=sent).status_code == 201
    wrong = running.client.put("/upload", data=PHOTO, headers=bearer(keys.make()))
    assert checked(wrong) == (401, "auth", "key-wrong")


def test_two_callers_with_one_idempotency_key_never_meet(service: Make) -> None:
    running = service(**KEYS, ACCESS_PUBLIC="true")
    uids: list[str] = []
    again: list[TestResponse] = []
    for sent in (LISTED, bearer(SUBMIT), bearer(OTHER)):
        asked = {**sent, "Idempotency-Key": "the-same-key-for-all"}
        picture = make("JPEG", 32, 32 + len(uids))
        first = running.client.put("/upload", data=picture, headers=asked)
        assert first.status_code == 201
        uids.append(first.get_json()["uid"])
        again.append(running.client.put("/upload", data=picture, headers=asked))
    assert len(set(uids)) == 3
    assert [answer.get_json()["uid"] for answer in again] == uids
    assert all(answer.status_code == 200 for answer in again)
    assert len(running.kept_labels()) == 3


def test_public_callers_keep_the_uids_they_had(service: Make) -> None:
    asked = {"Idempotency-Key": "the-same-key-for-all"}
    uid = service().client.put("/upload", data=PHOTO, headers=asked).get_json()["uid"]
    assert uid == hashlib.sha256(b"key\0the-same-key-for-all").hexdigest()[:24]


def test_a_page_below_a_listed_domain_may_send_and_no_other(service: Make) -> None:
    client = service(LIBRARIAN_ORIGINS="https://*.example.org").client
    for origin, status in (
        ("https://a.b.example.org", 201),
        ("https://example.org", 403),
        ("https://evilexample.org", 403),
        ("https://a.example.org.evil.com", 403),
        ("null", 403),
    ):
        answer = client.put("/upload", data=PHOTO, headers={"Origin": origin})
        assert answer.status_code == status, origin
        allowed = answer.headers.get("Access-Control-Allow-Origin")
        assert allowed == (origin if status == 201 else None)


def test_a_preflight_needs_no_key_and_lets_one_be_sent(service: Make) -> None:
    answer = service(**KEYS).client.options("/upload", headers=LISTED)
    assert answer.status_code == 204
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_refused_body_is_read_away_within_bounds_and_never_parsed(
    service: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = service(**KEYS)
    really, left = body.drain, []

    def draining(stream: IO[bytes], pace: Pace, size: int = body.DRAINED) -> None:
        really(stream, pace, size)
        left.append(len(stream.read()))

    monkeypatch.setattr(body, "drain", draining)
    monkeypatch.setattr(body, "whole", lambda *_: pytest.fail("the body was read"))
    for sent, rest in ((2**20, 0), (body.DRAINED + 7, 7)):
        answer = running.client.put("/upload", data=b"{" * sent, headers=LISTED)
        assert checked(answer) == (401, "auth", "key-missing")
        assert left.pop() == rest


def test_the_key_is_asked_for_before_the_rate_and_the_rate_before_the_size(service: Make) -> None:
    running = service(**KEYS, RATE_LIMIT="1/hour", LIBRARIAN_MAX_BYTES="10")
    for _ in range(3):
        answer = running.client.put("/upload", data=PHOTO, headers=LISTED)
        assert checked(answer)[0] == 401
    huge = b"x" * 2**21
    stages = [
        checked(running.client.put("/upload", data=huge, headers=bearer(SUBMIT)))[1]
        for _ in range(3)
    ]
    assert stages == ["size", "rate-limit", "rate-limit"]


def test_every_answer_says_how_the_caller_stands(
    service: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    running = service(RATE_LIMIT="3/minute, 9/day")
    stored = running.client.put("/upload", data=PHOTO)
    assert stored.headers["RateLimit-Policy"] == '"3/minute";q=3;w=60, "9/day";q=9;w=86400'
    assert stored.headers["RateLimit"] == '"3/minute";r=2;t=60, "9/day";r=8;t=86400'
    assert "RateLimit-Policy" in stored.headers["Access-Control-Expose-Headers"]
    broken = running.client.put("/upload", data=b"")
    assert broken.status_code == 400
    assert '"3/minute";r=1' in broken.headers["RateLimit"]
    running.client.put("/upload", data=PHOTO)
    refused = running.client.put("/upload", data=PHOTO)
    assert refused.status_code == 429
    document = refused.get_json()
    assert (document["type"], document["retryable"]) == ("rate-limit", True)
    assert document["errors"][0]["limit"] == "3/minute"
    assert refused.headers["Retry-After"] == "60"
    assert refused.headers["RateLimit"] == '"3/minute";r=0;t=60'
    assert len(running.kept_labels()) == 2
    looking = running.client.get("/livez")
    assert looking.status_code == 200
    assert "RateLimit" not in looking.headers


def test_without_a_limit_no_header_speaks_of_one(service: Make) -> None:
    running = service()
    answer = running.client.put("/upload", data=PHOTO)
    assert "RateLimit" not in answer.headers
    assert not (running.folder / "own" / "rates.sqlite").exists()


def test_behind_a_proxy_that_is_not_announced_nobody_shares_a_limit(
    service: Make, caplog: pytest.LogCaptureFixture
) -> None:
    running = service(RATE_LIMIT="1/hour")
    through = {"X-Forwarded-For": "198.51.100.7"}
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert running.client.put("/upload", data=PHOTO, headers=through).status_code == 201
    assert caplog.text.count("LIBRARIAN_PROXY_HOPS is 0") == 1
    assert "198.51.100.7" not in caplog.text


def test_behind_announced_proxies_each_client_is_counted_alone(service: Make) -> None:
    client = service(RATE_LIMIT="1/hour", LIBRARIAN_PROXY_HOPS="1").client
    statuses = [
        client.put("/upload", data=PHOTO, headers={"X-Forwarded-For": sent}).status_code
        for sent in (
            "198.51.100.7", "198.51.100.8", "198.51.100.7", "192.0.2.1, 198.51.100.8",
        )
    ]  # fmt: skip
    assert statuses == [201, 201, 429, 429]


def test_a_full_quota_is_told_and_a_replay_is_free(service: Make) -> None:
    running = service(QUOTA_CONFIG='[{"label": "mood", "most": 1}]')
    asked = {"Idempotency-Key": "k" * 20}
    assert running.client.put("/upload?mood=calm", data=PHOTO, headers=asked).status_code == 201
    full = running.client.put("/upload?mood=calm", data=PHOTO)
    document = full.get_json()
    assert (full.status_code, document["type"], document["retryable"]) == (429, "rate-limit", False)
    assert document["detail"] == "Enough has been collected of “calm”; thank you."
    assert document["errors"][0]["parameter"] == "mood"
    assert "Retry-After" not in full.headers
    again = running.client.put("/upload?mood=calm", data=PHOTO, headers=asked)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert len(running.kept_labels()) == 1


def test_no_key_shows_in_logs_answers_or_settings(
    service: Make, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        running = service(**KEYS)
        told = [repr(running.app.extensions["librarian"].settings)]
        for path in ("/", "/openapi.json", "/version", "/readyz"):
            told.append(running.client.get(path, headers=bearer(SUBMIT)).text)
        for key in (SUBMIT, REVIEW, SUBMIT + "x"):
            answer = running.client.put("/upload", data=PHOTO, headers=bearer(key))
            told += [answer.text, str(answer.headers)]
    everything = caplog.text + "".join(told)
    for key in (SUBMIT, OTHER, REVIEW):
        assert key not in everything
        assert keys.entry_of(key).partition(":")[2] not in everything


def test_the_contract_tells_of_keys_and_rates_where_there_are_some(service: Make) -> None:
    running = service(**KEYS, RATE_LIMIT="5/minute", ACCESS_PUBLIC="true")
    document = running.client.get("/openapi.json").get_json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, method in (("/upload", "put"), ("/upload/{key}", "put"), ("/put", "post")):
        operation = document["paths"][path][method]
        assert operation["security"] == [{"key": []}, {}]
        assert {"401", "403", "429"} <= set(operation["responses"])
        assert "RateLimit" in operation["responses"]["200"]["headers"]
        told = set(operation["responses"]["429"]["headers"])
        assert told >= {"Retry-After", "RateLimit", "RateLimit-Policy"}
    assert "security" not in document["paths"]["/livez"]["get"]


def test_the_contract_of_an_open_service_asks_for_no_key(service: Make) -> None:
    document = service().client.get("/openapi.json").get_json()
    operation = document["paths"]["/upload"]["put"]
    assert "security" not in operation
    assert "RateLimit" not in operation["responses"]["201"]["headers"]


@pytest.fixture
def looking() -> FlaskClient:
    """Give a client of an application whose one view asks for a review key."""
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    settings = load({**stores, **KEYS})
    desk, app = Desk(Secret.of(settings)), Flask(__name__)
    gate = Gate(settings, Counting.of(settings), desk)
    headers.register(app, settings, Metrics({}))
    problems.register(app, settings, Page(settings))

    @app.get("/records")
    def records() -> Response:
        gate.reviewer()
        return jsonify(json.loads("[]"))

    return app.test_client()


def test_a_view_that_asks_for_a_review_key_is_shown_to_nobody_else(looking: FlaskClient) -> None:
    assert checked(looking.get("/records", headers=LISTED)) == (401, "auth", "key-missing")
    assert checked(looking.get("/records", headers=bearer("x"))) == (401, "auth", "key-wrong")
    assert checked(looking.get("/records", headers=bearer(SUBMIT))) == (403, "forbidden", "key")
    assert looking.get("/records", headers=bearer(REVIEW)).get_json() == []
