"""Does the page's plain form work, without a script, and answer in words?"""

import io
from collections.abc import Callable

from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 32, 32)
TYPED = '[{"validator": "type", "args": [{"x": "int", "mood": "str?", "<b>": "str?"}]}]'


def test_the_page_has_a_field_for_each_input_and_label(service: Make) -> None:
    answer = service(LABEL_VALID_CONFIG=TYPED).client.get("/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert 'type="file" id="in-0" name="image"' in answer.text
    assert "image/jpeg" in answer.text
    assert 'type="number" id="label-0" name="x"' in answer.text
    assert 'name="mood"' in answer.text
    assert "<b>" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_form_stores_and_says_thank_you(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "x": "3", "mood": "", "<b>": ""}
    answer = running.client.post("/", data=parts)
    assert (answer.status_code, answer.mimetype) == (201, "text/html")
    assert "Thank you" in answer.text
    (record,) = running.kept_labels()
    assert record["x"] == 3
    assert "mood" not in record
    assert record["uid"] in answer.text


def test_the_form_is_refused_in_words_with_the_same_status(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    parts = {"image": (io.BytesIO(b"%PDF-1.7"), "<i>.jpg"), "x": "three"}
    answer = running.client.post("/", data=parts)
    assert (answer.status_code, answer.mimetype) == (415, "text/html")
    assert "PDF" in answer.text
    assert "whole number" in answer.text
    assert running.is_empty()


def test_a_form_sent_without_a_file_is_refused(service: Make) -> None:
    running = service()
    answer = running.client.post("/", data={"image": (io.BytesIO(b""), "")})
    assert answer.status_code == 400
    assert "missing" in answer.text
