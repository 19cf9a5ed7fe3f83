"""Does every error leave the service as one kind of document, whoever made it?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Response, abort

from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 32, 32)


def test_an_unknown_address_is_a_problem_document(service: Make) -> None:
    answer = service().client.get("/wp-login.php")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_looking_at_the_upload_address_points_to_the_contract(service: Make) -> None:
    answer = service().client.get("/upload")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST", "PUT"}
    assert "/openapi.json" in answer.get_json()["detail"]


def test_a_bug_is_ours_and_tells_nothing_of_the_inside(
    service: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    running = service()

    def broken(*_: object) -> None:
        raise RuntimeError("/secret/path password=canary")

    monkeypatch.setattr("librarian.reading.fingerprint", broken)
    answer = running.client.put("/upload", data=PHOTO)
    assert (answer.status_code, answer.get_json()["type"]) == (500, "internal")
    assert "canary" not in answer.text
    assert "RuntimeError" in caplog.text
    assert running.is_empty()


def test_a_bug_that_meets_an_answer_already_made_is_ours_too(service: Make) -> None:
    running = service()

    @running.app.after_request
    def broken(answer: Response) -> Response:
        if answer.status_code == 201:
            raise RuntimeError("canary")
        return answer

    answer = running.client.put("/upload", data=PHOTO)
    assert (answer.status_code, answer.get_json()["type"]) == (500, "internal")
    assert "canary" not in answer.text


@pytest.mark.parametrize(
    ("code", "status", "slug"), [(418, 400, "receive"), (501, 500, "internal")]
)
def test_what_else_the_framework_raises_is_told_by_whose_fault_it_is(
    service: Make, code: int, status: int, slug: str
) -> None:
    running = service()
    running.app.add_url_rule("/raises", view_func=lambda: abort(code))
    answer = running.client.get("/raises")
    assert (answer.status_code, answer.get_json()["type"]) == (status, slug)


def test_a_data_store_that_fails_is_507_and_nothing_is_kept(service: Make, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands where the folder should be")
    running = service()
    answer = running.client.put("/upload", data=PHOTO)
    assert (answer.status_code, answer.get_json()["type"]) == (507, "data-store")
    assert answer.get_json()["retryable"] is True
    assert int(answer.headers["Retry-After"]) > 0
    assert str(tmp_path) not in answer.text
    assert running.kept_labels() == []


def test_a_label_store_that_fails_is_502_and_the_data_are_taken_back(
    service: Make, tmp_path: Path
) -> None:
    broken = tmp_path / "no.sqlite"
    broken.write_bytes(b"this is no database, and it is longer than a header" * 40)
    label_store = json.dumps([{"actor": "sqlite", "args": [str(broken)]}])
    running = service(LABEL_ACTOR_CONFIG=label_store)
    answer = running.client.put("/upload", data=PHOTO)
    assert (answer.status_code, answer.get_json()["type"]) == (502, "label-store")
    assert int(answer.headers["Retry-After"]) > 0
    assert running.kept_files() == []


def test_readiness_names_the_store_that_does_not_answer(service: Make, tmp_path: Path) -> None:
    broken = tmp_path / "no.sqlite"
    broken.write_bytes(b"this is no database, and it is longer than a header" * 40)
    label_store = json.dumps([{"actor": "sqlite", "args": [str(broken)]}])
    answer = service(LABEL_ACTOR_CONFIG=label_store).client.get("/readyz")
    assert (answer.status_code, answer.get_json()["type"]) == (503, "overload")
    assert "LABEL_ACTOR_CONFIG[0]" in answer.get_json()["detail"]
    assert str(tmp_path) not in answer.text


def test_a_ready_service_says_so(service: Make) -> None:
    assert service().client.get("/readyz").get_json() == {"status": "ready"}
    assert service().client.get("/livez").get_json() == {"status": "alive"}
    assert set(service().client.get("/version").get_json()) == {"name", "version", "config"}
