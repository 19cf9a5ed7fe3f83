"""Are the desk's pages for who has the key alone, and is what was sent harmless on them?"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from librarian.access import keys
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 64, 48)
REVIEW = keys.make()
KEYS = {"ACCESS_REVIEW": keys.entry_of(REVIEW, "anna")}
HTML = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def send(running: Service, **labels: Any) -> str:
    answer = running.client.put(f"/upload?{urlencode(labels)}", data=PHOTO)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["uid"])


def opened(running: Service) -> Service:
    answer = running.client.post("/desk", data={"key": REVIEW})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk")
    return running


def see(running: Service, path: str = "/desk") -> TestResponse:
    answer = running.client.get(path)
    assert answer.mimetype == "text/html"
    return answer


@pytest.mark.parametrize("path", ["/desk", "/desk?q=x", "/desk/charts", "/desk/" + "0" * 24])
def test_without_a_session_there_is_only_the_door(service: Make, path: str) -> None:
    running = service(**KEYS)
    uid = send(running, mood="glad")
    answer = see(running, path)
    assert 'name="key"' in answer.text
    assert uid not in answer.text
    assert "glad" not in answer.text
    assert running.client.get("/desk/counts").status_code == 401


def test_a_wrong_key_is_told_and_opens_nothing(service: Make) -> None:
    running = service(**KEYS)
    for key in ("", "wrong", keys.make()):
        answer = running.client.post("/desk", data={"key": key})
        assert answer.status_code == 401
        assert 'role="alert"' in answer.text
        assert "Set-Cookie" not in answer.headers


def test_where_no_key_is_configured_it_is_said_how_to_make_one(service: Make) -> None:
    assert "librarian key new --review" in see(service()).text


def test_who_signs_out_is_out(service: Make) -> None:
    running = opened(service(**KEYS))
    assert 'id="gallery"' in see(running).text
    assert running.client.post("/desk/leave").status_code == 303
    assert 'name="key"' in see(running).text


def test_values_that_are_html_or_turn_the_direction_are_shown_as_text(service: Make) -> None:
    running = opened(service(**KEYS))
    uid = send(running, mood=HTML, **{HTML: "=1+1"})
    for path in ("/desk", f"/desk/{uid}", "/desk/charts", f"/desk?{urlencode({'q': HTML})}"):
        answer = see(running, path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "&lt;script&gt;" in see(running).text


@pytest.mark.parametrize("text", ["GIF89a is old", "<svg onload='x()'/>", "OggS and so on"])
def test_what_came_as_text_is_shown_as_text(service: Make, text: str) -> None:
    taking = {"DATA_VALID_CONFIG": "[]", "INPUT_CONFIG": '{"type": "text", "tag": "note"}'}
    running = opened(service(**KEYS, **taking))
    uid = running.client.put("/upload", data=text).get_json()["uid"]
    for path in ("/desk", f"/desk/{uid}"):
        assert f'data-text="/records/{uid}/data/note"' in see(running, path).text


def test_filters_and_words_find_what_they_say(service: Make) -> None:
    running = opened(service(**KEYS))
    glad, sad = send(running, mood="glad", name="A cat"), send(running, mood="sad")
    for query, found in (
        ("", {glad, sad}), ("label=mood&value=sad&q=&since=", {sad}), ("where.mood=glad", {glad}),
        ("q=a+CAT", {glad}), (f"q={sad}", {sad}), ("state=approved", set()), ("q=none", set()),
        ("until=2001-01-01", set()), ("since=2001-01-01&state=received", {glad, sad}),
    ):  # fmt: skip
        text = see(running, f"/desk?{query}").text
        assert {uid for uid in (glad, sad) if f'data-uid="{uid}"' in text} == found, query
    today = str(running.kept_labels()[0]["_librarian"]["received_at"])[:10]
    assert f'data-uid="{glad}"' in see(running, f"/desk?until={today}").text


@pytest.mark.parametrize(
    "query", ["cursor=x", "since=soon", "state=good", "label=mood", "colour=red", "q=" + "x" * 999]
)
def test_a_filter_that_cannot_be_read_is_said_on_the_page(service: Make, query: str) -> None:
    running = opened(service(**KEYS))
    answer = see(running, f"/desk?{query}")
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_the_gallery_leads_to_what_is_older(service: Make) -> None:
    running = opened(service(**KEYS))
    uids = [send(running, mood="glad") for _ in range(62)]
    first = see(running, "/desk?label=mood&value=glad").text
    (link,) = [line for line in first.splitlines() if 'id="more"' in line]
    address = link.partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    then = see(running, address).text
    assert [uid for uid in uids if f'data-uid="{uid}"' in then] == uids[:2]
    assert 'id="more"' not in then


def test_the_single_view_tells_everything_and_leads_to_its_neighbours(service: Make) -> None:
    running = opened(service(**KEYS))
    old, one, new = (send(running, top=0.1, left=0.2, bottom=0.5, right=0.6) for _ in range(3))
    headers = {"Authorization": f"Bearer {REVIEW}"}
    change = {"state": "rejected", "reason": "blurred"}
    assert running.client.patch(f"/records/{one}", json=change, headers=headers).status_code == 200
    text = see(running, f"/desk/{one}").text
    assert "received → rejected" in text
    assert "key anna" in text
    assert "blurred" in text
    assert f'rel="next" href="/desk/{old}"' in text
    assert f'rel="prev" href="/desk/{new}"' in text
    assert see(running, "/desk/" + "f" * 24).status_code == 404


def test_counts_are_given_again_only_when_they_changed(service: Make) -> None:
    running = opened(service(**KEYS))
    send(running)
    answer = running.client.get("/desk/counts")
    assert answer.get_json()["total"] == 1
    again = running.client.get("/desk/counts", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_what_is_refused_is_counted_and_shown(service: Make) -> None:
    running = opened(service(**KEYS))
    for _ in range(2):
        assert running.client.put("/upload", data=b"no picture of mine").status_code == 415
    text = see(running, "/desk/charts").text
    assert "2 faults" in text
    assert "no picture of mine" not in text


def test_where_no_labels_can_be_read_the_desk_says_so(service: Make) -> None:
    running = service(**KEYS, LABEL_ACTOR_CONFIG='[{"actor": "print"}]')
    assert see(running).status_code == 404
