"""Does one upload, in each encoding, come to the stores as it was sent, and is the rest refused?"""

import base64
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import pytest
from werkzeug.test import TestResponse

from librarian import memory
from tests.pictures import make
from tests.web.conftest import Service

Make = Callable[..., Service]
PHOTO = make("JPEG", 64, 48)
CODE = base64.b64encode(PHOTO).decode()
TYPED = '[{"validator": "type", "args": [{"x": "int?", "mood": "str?"}]}]'


def form(service: Service, path: str, text: str) -> TestResponse:
    return service.client.post(
        path, data=text, content_type="application/x-www-form-urlencoded;charset=UTF-8"
    )


def send(service: Service, encoding: str) -> TestResponse:
    """Send the photo with the labels x=3 and mood=calm in one of the encodings."""
    client = service.client
    if encoding == "form":
        return form(service, "/upload?x=3", f"image={quote_plus(CODE)}&mood=calm")
    if encoding == "form with labels":
        labels = quote_plus('{"x": 3, "mood": "calm"}')
        return form(service, "/upload", f"image={quote_plus(CODE)}&labels={labels}")
    if encoding == "json":
        body = {"image": CODE, "labels": {"x": 3.0, "mood": "calm"}}
        return client.put("/upload", json=body)
    if encoding == "json and query":
        return client.put("/upload?x=3&mood=calm", json={"image": "data:image/jpeg;base64," + CODE})
    if encoding == "multipart":
        parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "x": "3", "mood": "calm"}
        return client.post("/upload", data=parts)
    if encoding == "multipart with labels":
        parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "labels": '{"x": 3, "mood": "calm"}'}
        return client.post("/upload", data=parts)
    if encoding == "multipart base64":
        return client.post(
            "/upload?x=3&mood=calm", data={"image": CODE}, content_type="multipart/form-data"
        )
    if encoding == "raw image":
        return client.put("/upload?x=3&mood=calm", data=PHOTO, content_type="image/jpeg")
    if encoding == "raw bytes":
        return client.put(
            "/upload?x=3&mood=calm", data=PHOTO, content_type="application/octet-stream"
        )
    if encoding == "raw untyped":
        return client.put("/upload?x=3&mood=calm", data=PHOTO)
    return client.post("/upload?x=3&mood=calm", data=CODE, content_type="text/plain")


ENCODINGS = (
    "form", "form with labels", "json", "json and query", "multipart", "multipart with labels",
    "multipart base64", "raw image", "raw bytes", "raw untyped", "text body",
)  # fmt: skip


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_row_of_the_encodings_table_is_stored_byte_for_byte(
    service: Make, encoding: str
) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    answer = send(running, encoding)
    assert answer.status_code == 201, answer.text
    receipt = answer.get_json()
    assert [path.read_bytes() for path in running.kept_files()] == [PHOTO]
    (record,) = running.kept_labels()
    assert record["_id"] == record["uid"] == receipt["uid"]
    assert (record["x"], record["mood"]) == (3, "calm")
    assert isinstance(record["x"], int)
    assert receipt["labels"] == {"x": 3, "mood": "calm"}
    assert receipt["replayed"] is False
    assert receipt["data"][0]["bytes"] == len(PHOTO)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_upload_is_taken_compressed(service: Make, encoding: str) -> None:
    running = service()
    running.client.environ_base["HTTP_CONTENT_ENCODING"] = "gzip"
    answer = send(running, encoding)
    assert problem(answer) == (415, "type", "content-encoding")
    assert running.is_empty()


def problem(answer: TestResponse) -> tuple[int, str, str]:
    """Give status, slug and first rule, after checking the whole problem document."""
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    document: dict[str, Any] = answer.get_json()
    assert document["status"] == answer.status_code
    assert document["instance"] == answer.headers["X-Request-Id"]
    assert document["stage"] == document["type"]
    assert document["detail"] == document["errors"][0]["message"]
    assert isinstance(document["retryable"], bool)
    return answer.status_code, document["type"], document["errors"][0]["rule"]


JPEG_TYPE = "image/jpeg"
BAD: dict[str, tuple[dict[str, Any], tuple[int, str, str]]] = {
    "no body at all": ({"path": "/upload", "data": b""}, (400, "receive", "empty")),
    "an empty form": (
        {"data": "", "content_type": "application/x-www-form-urlencoded"},
        (400, "receive", "required"),
    ),
    "a form without the tag": (
        {"data": "picture=abc", "content_type": "application/x-www-form-urlencoded"},
        (400, "receive", "required"),
    ),
    "base64 with a bad character": (
        {"json": {"image": "!" + CODE[1:]}}, (400, "receive", "base64"),
    ),
    "base64 with bad padding": ({"json": {"image": "QUJDR"}}, (400, "receive", "base64")),
    "base64 of nothing": ({"json": {"image": ""}}, (400, "receive", "empty")),
    "base64 that is a number": ({"json": {"image": 3}}, (400, "receive", "base64")),
    "JSON that is a list": ({"json": [1]}, (400, "receive", "json")),
    "JSON that is broken": (
        {"data": b'{"image": ', "content_type": "application/json"}, (400, "receive", "json"),
    ),
    "JSON with a name twice": (
        {"data": b'{"image": "", "image": ""}', "content_type": "application/json"},
        (400, "receive", "json"),
    ),
    "JSON with NaN": (
        {"json": {"image": CODE, "labels": {"x": float("nan")}}}, (400, "receive", "json"),
    ),
    "JSON that is not UTF-8": (
        {"data": b'{"image": "\xff"}', "content_type": "application/json"},
        (400, "receive", "json"),
    ),
    "JSON with an unknown member": (
        {"json": {"image": CODE, "x": 3}}, (400, "receive", "unexpected"),
    ),
    "a form that is not UTF-8": (
        {"data": b"image=%FF", "content_type": "application/x-www-form-urlencoded"},
        (400, "receive", "utf-8"),
    ),
    "a query that is not UTF-8": (
        {"path": "/upload?x=%FF", "data": PHOTO}, (400, "receive", "utf-8"),
    ),
    "a multipart form without a boundary": (
        {"data": b"--a\r\n", "content_type": "multipart/form-data"},
        (400, "receive", "multipart"),
    ),
    "a multipart form cut off": (
        {
            "data": b'--a\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc',
            "content_type": "multipart/form-data; boundary=a",
        },
        (400, "receive", "multipart"),
    ),
    "a part whose headers never end": (
        {
            "data": b"--a\r\n" + b"X-Junk: x\r\n" * 20_000,
            "content_type": "multipart/form-data; boundary=a",
        },
        (400, "receive", "multipart"),
    ),
    "more fields than are taken": (
        {"data": "&".join(["a=1"] * 1001), "content_type": "application/x-www-form-urlencoded"},
        (400, "receive", "count"),
    ),
    "JSON of nothing but brackets": (
        {"data": b"[" * 300_000, "content_type": "application/json"}, (400, "receive", "json"),
    ),
    "another kind of multipart": (
        {"data": b"--a--", "content_type": "multipart/mixed; boundary=a"},
        (415, "type", "content-type"),
    ),
    "the tag twice": (
        {
            "data": f"image={quote_plus(CODE)}&image={quote_plus(CODE)}",
            "content_type": "application/x-www-form-urlencoded",
        },
        (400, "receive", "repeated"),
    ),
    "a label twice": ({"path": "/upload?x=1&x=2", "data": PHOTO}, (400, "receive", "repeated")),
    "a label in two places with two values": (
        {"path": "/upload?x=1", "json": {"image": CODE, "labels": {"x": 2}}},
        (400, "receive", "contradiction"),
    ),
    "labels that are a list": (
        {"json": {"image": CODE, "labels": [1]}}, (400, "receive", "json"),
    ),
    "a short key": (
        {"path": "/upload/short", "method": "PUT", "data": PHOTO}, (400, "receive", "key"),
    ),
    "a short key in the header": (
        {"data": PHOTO, "headers": {"Idempotency-Key": "short"}}, (400, "receive", "key"),
    ),
    "two different keys": (
        {
            "path": "/upload/" + "a" * 16, "method": "PUT", "data": PHOTO,
            "headers": {"Idempotency-Key": "b" * 16},
        },
        (400, "receive", "key"),
    ),
    "a PDF": (
        {"data": b"%PDF-1.7 " + b"x" * 90, "content_type": JPEG_TYPE}, (415, "type", "format"),
    ),
    "a web page": (
        {"data": b"<!doctype html><title>x</title>", "content_type": JPEG_TYPE},
        (415, "type", "format"),
    ),
    "half a photo": ({"data": PHOTO[: len(PHOTO) // 2]}, (406, "data-validation", "truncated")),
    "a word where a number is declared": (
        {"path": "/upload?x=three", "data": PHOTO}, (422, "label-validation", "type"),
    ),
    "a fraction where a whole number is declared": (
        {"path": "/upload?x=3.0", "data": PHOTO}, (422, "label-validation", "type"),
    ),
    "a number in quotes in JSON": (
        {"json": {"image": CODE, "labels": {"x": "3"}}}, (422, "label-validation", "type"),
    ),
    "true where a number is declared": (
        {"json": {"image": CODE, "labels": {"x": True}}}, (422, "label-validation", "type"),
    ),
    "a label called _id": (
        {"path": "/upload?_id=1", "data": PHOTO}, (422, "label-validation", "reserved"),
    ),
    "a label with a dollar": (
        {"json": {"image": CODE, "labels": {"mood": "a", "$where": "1"}}},
        (422, "label-validation", "name"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_in_its_stage_and_nothing_is_kept(service: Make, name: str) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    request, expected = BAD[name]
    answer = running.client.open(**{"path": "/upload", "method": "POST", **request})
    assert problem(answer) == expected
    assert running.is_empty()


def test_label_and_data_faults_are_told_together(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    answer = running.client.put("/upload?x=three", data=PHOTO[:300])
    assert problem(answer) == (422, "label-validation", "type")
    stages = [error["stage"] for error in answer.get_json()["errors"]]
    assert stages == ["label-validation", "data-validation"]


def test_a_fault_of_the_query_names_its_parameter_and_another_its_pointer(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    told = running.client.put("/upload?x=three", data=PHOTO).get_json()["errors"][0]
    assert told["parameter"] == "x"
    body = {"image": CODE, "labels": {"x": "three"}}
    told = running.client.put("/upload", json=body).get_json()["errors"][0]
    assert told["pointer"] == "/labels/x"
    assert told["limit"] == "int"


def test_an_upload_above_the_limit_is_refused_as_size(service: Make) -> None:
    running = service(LIBRARIAN_MAX_BYTES="1000")
    big = make("JPEG", 640, 480)
    assert problem(running.client.put("/upload", data=big)) == (413, "size", "bytes")
    assert running.is_empty()


def test_a_body_above_every_limit_is_refused_before_it_is_read_whole(service: Make) -> None:
    running = service(LIBRARIAN_MAX_BYTES="1000")
    answer = running.client.put("/upload", data=b"x" * (2**20 + 5000))
    assert problem(answer) == (413, "size", "body")
    assert running.is_empty()


def test_an_image_of_too_many_pixels_is_refused_as_size(service: Make) -> None:
    running = service(LIBRARIAN_MAX_PIXELS="1000")
    assert problem(running.client.put("/upload", data=PHOTO)) == (413, "size", "pixels")
    assert running.is_empty()


def test_a_body_that_ends_before_its_announced_length_is_refused(service: Make) -> None:
    running = service()
    answer = running.client.put(
        "/upload", data=PHOTO, environ_overrides={"CONTENT_LENGTH": str(len(PHOTO) + 9)}
    )
    assert problem(answer) == (400, "receive", "incomplete")
    assert answer.json is not None
    assert (answer.json["retryable"], answer.headers["Retry-After"]) == (True, "1")
    assert running.is_empty()


def test_an_input_in_an_encoding_that_it_does_not_take_is_refused_as_type(service: Make) -> None:
    running = service(INPUT_CONFIG='{"type": "base64", "tag": "image"}')
    raw = running.client.put("/upload", data=PHOTO, content_type="image/jpeg")
    assert problem(raw) == (415, "type", "encoding")
    parts = {"image": (io.BytesIO(PHOTO), "a.jpg")}
    assert problem(running.client.post("/upload", data=parts)) == (415, "type", "encoding")
    assert running.is_empty()


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a;b.jpg", "=cmd|x", "<svg onload=x>.jpg", "ä 猫.jpg"],
)
def test_a_files_name_is_kept_as_it_is_and_never_used(service: Make, name: str) -> None:
    running = service()
    answer = running.client.post("/upload", data={"image": (io.BytesIO(PHOTO), name)})
    assert answer.status_code == 201, answer.text
    (record,) = running.kept_labels()
    (kept,) = running.kept_files()
    assert record["_librarian"]["data"][0]["filename"] == name
    assert kept.parent == running.folder / "data"
    assert kept.name == record["uid"] + ".jpg"
    assert name not in str(answer.headers)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("gpj.\u202etac.exe", "characters"), ("a\x01.jpg", "characters"), ("n" * 256, "length")],
)
def test_a_files_name_with_hidden_characters_is_refused(
    service: Make, name: str, rule: str
) -> None:
    running = service()
    answer = running.client.post("/upload", data={"image": (io.BytesIO(PHOTO), name)})
    assert problem(answer) == (422, "label-validation", rule)
    assert name not in answer.text
    assert running.is_empty()


def test_a_picture_that_takes_more_memory_than_there_is_is_refused_as_size(
    service: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = service()
    monkeypatch.setattr(memory.PICTURES, "total", 2**20)
    content = make("WEBP", 640, 480)
    assert problem(running.client.put("/upload", data=content)) == (413, "size", "memory")
    assert running.is_empty()


@pytest.mark.parametrize("kind", ["BODIES", "PICTURES"])
def test_who_waits_too_long_for_memory_is_told_to_come_again(
    service: Make, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    running, budget = service(), getattr(memory, kind)
    monkeypatch.setattr(memory, "PATIENCE", 0.05)
    content = make("WEBP", 64, 48)  # all of which must be decoded
    with budget.hold(budget.total):
        answer = running.client.put("/upload", data=content)
    assert problem(answer) == (503, "overload", "memory")
    assert int(answer.headers["Retry-After"]) > 0
    assert running.is_empty()
    assert running.client.put("/upload", data=content).status_code == 201


def test_several_inputs_come_in_one_request(service: Make) -> None:
    inputs = [
        {"type": "file", "tag": "image"},
        {"type": "file", "tag": "mask"},
        {"type": "text", "tag": "note", "required": False},
    ]
    running = service(
        INPUT_CONFIG=json.dumps(inputs),
        DATA_VALID_CONFIG=json.dumps(
            [{"validator": "img", "input": "image"}, {"validator": "img", "input": "mask"}]
        ),
    )
    mask = make("PNG", 64, 48)
    parts: dict[str, Any] = {
        "image": (io.BytesIO(PHOTO), "a.jpg"),
        "mask": (io.BytesIO(mask), "a.png"),
        "note": "a tree",
    }
    answer = running.client.post("/upload", data=parts)
    assert answer.status_code == 201, answer.text
    assert {path.read_bytes() for path in running.kept_files()} == {PHOTO, mask, b"a tree"}
    (record,) = running.kept_labels()
    names = [each["stored"][0]["name"] for each in record["_librarian"]["data"]]
    assert len(set(names)) == 3
    assert all(name.startswith(record["uid"]) for name in names)
    parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "mask": (io.BytesIO(mask), "a.png")}
    assert running.client.post("/upload", data=parts).status_code == 201


def test_the_same_key_with_the_same_content_is_stored_once(service: Make) -> None:
    running = service()
    key = "k" * 20
    first = running.client.put(f"/upload/{key}?mood=calm", data=PHOTO)
    again = running.client.put("/upload?mood=calm", data=PHOTO, headers={"Idempotency-Key": key})
    quoted = running.client.post(
        "/upload?mood=calm", data=PHOTO, headers={"Idempotency-Key": f'"{key}"'}
    )
    assert (first.status_code, again.status_code, quoted.status_code) == (201, 200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.get_json() == {**first.get_json(), "replayed": True} == quoted.get_json()
    assert len(running.kept_files()) == len(running.kept_labels()) == 1


def test_the_same_key_with_other_content_is_refused_and_keeps_nothing_more(service: Make) -> None:
    running = service()
    path = "/upload/" + "k" * 20
    assert running.client.put(path, data=PHOTO).status_code == 201
    assert problem(running.client.put(path + "?x=1", data=PHOTO)) == (
        422, "key-reused", "key-reused",
    )  # fmt: skip
    assert len(running.kept_files()) == len(running.kept_labels()) == 1


def test_without_a_key_the_same_thing_sent_twice_is_two_records(service: Make) -> None:
    running = service()
    assert running.client.put("/upload", data=PHOTO).status_code == 201
    assert running.client.put("/upload", data=PHOTO).status_code == 201
    assert len(running.kept_labels()) == 2


def test_equal_content_is_one_record_where_the_operator_asks_for_it(service: Make) -> None:
    running = service(LIBRARIAN_WITHOUT_KEY="fingerprint")
    statuses = [running.client.put("/upload?x=1", data=PHOTO).status_code for _ in range(2)]
    assert statuses == [201, 200]
    assert running.client.put("/upload?x=2", data=PHOTO).status_code == 201
    assert len(running.kept_labels()) == 2


def test_the_page_of_2020_gets_200_and_its_labels_are_read_as_its_collection_has_them(
    service: Make,
) -> None:
    running = service(INPUT_CONFIG='{"type": "base64", "tag": "image"}')
    path = (
        "/put?top=0.1&left=0.2&bottom=0.7&right=0.6&rotate=0.000000&aspect_ratio=1.5"
        "&filename=my photo.jpg"
    )
    answers = [form(running, path, f"image={quote_plus(CODE)}") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    (record,) = running.kept_labels()
    assert {k: v for k, v in record.items() if k not in ("_id", "uid", "_librarian")} == {
        "top": 0.1, "left": 0.2, "bottom": 0.7, "right": 0.6, "rotate": 0.0, "aspect_ratio": 1.5,
        "filename": "my photo.jpg",
    }  # fmt: skip


def test_labels_in_the_other_order_are_the_same_content(service: Make) -> None:
    running = service()
    path = "/upload/" + "k" * 20
    assert running.client.put(path + "?a=1&b=2", data=PHOTO).status_code == 201
    assert running.client.put(path + "?b=2&a=1", data=PHOTO).status_code == 200


def test_statuses_can_be_overridden_and_the_document_says_so(service: Make) -> None:
    running = service(STATUS_CONFIG='{"receive": 422}', STATUS_TYPE="400")
    assert problem(running.client.post("/upload", data=b""))[0] == 422
    assert problem(running.client.put("/upload", data=b"%PDF-1"))[0] == 400
