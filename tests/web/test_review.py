"""Does a review key let see and change what came in, page by page, and nobody without one?"""

import hashlib
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from librarian.access import keys
from librarian.picture.thumbnail import WIDTHS
from librarian.selection import Cursor
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 640, 480)
SUBMIT, REVIEW = keys.make(), keys.make()
KEYS = {"ACCESS_REVIEW": keys.entry_of(REVIEW, "anna")}
OWNER = {"Authorization": f"Bearer {REVIEW}"}
UID = "0" * 24
ASKED = [
    ("GET", "/records"), ("PATCH", "/records"), ("GET", f"/records/{UID}"),
    ("PATCH", f"/records/{UID}"), ("DELETE", f"/records/{UID}"),
    ("GET", f"/records/{UID}/data/image"), ("GET", f"/records/{UID}/data/image?width=320"),
    ("POST", "/desk/session"), ("GET", "/desk/session"),
]  # fmt: skip


def send(running: Service, body: bytes = PHOTO, **labels: str) -> str:
    answer = running.client.put(f"/upload?{urlencode(labels)}", data=body)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["uid"])


def ask(running: Service, path: str, method: str = "GET", **more: Any) -> TestResponse:
    return running.client.open(path, method=method, headers=OWNER | more.pop("headers", {}), **more)


def listed(running: Service, query: str = "") -> list[str]:
    answer = ask(running, f"/records?{query}")
    assert answer.status_code == 200, answer.text
    return [each["uid"] for each in answer.get_json()["records"]]


def checked(answer: TestResponse) -> tuple[int, str, str]:
    assert answer.mimetype == "application/problem+json"
    document = answer.get_json()
    return answer.status_code, document["type"], document["errors"][0]["rule"]


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_nobody_sees_or_changes_anything_without_a_review_key(
    service: Make, method: str, path: str
) -> None:
    running = service(**KEYS, ACCESS_SUBMIT=keys.entry_of(SUBMIT), ACCESS_PUBLIC="true")
    uid = send(running)
    path = path.replace(UID, uid)
    for sent, status in (
        ({}, 401),
        ({"Authorization": f"Bearer {keys.make()}"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": f"Basic {REVIEW}"}, 401),
        ({"Authorization": f"Bearer {SUBMIT}"}, 403),
        ({"Cookie": "librarian_desk=forged"}, 401),
        ({"Cookie": f"librarian_desk={REVIEW}"}, 401),
    ):
        answer = running.client.open(path, method=method, headers=sent, json={"state": "approved"})
        assert answer.status_code == status, sent
        assert uid not in answer.text.replace(path, "")
    assert ask(running, f"/records/{uid}").get_json()["state"] == "received"


def test_where_there_are_no_review_keys_nobody_looks(service: Make) -> None:
    running = service()
    for method, path in ASKED:
        assert running.client.open(path, method=method, headers=OWNER).status_code == 401


def test_records_come_newest_first_page_by_page(service: Make) -> None:
    running = service(**KEYS)
    sent = [send(running, number=str(number)) for number in range(5)]
    seen: list[str] = []
    place: str | None = "/records?limit=2"
    while place:
        answer = ask(running, place)
        told = answer.get_json()
        seen += [each["uid"] for each in told["records"]]
        place = told["next"]
        assert answer.headers.get("Link") == (f'<{place}>; rel="next"' if place else None)
    assert seen == sent[::-1]


def test_what_comes_meanwhile_neither_doubles_nor_hides_a_record(service: Make) -> None:
    running = service(**KEYS)
    sent = [send(running, number=str(number)) for number in range(4)]
    first = ask(running, "/records?limit=2").get_json()
    send(running, number="new")
    ask(running, f"/records/{sent[3]}", "DELETE")
    rest = ask(running, first["next"]).get_json()["records"]
    assert [each["uid"] for each in rest] == [sent[1], sent[0]]


def test_filters_narrow_and_stay_on_the_next_page(service: Make) -> None:
    running = service(**KEYS, LABEL_VALID_CONFIG='[{"validator": "type", "args": [{"x": "int?"}]}]')
    glad = [send(running, mood="glad", x="1") for _ in range(3)]
    sad = send(running, mood="sad & <b>", x="2")
    assert listed(running, "where.mood=glad") == glad[::-1]
    assert listed(running, urlencode({"where.mood": "sad & <b>"})) == [sad]
    assert set(listed(running, "where.mood=glad&where.mood=none")) == set(glad)
    assert listed(running, "where.x=2") == [sad]
    assert listed(running, "where.mood=glad&where.x=2") == []
    ask(running, f"/records/{glad[0]}", "PATCH", json={"state": "rejected", "reason": "blurry"})
    assert listed(running, "state=rejected") == [glad[0]]
    assert len(listed(running, "state=received,rejected")) == 4
    assert len(listed(running, "state=received&state=rejected")) == 4
    assert glad[0] not in listed(running, "state=not-rejected")
    assert listed(running, "since=2999-01-01") == []
    assert len(listed(running, "until=2999-01-01&since=2000-01-01")) == 4
    page = ask(running, "/records?where.mood=glad&limit=1&state=received").get_json()
    assert ask(running, page["next"]).get_json()["records"][0]["uid"] == glad[1]


def cursor(at: str, uid: str = UID) -> str:
    return Cursor(at, uid).text


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=-1", "limit=٣", "limit=1e2", "limit=", "limit=1&limit=2",
     "state=good", "since=yesterday", "until=2026-13-01", "mood=glad", "where.uid=x", "where.=x",
     "where._librarian=x", "cursor=x", "cursor=!!!!", "cursor=eyJhIjoxfQ",
     "cursor=" + "A" * 4000, f"cursor={cursor('x', 'no uid')}", "stats=received", "%ff=1",
     "&".join(f"where.a{number}=1" for number in range(40))],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_told(service: Make, query: str) -> None:
    running = service(**KEYS)
    answer = ask(running, f"/records?{query}")
    assert checked(answer)[:2] == (400, "receive")


@pytest.mark.parametrize("at", ["", "~", "9999", "'; DROP TABLE contributions; --", "\0", "$gt"])
def test_a_forged_cursor_finds_nothing_that_a_page_would_not(service: Make, at: str) -> None:
    running = service(**KEYS)
    uid = send(running)
    assert ask(running, f"/records?cursor={cursor(at)}").status_code == 200
    assert listed(running) == [uid]


def test_a_record_tells_what_became_of_it_and_who_did_that(service: Make) -> None:
    running = service(**KEYS)
    uid = send(running, mood="glad")
    told = ask(running, f"/records/{uid}").get_json()
    assert (told["state"], told["labels"], told["events"]) == ("received", {"mood": "glad"}, [])
    assert "stored" not in told["data"][0]
    changed = ask(running, f"/records/{uid}", "PATCH", json={"state": "rejected", "reason": "dark"})
    assert (changed.get_json()["state"], changed.get_json()["reason"]) == ("rejected", "dark")
    ask(running, f"/records/{uid}", "PATCH", json={"state": "approved"})
    told = ask(running, f"/records/{uid}").get_json()
    assert (told["state"], told["reason"]) == ("approved", "")
    assert [(e["by"], e["from"], e["what"], e["reason"]) for e in told["events"]] == [
        ("key anna", "received", "rejected", "dark"),
        ("key anna", "rejected", "approved", ""),
    ]
    assert REVIEW not in json.dumps(told)


def test_a_reason_alone_changes_the_reason_alone(service: Make) -> None:
    running = service(**KEYS)
    uid = send(running)
    merge = {"Content-Type": "application/merge-patch+json"}
    for change, now in (
        ({"state": "flagged", "reason": "dark"}, ("flagged", "dark")),
        ({"reason": "darker"}, ("flagged", "darker")),
        ({"state": "flagged"}, ("flagged", "darker")),
        ({"reason": None}, ("flagged", "")),
    ):
        answer = ask(
            running, f"/records/{uid}", "PATCH", data=json.dumps(change), headers=merge
        ).get_json()
        assert (answer["state"], answer["reason"]) == now


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400), (b"{}", "application/json", 400),
        (b"[]", "application/json", 400), (b'{"state": null}', "application/json", 400),
        (b'{"state": "good"}', "application/json", 400), (b'{"state": 1}', "application/json", 400),
        (b'{"state": "approved", "labels": {}}', "application/json", 400),
        (b'{"state": "approved", "state": "rejected"}', "application/json", 400),
        (b'{"reason": ["x"]}', "application/json", 400),
        (b'{"reason": "' + b"x" * 1001 + b'"}', "application/json", 400),
        (b'{"reason": "' + b"x" * 70_000 + b'"}', "application/json", 413),
        (b'{"state": {"$ne": 1}}', "application/json", 400),
        (b"state=approved", "application/x-www-form-urlencoded", 415),
        (b'{"state": "approved"}', "text/plain", 415),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_told_and_nothing_is_changed(
    service: Make, body: bytes, kind: str, status: int
) -> None:
    running = service(**KEYS)
    uid = send(running)
    for path in (f"/records/{uid}", "/records"):
        answer = ask(running, path, "PATCH", data=body, headers={"Content-Type": kind})
        assert checked(answer)[0] == status
    assert ask(running, f"/records/{uid}").get_json()["events"] == []


def test_several_records_are_changed_at_once(service: Make) -> None:
    running = service(**KEYS)
    uids = [send(running, number=str(number)) for number in range(3)]
    asked = {"uids": [*uids[:2], uids[0], UID], "state": "approved"}
    answer = ask(running, "/records", "PATCH", json=asked)
    assert answer.get_json() == {"changed": uids[:2], "missing": [UID]}
    assert set(listed(running, "state=approved")) == set(uids[:2])


@pytest.mark.parametrize(
    "uids", [[], [UID] * 501, "x", {"$gt": ""}, ["../secret"], [1], [UID.upper() + "A"], None]
)
def test_whom_a_change_may_mean_is_bounded(service: Make, uids: Any) -> None:
    running = service(**KEYS)
    asked = {"uids": uids, "state": "approved"}
    assert checked(ask(running, "/records", "PATCH", json=asked)) == (400, "receive", "uids")


@pytest.mark.parametrize("uid", [UID, "x", "0" * 23, "0" * 25, "..%2flabels", "A" * 24, "%00" * 24])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_what_is_not_there_is_not_found(service: Make, uid: str, method: str) -> None:
    running = service(**KEYS)
    asked = {"json": {"state": "approved"}} if method == "PATCH" else {}
    assert ask(running, f"/records/{uid}", method, **asked).status_code == 404
    assert ask(running, f"/records/{uid}/data/image").status_code == 404


def test_a_removed_record_is_gone_from_both_stores_and_the_trail_says_who(service: Make) -> None:
    running = service(**KEYS, LIBRARIAN_SECRET="s" * 40)
    answer = running.client.put("/upload?mood=glad", data=PHOTO)
    uid, mine = answer.get_json()["uid"], answer.headers["Location"]
    gone = ask(running, f"/records/{uid}", "DELETE")
    assert gone.get_json() == {"uid": uid, "finished": True, "elsewhere": []}
    assert not running.kept_files()
    assert "glad" not in json.dumps(running.kept_labels())
    assert ask(running, f"/records/{uid}", "DELETE").status_code == 404
    assert running.client.get(mine).status_code == 410
    assert listed(running) == []
    events = list(running.app.extensions["librarian"].collection.events(uid))
    assert [(each.by, each.what) for each in events] == [("key anna", "withdrawn")]


def test_where_no_state_can_be_kept_that_is_said(service: Make, tmp_path: Any) -> None:
    labels = [{"actor": "file", "args": [str(tmp_path / "labels")]}]
    running = service(**KEYS, LABEL_ACTOR_CONFIG=json.dumps(labels))
    uid = send(running)
    answer = ask(running, f"/records/{uid}", "PATCH", json={"state": "approved"})
    assert checked(answer) == (403, "forbidden", "fixed")
    assert listed(running) == [uid]
    assert ask(running, f"/records/{uid}", "DELETE").status_code == 200
    assert listed(running) == []


def test_data_are_given_byte_for_byte_with_their_hash_as_etag(service: Make) -> None:
    running = service(**KEYS)
    place = f"/records/{send(running)}/data/image"
    answer = ask(running, place)
    assert answer.data == PHOTO
    assert answer.mimetype == "image/jpeg"
    etag = f'"{hashlib.sha256(PHOTO).hexdigest()}"'
    assert answer.headers["ETag"] == etag
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"].startswith("private")
    for tag in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        same = ask(running, place, headers={"If-None-Match": tag})
        assert (same.status_code, same.data) == (304, b"")
    assert ask(running, place, "HEAD").headers["Content-Length"] == str(len(PHOTO))
    assert ask(running, f"/records/{listed(running)[0]}/data/other").status_code == 404


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=5-9", 5, 9), ("bytes=-7", -7, -1), ("bytes=10-", 10, -1),
     ("bytes=0-99999999999999999999", 0, -1)],
)  # fmt: skip
def test_a_part_of_a_file_is_given(service: Make, asked: str, first: int, last: int) -> None:
    running = service(**KEYS)
    place, size = f"/records/{send(running)}/data/image", len(PHOTO)
    answer = ask(running, place, headers={"Range": asked})
    begin, end = first % size, last % size
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {begin}-{end}/{size}"
    assert answer.data == PHOTO[begin : end + 1]
    etag = answer.headers["ETag"]
    for since, status in ((etag, 206), ('"other"', 200), (f"W/{etag}", 200)):
        again = ask(running, place, headers={"Range": asked, "If-Range": since})
        assert again.status_code == status, since


@pytest.mark.parametrize(
    ("asked", "status"),
    [("bytes=99999999-", 416), ("bytes=99999999-99999999999999999999", 416), ("bytes=9-1", 200),
     ("bytes=0-1,5-6", 200), ("bytes=" + ",".join(["0-"] * 1000), 200), ("lines=0-1", 200),
     ("bytes", 200), ("bytes=x-y", 200), ("bytes=-99999999", 200), ("bytes=-0", 200),
     ("bytes=--5", 200), ("bytes=٣-٤", 200)],
)  # fmt: skip
def test_a_range_that_is_none_is_ignored_or_told(service: Make, asked: str, status: int) -> None:
    running = service(**KEYS)
    answer = ask(running, f"/records/{send(running)}/data/image", headers={"Range": asked})
    assert answer.status_code == status
    if status == 416:
        assert checked(answer) == (416, "range", "range")
        assert answer.headers["Content-Range"] == f"bytes */{len(PHOTO)}"
    else:
        assert answer.data == PHOTO


@pytest.mark.parametrize(
    "content",
    [b"<html><script>alert(1)</script>", b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
     b"%PDF-1.7 ...", b"just text", b"PK\x03\x04 zip", b"<?xml version='1.0'?><a/>"],
)  # fmt: skip
def test_what_could_run_in_a_browser_is_only_ever_saved(service: Make, content: bytes) -> None:
    taking = {"DATA_VALID_CONFIG": "[]", "INPUT_CONFIG": '{"type": "raw", "tag": "any"}'}
    running = service(**KEYS, **taking, PRIVACY_STRIP="none")
    uid = send(running, content)
    answer = ask(running, f"/records/{uid}/data/any")
    assert answer.data == content
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{uid}-any.')
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    small = ask(running, f"/records/{uid}/data/any?width=320")
    assert checked(small) == (415, "type", "thumbnail")


@pytest.mark.parametrize("text", ["GIF89a is old", "<svg onload='x()'/>", "<html><script>x()"])
def test_what_came_as_text_is_given_as_text(service: Make, text: str) -> None:
    taking = {"DATA_VALID_CONFIG": "[]", "INPUT_CONFIG": '{"type": "text", "tag": "note"}'}
    running = service(**KEYS, **taking)
    uid = send(running, text.encode())
    answer = ask(running, f"/records/{uid}/data/note")
    assert (answer.text, answer.mimetype) == (text, "application/octet-stream")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{uid}-note.txt"'


def test_a_picture_is_shown_small_and_upright_and_kept_by_the_browser(service: Make) -> None:
    running = service(**KEYS)
    place = f"/records/{send(running, make('JPEG', 800, 600, orientation=6))}/data/image"
    for width in WIDTHS:
        answer = ask(running, f"{place}?width={width}")
        assert answer.mimetype == "image/jpeg"
        assert Image.open(io.BytesIO(answer.data)).size[0] == min(width, 600)
        tag = answer.headers["ETag"]
        assert tag.startswith("W/")
        same = ask(running, f"{place}?width={width}", headers={"If-None-Match": tag})
        assert (same.status_code, same.data) == (304, b"")
        other = ask(running, place, headers={"If-None-Match": tag})
        assert other.status_code == 200


@pytest.mark.parametrize(
    "width", ["0", "-1", "321", "99999999", "9" * 5000, "320.0", "1e3", "٣٢٠", "", "320px"]
)
def test_only_some_widths_are_made(service: Make, width: str) -> None:
    running = service(**KEYS)
    answer = ask(running, f"/records/{send(running)}/data/image?width={width}")
    assert checked(answer) == (400, "receive", "width")


def test_a_broken_picture_is_told(service: Make) -> None:
    running = service(**KEYS, DATA_VALID_CONFIG="[]")
    uid = send(running, PHOTO[:3000])
    answer = ask(running, f"/records/{uid}/data/image?width=320")
    assert checked(answer) == (406, "data-validation", "thumbnail")
    assert ask(running, f"/records/{uid}/data/image").data == PHOTO[:3000]


def test_data_that_were_changed_or_lost_are_not_given(service: Make) -> None:
    running = service(**KEYS)
    uid = send(running)
    (file,) = running.kept_files()
    file.write_bytes(PHOTO + b"!")
    assert checked(ask(running, f"/records/{uid}/data/image")) == (404, "not-found", "data-missing")
    file.unlink()
    answer = ask(running, f"/records/{uid}/data/image?width=320")
    assert checked(answer) == (404, "not-found", "data-missing")
    assert str(running.folder) not in answer.text


def test_where_no_label_store_can_be_read_that_is_said(service: Make) -> None:
    running = service(**KEYS, LABEL_ACTOR_CONFIG="[]")
    assert checked(ask(running, "/records")) == (404, "not-found", "no-collection")
