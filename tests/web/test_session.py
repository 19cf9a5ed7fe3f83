"""Does a session at the desk let do what its review key does, and end with it?"""

from collections.abc import Callable

from werkzeug.test import TestResponse

from librarian.access import keys
from librarian.signed.reviewkey import ReviewKey
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 32, 32)
SUBMIT, REVIEW, OTHER = (keys.make() for _ in range(3))
SECRET = {"LIBRARIAN_SECRET": "s" * 40}
KEYS = {"ACCESS_REVIEW": f"{keys.entry_of(REVIEW)},{keys.entry_of(OTHER)}", **SECRET}
EMBEDDED = {"DATA_ACTOR_CONFIG": "", "LABEL_ACTOR_CONFIG": "", "DATA_VALID_CONFIG": ""}


def begin(running: Service, key: str = REVIEW, **more: str) -> TestResponse:
    return running.client.post(
        "/desk/session", headers={"Authorization": f"Bearer {key}"}, base_url=more.get("base_url")
    )


def cookie_of(answer: TestResponse) -> str:
    return answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0]


def test_a_session_sees_without_a_key_and_changes_with_its_second_token(service: Make) -> None:
    running = service(**KEYS)
    uid = running.client.put("/upload", data=PHOTO).get_json()["uid"]
    begun = begin(running)
    assert begun.status_code == 201
    csrf = begun.get_json()["csrf"]
    assert running.client.get("/records").status_code == 200
    assert running.client.get(f"/records/{uid}/data/image?width=160").status_code == 200
    assert running.client.get("/desk/session").get_json() == {"csrf": csrf}
    change = {"state": "approved"}
    for token in ("", "x", csrf[:-1], REVIEW, csrf.upper() + "0"):
        sent = {"X-CSRF-Token": token} if token else {}
        for answer in (
            running.client.patch(f"/records/{uid}", json=change, headers=sent),
            running.client.patch("/records", json={"uids": [uid], **change}, headers=sent),
            running.client.delete(f"/records/{uid}", headers=sent),
        ):
            assert answer.status_code == 403
            assert answer.get_json()["errors"][0]["rule"] == "csrf"
    right = {"X-CSRF-Token": csrf}
    assert running.client.patch(f"/records/{uid}", json=change, headers=right).status_code == 200
    assert running.client.delete(f"/records/{uid}", headers=right).status_code == 200


def test_the_token_of_another_session_changes_nothing(service: Make) -> None:
    running = service(**KEYS)
    uid = running.client.put("/upload", data=PHOTO).get_json()["uid"]
    theirs = begin(running).get_json()["csrf"]
    begin(running)
    sent = {"X-CSRF-Token": theirs}
    answer = running.client.patch(f"/records/{uid}", json={"state": "approved"}, headers=sent)
    assert answer.status_code == 403


def test_the_cookie_goes_to_our_own_pages_alone_and_to_no_script(service: Make) -> None:
    running = service(**KEYS, LIBRARIAN_PROXY_HOPS="1")
    plain = begin(running).headers["Set-Cookie"]
    assert plain.startswith("librarian_desk=")
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="):
        assert part in plain
    assert "Secure" not in plain
    assert "Domain" not in plain
    sent = {"Authorization": f"Bearer {REVIEW}", "X-Forwarded-Proto": "https"}
    safe = running.client.post("/desk/session", headers=sent).headers["Set-Cookie"]
    assert safe.startswith("__Host-librarian_desk=")
    assert "Secure" in safe
    assert REVIEW not in plain + safe


def test_a_key_that_is_taken_away_ends_its_sessions_and_no_others(service: Make) -> None:
    before = service(**KEYS)
    gone, stays = cookie_of(begin(before, REVIEW)), cookie_of(begin(before, OTHER))
    after = service(**{**KEYS, "ACCESS_REVIEW": keys.entry_of(OTHER)})
    for cookie, status in ((gone, 401), (stays, 200)):
        client = after.app.test_client()
        client.set_cookie("librarian_desk", cookie)
        assert client.get("/records").status_code == status
        assert client.get("/desk/session").status_code == status


def test_a_session_lasts_over_a_restart_where_there_is_a_secret(service: Make) -> None:
    review = {"ACCESS_REVIEW": keys.entry_of(REVIEW)}
    for secret, status in ((SECRET, 200), ({}, 401)):
        cookie = cookie_of(begin(service(**review, **secret)))
        client = service(**review, **secret).app.test_client()
        client.set_cookie("librarian_desk", cookie)
        assert client.get("/records").status_code == status


def test_a_session_that_is_left_is_over_in_this_browser(service: Make) -> None:
    running = service(**KEYS)
    begin(running)
    assert running.client.delete("/desk/session").status_code == 204
    assert running.client.get("/records").status_code == 401


def test_a_session_does_not_let_send(service: Make) -> None:
    running = service(**KEYS, ACCESS_SUBMIT=keys.entry_of(SUBMIT))
    begin(running)
    assert running.client.put("/upload", data=PHOTO).status_code == 401


def test_only_a_review_key_begins_a_session(service: Make) -> None:
    running = service(**KEYS, ACCESS_SUBMIT=keys.entry_of(SUBMIT))
    for key in ("", "x", SUBMIT, keys.make()):
        answer = begin(running, key)
        assert answer.status_code in (401, 403)
        assert "Set-Cookie" not in answer.headers


def test_a_cookie_begins_no_session_and_a_wrong_key_beside_it_is_wrong(service: Make) -> None:
    running = service(**KEYS)
    begin(running)
    assert running.client.post("/desk/session").status_code == 401
    wrong = {"Authorization": f"Bearer {keys.make()}"}
    assert running.client.get("/records", headers=wrong).status_code == 401


def test_a_page_from_elsewhere_changes_nothing_by_a_cookie(service: Make) -> None:
    """Browsers do not send the cookie there; and if one did, there is no second token."""
    running = service(**KEYS)
    uid = running.client.put("/upload", data=PHOTO).get_json()["uid"]
    begin(running)
    evil = {"Origin": "https://evil.example"}
    answer = running.client.delete(f"/records/{uid}", headers=evil)
    assert answer.status_code == 403
    told = running.client.get("/desk/session", headers=evil)
    assert "Access-Control-Allow-Credentials" not in told.headers
    asked = running.client.options(f"/records/{uid}", headers=evil)
    assert "X-CSRF-Token" not in asked.headers["Access-Control-Allow-Headers"]


def test_the_embedded_default_has_a_key_of_its_own_that_ends_with_its_file(service: Make) -> None:
    running = service(**EMBEDDED)
    own = ReviewKey(running.folder / "own")
    assert begin(running, keys.make()).status_code == 401
    key, made = own.made()
    assert made
    assert begin(running, key).status_code == 201
    assert running.client.get("/records").status_code == 200
    anything = {"Authorization": f"Bearer {keys.make()}"}
    assert running.client.put("/upload", data=PHOTO, headers=anything).status_code == 201
    own.place.unlink()
    assert running.client.get("/records").status_code == 401
    own.place.write_text("damaged")
    answer = running.client.get("/records", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 503
    assert str(running.folder) not in answer.text


def test_an_owners_review_key_stands_in_place_of_the_embedded_ones(service: Make) -> None:
    running = service(**EMBEDDED, ACCESS_REVIEW=keys.entry_of(REVIEW))
    made, _ = ReviewKey(running.folder / "own").made()
    assert begin(running, made).status_code == 401
    assert begin(running).status_code == 201
