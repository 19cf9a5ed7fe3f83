"""What stands on every answer: request id, CORS, caution?"""

from collections.abc import Callable

import pytest

from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 32, 32)
PATHS = (
    "/",
    "/upload",
    "/nothing",
    "/livez",
    "/readyz",
    "/version",
    "/openapi.json",
    "/static/page.css",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_readable_from_every_page(service: Make, path: str) -> None:
    answer = service().client.get(path, headers={"Origin": "https://pages.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    kept = path == "/" or path.startswith("/static/")  # Back must not empty the form
    assert kept or answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-Id"]) == 32
    answer.close()


@pytest.mark.parametrize("path", ["/upload", "/put", "/upload/" + "k" * 16])
def test_a_preflight_names_the_methods_of_the_address(service: Make, path: str) -> None:
    asking = {
        "Origin": "https://pages.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, idempotency-key",
    }
    answer = service().client.options(path, headers=asking)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    wanted = "PUT" if path.startswith("/upload/") else "POST"
    assert wanted in answer.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]


def test_a_request_id_is_taken_over_only_if_it_is_harmless(service: Make) -> None:
    client = service().client
    good = client.get("/livez", headers={"X-Request-Id": "abc-123.XYZ"})
    assert good.headers["X-Request-Id"] == "abc-123.XYZ"
    for harmful in (
        "a b<script>",
        "short",
        "x" * 65,
        "täääääääääst",
    ):
        bad = client.get("/livez", headers={"X-Request-Id": harmful})
        assert len(bad.headers["X-Request-Id"]) == 32


def test_a_page_that_is_not_listed_may_not_send(service: Make) -> None:
    running = service(LIBRARIAN_ORIGINS="https://a.example, https://b.example")
    listed = running.client.put("/upload", data=PHOTO, headers={"Origin": "https://b.example"})
    assert listed.status_code == 201
    assert listed.headers["Access-Control-Allow-Origin"] == "https://b.example"
    assert "Origin" in listed.headers["Vary"]
    other = running.client.put("/upload", data=PHOTO, headers={"Origin": "https://evil.example"})
    assert other.status_code == 403
    assert other.get_json()["type"] == "forbidden"
    assert "Access-Control-Allow-Origin" not in other.headers
    own = running.client.put("/upload", data=PHOTO, headers={"Origin": "http://localhost"})
    assert own.status_code == 201
    assert len(running.kept_labels()) == 2


def test_a_log_line_names_uid_and_stage_but_no_label(
    service: Make, caplog: pytest.LogCaptureFixture
) -> None:
    running = service()
    with caplog.at_level("INFO", "librarian.requests"):
        receipt = running.client.put("/upload?mood=secretly", data=PHOTO).get_json()
        running.client.put("/upload?mood=secretly", data=b"%PDF-")
    lines = [record.getMessage() for record in caplog.records]
    assert receipt["uid"] in lines[0]
    assert "stage=type" in lines[1]
    assert "format" in lines[1]
    assert "secretly" not in "".join(lines)
