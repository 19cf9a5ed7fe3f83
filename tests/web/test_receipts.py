"""Does a receipt let its own contributor see and withdraw, and nobody else?"""

import io
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from librarian.record import PROVENANCE
from tests.pictures import make
from tests.process import HOST
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 32, 32)
SECRET = {"LIBRARIAN_SECRET": "s" * 40}
PERSON = "123e4567-e89b-42d3-a456-426614174000"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def send(running: Service, body: bytes = PHOTO, query: str = "", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return running.client.put(f"/upload?{query}", data=body, headers=named)


def place(answer: TestResponse) -> str:
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def checked(answer: TestResponse) -> tuple[int, str]:
    """Give status and rule of a refusal, which is a problem document."""
    assert answer.mimetype == "application/problem+json"
    return answer.status_code, answer.get_json()["errors"][0]["rule"]


def records(running: Service) -> list[dict[str, Any]]:
    """List the label records that stand; what was withdrawn is none."""
    return [each for each in running.kept_labels() if "received_at" in each[PROVENANCE]]


def test_a_receipt_leads_to_what_is_kept(service: Make) -> None:
    running = service(**SECRET)
    answer = send(running, query="mood=glad", Librarian_Contributor=PERSON)
    receipt = answer.get_json()
    assert place(answer) == f"/receipts/{receipt['token']}"
    assert "Location" in answer.headers["Access-Control-Expose-Headers"]
    seen = running.client.get(place(answer)).get_json()
    assert seen["state"] == "received"
    assert seen["labels"] == {"mood": "glad"}
    assert seen["sender"] == {"contributor": PERSON}
    for member in ("uid", "received_at", "data"):
        assert seen[member] == receipt[member]
    assert "stored" not in json.dumps(seen)


def test_a_withdrawal_removes_all_of_it_and_is_final(service: Make) -> None:
    running = service(**SECRET)
    kept, mine = place(send(running)), place(send(running))
    assert len(running.kept_files()) == 2
    assert running.client.delete(mine).get_json() == {"withdrawn": 1, "finished": True}
    assert len(running.kept_files()) == 1
    assert len(records(running)) == 1
    for answer in (running.client.delete(mine), running.client.get(mine)):
        assert checked(answer) == (410, "withdrawn")
    assert running.client.get(kept).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token[:-1],
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "E"),
        lambda token: "0" * 24 + token[24:],
        lambda token: token.partition(".")[0],
        lambda token: token + "%00",
        lambda token: "..%2f..%2fsecret",
        lambda token: "x" * 5000,
        lambda token: token.upper(),
    ],
)
@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_what_is_no_token_of_ours_leads_nowhere(
    service: Make, forge: Callable[[str], str], method: str
) -> None:
    running = service(**SECRET)
    token = send(running).get_json()["token"]
    answer = running.client.open(f"/receipts/{forge(token)}", method=method, data={"sure": "yes"})
    assert answer.status_code == 404
    assert len(records(running)) == 1


def test_a_token_of_another_secret_is_none(service: Make) -> None:
    mine = place(send(service(**SECRET)))
    other = service(LIBRARIAN_SECRET="t" * 40)
    assert checked(other.client.get(mine)) == (404, "receipt")
    assert checked(other.client.delete(mine)) == (404, "receipt")
    assert len(records(other)) == 1


def test_without_a_secret_receipts_have_no_token_and_all_else_is_well(service: Make) -> None:
    running = service()
    answer = send(running)
    assert answer.status_code == 201
    assert "Location" not in answer.headers
    assert "token" not in answer.get_json()
    assert checked(running.client.get(f"/receipts/{'0' * 24}.{'A' * 43}")) == (404, "receipt")
    assert running.client.get("/contract").get_json()["receipts"] is None


def test_where_no_label_store_can_be_read_there_is_no_token(service: Make) -> None:
    running = service(**SECRET, LABEL_ACTOR_CONFIG="[]")
    assert "token" not in send(running).get_json()
    assert running.client.get(f"/receipts/{'0' * 24}.{'A' * 43}").status_code == 404


@pytest.mark.parametrize(
    ("key", "told"),
    [("9b2e7c14-5d3a-4f60-8a1b-c7d9e0f32846", True), ("photo-0000000001", False), ("0" * 64, False),
     ("00000000-0000-4000-8000-000000000001", False)],
)  # fmt: skip
def test_a_replay_tells_the_token_again_only_to_a_key_that_none_can_guess(
    service: Make, key: str, told: bool
) -> None:
    running = service(**SECRET)
    first = send(running, Idempotency_Key=key)
    again = send(running, Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.get_json()["uid"] == first.get_json()["uid"]
    assert ("token" in again.get_json(), "Location" in again.headers) == (told, told)
    if told:
        assert again.get_json()["token"] == first.get_json()["token"]


def test_who_sends_what_others_sent_does_not_get_their_token(service: Make) -> None:
    running = service(**SECRET, LIBRARIAN_WITHOUT_KEY="fingerprint")
    assert "token" in send(running).get_json()
    again = send(running)
    assert again.status_code == 200
    assert "token" not in again.get_json()


def test_an_old_page_is_told_the_token_too(service: Make) -> None:
    running = service(**SECRET)
    answer = running.client.post("/put", data={"image": "data:image/jpeg;base64,"})
    assert answer.status_code != 200
    answer = running.client.post("/put", data=PHOTO, headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200
    assert running.client.get(f"/receipts/{answer.get_json()['token']}").status_code == 200


def test_all_of_one_pseudonym_are_withdrawn_and_nothing_else(service: Make) -> None:
    running = service(**SECRET)
    mine = [place(send(running, Librarian_Contributor=PERSON)) for _ in range(3)]
    others = str(uuid.uuid4())
    theirs = [place(send(running, Librarian_Contributor=others)), place(send(running))]
    answer = running.client.delete(f"{mine[1]}?all=contributor")
    assert answer.get_json() == {"withdrawn": 3, "finished": True}
    assert [running.client.get(each).status_code for each in mine] == [410] * 3
    assert [running.client.get(each).status_code for each in theirs] == [200] * 2
    assert len(running.kept_files()) == 2


@pytest.mark.parametrize("pseudonym", ["", "anna-from-school", "0" * 32])
def test_a_pseudonym_that_others_can_guess_withdraws_nothing_but_its_own(
    service: Make, pseudonym: str
) -> None:
    running = service(**SECRET)
    mine, theirs = (
        place(send(running, Librarian_Contributor=pseudonym) if pseudonym else send(running))
        for _ in range(2)
    )
    answer = running.client.delete(f"{mine}?all=contributor")
    assert checked(answer) == (403, "contributor")
    assert running.client.get(theirs).status_code == 200
    assert running.client.delete(mine).status_code == 200
    assert running.client.get(theirs).status_code == 200


@pytest.mark.parametrize("every", ["", "yes", "contributors", "*"])
def test_what_all_may_be_is_told_before_anything_is_done(service: Make, every: str) -> None:
    running = service(**SECRET)
    mine = place(send(running, Librarian_Contributor=PERSON))
    assert checked(running.client.delete(f"{mine}?all={every}")) == (400, "all")
    assert running.client.get(mine).status_code == 200


def test_a_page_shows_it_and_withdraws_it_without_a_script(service: Make) -> None:
    running = service(**SECRET, PAGE_LANGUAGE="fi")
    mine = place(send(running, query="mood=glad", Librarian_Contributor=PERSON))
    page = running.client.get(mine, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert '<html lang="fi"' in page.text
    assert "<dt>mood</dt><dd>glad</dd>" in page.text
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert "<script" not in page.text
    unsure = running.client.post(mine, data={}, headers=BROWSER)
    assert (unsure.status_code, unsure.mimetype) == (400, "text/html")
    assert running.client.get(mine).status_code == 200
    gone = running.client.post(mine, data={"sure": "yes"}, headers=BROWSER)
    assert (gone.status_code, gone.mimetype) == (200, "text/html")
    assert "Lähettämäsi on poistettu." in gone.text
    again = running.client.get(mine, headers=BROWSER)
    assert (again.status_code, again.mimetype) == (410, "text/html")
    assert not records(running)


def test_the_page_withdraws_all_of_a_pseudonym_where_that_is_ticked(service: Make) -> None:
    running = service(**SECRET)
    mine = [place(send(running, Librarian_Contributor=PERSON)) for _ in range(2)]
    ticks = {"sure": "yes", "all": "contributor"}
    gone = running.client.post(mine[0], data=ticks, headers=BROWSER)
    assert "Your 2 contributions are removed." in gone.text
    nameless = place(send(running))
    assert 'name="all"' not in running.client.get(nameless, headers=BROWSER).text


def test_html_in_labels_and_names_is_shown_as_it_is(service: Make) -> None:
    running = service(**SECRET)
    parts = {
        "image": (io.BytesIO(PHOTO), "photo.jpg"),
        "labels": json.dumps({"<script>alert(1)</script>": "\"'><img src=x onerror=alert(1)>"}),
    }
    mine = place(running.client.post("/upload", data=parts))
    page = running.client.get(mine, headers=BROWSER).text
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert running.client.get(mine).mimetype == "application/json"


def test_the_thanks_of_the_plain_form_lead_to_the_receipt(service: Make) -> None:
    running = service(**SECRET)
    answer = running.client.post("/", data={"image": (io.BytesIO(PHOTO), "a.jpg")})
    link = answer.text.partition('<a href="/receipts/')[2].partition('"')[0]
    assert running.client.get(f"/receipts/{link}").status_code == 200


def test_a_form_of_a_page_that_may_send_works_where_origins_are_listed(service: Make) -> None:
    running = service(**SECRET, LIBRARIAN_ORIGINS="https://page.example")
    mine = place(send(running))
    page = running.client.get(mine, headers=BROWSER)
    assert page.headers["Referrer-Policy"] == "same-origin"
    for origin, status in (("https://evil.example", 403), ("null", 403), ("http://localhost", 200)):
        sent = {**BROWSER, "Origin": origin}
        answer = running.client.post(mine, data={"sure": "yes"}, headers=sent)
        assert answer.status_code == status, origin


def test_a_page_elsewhere_may_withdraw_only_if_it_may_send(service: Make) -> None:
    running = service(**SECRET, LIBRARIAN_ORIGINS="https://page.example")
    mine = place(send(running))
    evil, good = {"Origin": "https://evil.example"}, {"Origin": "https://page.example"}
    assert running.client.delete(mine, headers=evil).status_code == 403
    asked = running.client.options(mine, headers=good)
    assert "DELETE" in asked.headers["Access-Control-Allow-Methods"]
    assert running.client.delete(mine, headers=good).status_code == 200


def test_what_waits_in_the_spool_is_seen_and_withdrawn_before_it_is_stored(
    service: Make, tmp_path: Path
) -> None:
    spool = {"directory": str(tmp_path / "spool"), "when": "always"}
    running = service(**SECRET, SPOOL_CONFIG=json.dumps(spool))
    waiting = [send(running, Librarian_Contributor=PERSON) for _ in range(3)]
    places = [answer.headers["Location"] for answer in waiting]
    assert [answer.status_code for answer in waiting] == [202] * 3
    seen = running.client.get(places[0]).get_json()
    assert (seen["state"], seen["uid"]) == ("waiting", waiting[0].get_json()["uid"])
    assert running.client.delete(places[0]).status_code == 200
    assert checked(running.client.get(places[0])) == (410, "withdrawn")
    answer = running.client.delete(f"{places[1]}?all=contributor")
    assert answer.get_json()["withdrawn"] == 2
    pipeline = running.app.extensions["librarian"]
    ends = [end for _, end in pipeline.deliverer.round()]
    assert "delivered" not in ends
    assert not records(running)
    assert not running.kept_files()
    assert not pipeline.spool.names()


def test_what_was_put_aside_in_the_spool_is_seen_and_withdrawn_too(
    service: Make, tmp_path: Path
) -> None:
    spool = {"directory": str(tmp_path / "spool"), "when": "always"}
    running = service(**SECRET, SPOOL_CONFIG=json.dumps(spool))
    waiting = [send(running, Librarian_Contributor=PERSON) for _ in range(3)]
    places = [answer.headers["Location"] for answer in waiting]
    kept = running.app.extensions["librarian"].spool
    for name in kept.names():
        kept.bury(name, "too-old", "No store took it in time.")
    assert running.client.get(places[0]).get_json()["state"] == "waiting"
    assert running.client.delete(places[0]).get_json()["finished"]
    assert checked(running.client.get(places[0])) == (410, "withdrawn")
    assert len(kept.buried()) == 2
    answer = running.client.delete(f"{places[1]}?all=contributor")
    assert answer.get_json() == {"withdrawn": 2, "finished": True}
    assert kept.buried() == []
    assert [path.name for path in tmp_path.glob("spool/*/*.rec")] == []


def test_a_store_that_does_not_answer_is_our_fault_and_to_be_asked_again(
    service: Make, dead_port: int
) -> None:
    mine = place(send(service(**SECRET)))
    address = f"mongodb://{HOST}:{dead_port}/db"
    dead = {"actor": "mongo", "args": [address], "kwargs": {"timeout": 1}}
    running = service(**SECRET, LABEL_ACTOR_CONFIG=json.dumps([dead]))
    answer = running.client.get(mine)
    assert checked(answer) == (503, "unavailable")
    assert answer.get_json()["retryable"]
    assert str(dead_port) not in answer.text
    page = running.client.get(mine, headers=BROWSER)
    assert (page.status_code, page.mimetype) == (503, "text/html")
    assert running.client.delete(mine).status_code == 503
    running.app.extensions["librarian"].commit.mark.component.close()
