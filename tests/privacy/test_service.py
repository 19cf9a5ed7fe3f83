"""Does the service keep what PRIVACY_CONFIG says, over HTTP and on the embedded stores?"""

import hashlib
import io
import json
import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from librarian.problem import ConfigError
from librarian.settings import load
from librarian.web import create_app
from tests.pictures import make
from tests.privacy import photos
from tests.privacy.test_location import stripped

STORES = {
    "DATA_ACTOR_CONFIG": '[{"actor": "file", "args": ["data"]}]',
    "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
}
KEY = {"Idempotency-Key": "0123456789abcdef"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
MP4 = struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0) + bytes(64)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)


def client(**variables: str) -> FlaskClient:
    return create_app(load(variables)).test_client()


def with_stores(**variables: str) -> FlaskClient:
    return client(**STORES, **variables)


def send(to: FlaskClient, content: bytes, **headers: str) -> TestResponse:
    return to.put("/upload?label=cat", data=content, headers=headers)


def records(file: str = "labels.sqlite") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute("SELECT document FROM contributions").fetchall()
    return [json.loads(document) for (document,) in rows]


def kept(folder: str = "data") -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()]


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", [name for name in photos.PHOTOS if name != "TIFF"])
def test_the_embedded_default_keeps_no_place(name: str) -> None:
    photo = photos.CONTENT[name]
    if name in ("PNG", "GIF"):  # of which `img` refuses what stands behind the end
        photo = photo.removesuffix(photos.TOWN.encode())
    answer = send(client(), photo)
    assert answer.status_code == 201, answer.text
    (told,) = answer.get_json()["data"]
    (file,) = kept("librarian-data/images")
    (record,) = records("librarian-data/labels.sqlite")
    assert not photos.found(file)
    assert len(file) == len(photo) == told["bytes"]
    assert (told["sha256"], told["received_sha256"]) == (sha256(file), sha256(photo))
    assert told["removed"] == list(stripped(photo).removed)
    (item,) = record["_librarian"]["data"]
    assert {name: value for name, value in item.items() if name != "stored"} == told
    assert photos.decoded(file, name) == photos.decoded(photo, name)
    assert not any(photos.found(path) for path in kept("librarian-data"))


def test_a_tiff_that_an_owner_accepts_keeps_no_place() -> None:
    service = with_stores(
        DATA_VALID_CONFIG='[{"validator": "img", "kwargs": {"formats": ["TIFF"]}}]'
    )
    assert send(service, photos.CONTENT["TIFF"]).status_code == 201
    (file,) = kept()
    assert not photos.found(file)


def test_a_photo_without_a_place_has_one_hash() -> None:
    photo = make("JPEG", 64, 48, orientation=6)
    (told,) = send(client(), photo).get_json()["data"]
    assert told["sha256"] == told["received_sha256"] == sha256(photo)
    assert "removed" not in told
    assert kept("librarian-data/images") == [photo]


def test_none_keeps_photos_as_they_are_sent() -> None:
    (told,) = send(client(PRIVACY_STRIP="none"), photos.CONTENT["JPEG"]).get_json()["data"]
    assert told["sha256"] == told["received_sha256"]
    assert kept("librarian-data/images") == [photos.CONTENT["JPEG"]]


def test_all_keeps_nothing_beside_the_picture() -> None:
    photo = photos.CONTENT["JPEG"]
    (told,) = send(client(PRIVACY_STRIP="all"), photo).get_json()["data"]
    (file,) = kept("librarian-data/images")
    assert told["sha256"] == sha256(file) != told["received_sha256"] == sha256(photo)
    assert told["bytes"] == len(file) < len(photo)
    assert "exif" in told["removed"]
    assert told["orientation"] == 6


def test_text_and_json_pass_as_they_are() -> None:
    service = with_stores(
        INPUT_CONFIG='[{"type": "text", "tag": "sentence"}, {"type": "json", "tag": "box"}]'
    )
    sent = {"sentence": "GPS 52,31.8675309N", "box": {"GPSLatitude": 52.5}}
    answer = service.post("/upload", json=sent)
    assert answer.status_code == 201, answer.text
    assert all(each["sha256"] == each["received_sha256"] for each in answer.get_json()["data"])
    assert sorted(kept())[0] == b"GPS 52,31.8675309N"


@pytest.mark.parametrize("strip", ["location", "all"])
@pytest.mark.parametrize(
    "text",
    ["GIF89a is an old format, who remembers it?", "<svg> is the tag I like best",
     "II*\0 begins a TIFF, GIF87a a GIF"],
)  # fmt: skip
def test_a_text_that_begins_like_a_picture_is_kept_as_it_came(text: str, strip: str) -> None:
    service = with_stores(INPUT_CONFIG='{"type": "text", "tag": "text"}', PRIVACY_STRIP=strip)
    answer = service.post("/upload?mood=glad", data={"text": text})
    assert answer.status_code == 201, answer.text
    (told,) = answer.get_json()["data"]
    assert (told["media_type"], told["sha256"]) == ("text/plain", sha256(text.encode()))
    assert "removed" not in told
    assert kept() == [text.encode()]
    assert [path.suffix for path in Path("data").rglob("*") if path.is_file()] == [".txt"]


def test_a_photo_that_comes_as_a_text_file_keeps_no_place() -> None:
    service = with_stores(INPUT_CONFIG='{"type": "text", "tag": "text"}')
    photo = io.BytesIO(photos.CONTENT["JPEG"])
    answer = service.post("/upload", data={"text": (photo, "a.txt")})
    assert answer.status_code == 201, answer.text
    (file,) = kept()
    assert not photos.found(file)


def test_text_is_refused_where_its_owner_wants_another_kind() -> None:
    service = with_stores(
        INPUT_CONFIG='{"type": ["text", "file"], "tag": "text"}',
        DATA_VALID_CONFIG='[{"validator": "file", "args": [[".gif"]]}]',
    )
    answer = service.post("/upload", data={"text": "GIF89a is an old format"})
    problem = answer.get_json()
    assert (answer.status_code, problem["errors"][0]["actual"]) == (415, "text/plain")
    assert not kept()


@pytest.mark.parametrize("everything", [False, True])
def test_what_is_not_sure_is_refused_and_nothing_is_kept(everything: bool) -> None:
    raw = photos.CONTENT["TIFF"].replace(
        struct.pack("<HHIH", 262, 3, 1, 2), struct.pack("<HHIH", 262, 3, 1, 32803)
    )
    answer = send(with_stores(PRIVACY_STRIP="all" if everything else "location"), raw)
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (406, "data-validation")
    assert problem["errors"][0]["rule"] == "location"
    assert not kept()
    assert not Path("labels.sqlite").exists()


@pytest.mark.parametrize(("content", "word"), [(SVG, "SVG"), (MP4, "MP4")])
def test_a_kind_whose_place_cannot_be_taken_out_is_no_kind_taken(content: bytes, word: str) -> None:
    answer = send(with_stores(), content)
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (415, "type")
    assert word in problem["detail"]
    assert not Path("data").exists()
    assert send(with_stores(PRIVACY_STRIP="none"), content).status_code == 201


def test_what_a_validator_refuses_is_told_once() -> None:
    service = with_stores(DATA_VALID_CONFIG='[{"validator": "img"}]')
    errors = send(service, SVG).get_json()["errors"]
    assert [error["rule"] for error in errors] == ["format"]


@pytest.mark.parametrize("kinds", [["image/svg+xml", ".png"], [".jpg", "video/mp4"], ["image/*"]])
def test_a_check_that_lets_such_a_kind_through_is_a_fault_of_the_configuration(
    kinds: list[str],
) -> None:
    check = {"validator": "file", "args": [kinds]}
    chain = {"DATA_VALID_CONFIG": json.dumps([check])}
    with pytest.raises(ConfigError) as caught:
        load(STORES | chain)
    (problem,) = caught.value.problems
    assert problem.path == "DATA_VALID_CONFIG[0]"
    assert "PRIVACY_STRIP=none" in problem.message
    load(STORES | chain | {"PRIVACY_STRIP": "none"})
    both = {"DATA_VALID_CONFIG": json.dumps([check, {"validator": "img"}])}
    load(STORES | both)


def test_a_replay_after_the_settings_changed_is_a_replay() -> None:
    photo = photos.CONTENT["PNG"]
    first = send(with_stores(PRIVACY_STRIP="none"), photo, **KEY)
    later = send(with_stores(PRIVACY_STRIP="all", PRIVACY_KEEP_IP="yes"), photo, **KEY)
    assert (first.status_code, later.status_code) == (201, 200)
    assert later.get_json() == first.get_json() | {"replayed": True}
    assert kept() == [photo]


def test_what_waits_in_the_spool_tells_no_place() -> None:
    told = {"SPOOL_DIRECTORY": "spool", "SPOOL_WHEN": "always", "PRIVACY_KEEP_IP": "yes",
            "PRIVACY_CONSENT_TEXT": "Yes.", "PRIVACY_CONSENT_VERSION": "v1"}  # fmt: skip
    app = create_app(load(STORES | told))
    answer = send(app.test_client(), photos.CONTENT["JPEG"], **{"Librarian-Consent": "v1"})
    assert answer.status_code == 202, answer.text
    assert not any(photos.found(file) for file in kept("spool"))
    pipeline = app.extensions["librarian"]
    (name,) = pipeline.spool.names()
    waiting = pipeline.spool.read(name).record
    assert waiting.sender == {"consent": {"version": "v1", "text": "Yes."}, "ip": "127.0.0.1"}
    (part,) = waiting.data
    told_item = answer.get_json()["data"][0]
    assert (part.sha256, part.received_sha256) == (
        told_item["sha256"],
        told_item["received_sha256"],
    )
    assert list(part.removed) == told_item["removed"]


def test_a_converted_image_has_a_hash_of_its_own() -> None:
    actor = '[{"actor": "image", "args": ["data"], "kwargs": {"convert": "PNG"}}]'
    photo = photos.CONTENT["JPEG"]
    assert send(client(**STORES | {"DATA_ACTOR_CONFIG": actor}), photo).status_code == 201
    (file,) = kept()
    (item,) = records()[0]["_librarian"]["data"]
    (stored,) = item["stored"]
    assert (stored["sha256"], stored["bytes"]) == (sha256(file), len(file))
    assert item["received_sha256"] == sha256(photo)
    assert not photos.found(file)


CONSENT = {
    "PRIVACY_CONSENT_TEXT": "Anyone may use <my> photo.",
    "PRIVACY_CONSENT_VERSION": "2026-11",
}


def test_consent_is_kept_with_its_text() -> None:
    photo = make("JPEG", 64, 48)
    assert (
        send(with_stores(**CONSENT), photo, **{"Librarian-Consent": "2026-11"}).status_code == 201
    )
    (record,) = records()
    told = {"version": "2026-11", "text": "Anyone may use <my> photo."}
    assert record["_librarian"]["consent"] == told


def test_without_consent_a_record_says_nothing_of_it() -> None:
    assert send(with_stores(**CONSENT), make("JPEG", 64, 48)).status_code == 201
    assert "consent" not in records()[0]["_librarian"]


@pytest.mark.parametrize("variables", [CONSENT, {}])
def test_consent_to_another_text_is_refused_and_nothing_is_kept(variables: dict[str, str]) -> None:
    answer = send(
        with_stores(**variables), make("JPEG", 64, 48), **{"Librarian-Consent": "2025-01"}
    )
    problem = answer.get_json()
    assert (answer.status_code, problem["errors"][0]["rule"]) == (400, "consent")
    assert not Path("data").exists()


def test_a_replay_is_answered_though_the_text_has_changed() -> None:
    photo, agreed = make("JPEG", 64, 48), {"Librarian-Consent": "2026-11", **KEY}
    assert send(with_stores(**CONSENT), photo, **agreed).status_code == 201
    newer = CONSENT | {"PRIVACY_CONSENT_VERSION": "2026-12"}
    assert send(with_stores(**newer), photo, **agreed).status_code == 200
    assert records()[0]["_librarian"]["consent"]["version"] == "2026-11"
    assert send(with_stores(**newer), make("JPEG", 60, 48), **agreed).status_code == 422


def test_the_page_shows_the_text_and_its_form_sends_the_version() -> None:
    service = with_stores(**CONSENT)
    page = service.get("/").text
    assert "Anyone may use &lt;my&gt; photo." in page
    assert re.search(r'type="checkbox"[^>]* name="_consent" value="2026-11"[^>]* required>', page)
    parts = {"image": (io.BytesIO(make("JPEG", 64, 48)), "a.jpg"), "_consent": "2026-11"}
    assert service.post("/", data=parts).status_code == 201
    (record,) = records()
    assert record["_librarian"]["consent"]["version"] == "2026-11"
    assert "_consent" not in record


def test_a_page_elsewhere_may_send_consent() -> None:
    answer = client().options("/upload")
    assert "Librarian-Consent" in answer.headers["Access-Control-Allow-Headers"]
    document = with_stores(**CONSENT).get("/openapi.json").get_json()
    (header,) = [each for each in document["paths"]["/upload"]["post"]["parameters"]
                 if each["name"] == "Librarian-Consent"]  # fmt: skip
    assert header["schema"]["enum"] == ["2026-11"]


@pytest.mark.parametrize(("strip", "says"), [
    ("location", "Where a picture was taken is left out"),
    ("all", "Of a picture only what it shows is kept"),
    ("none", "some cameras write the place"),
])  # fmt: skip
def test_the_page_says_what_is_kept(strip: str, says: str) -> None:
    page = client(PRIVACY_STRIP=strip).get("/").text
    assert says in page
    assert "network address" not in page
    assert "network address" in client(PRIVACY_KEEP_IP="hashed").get("/").text


def test_no_address_is_kept_unless_it_is_asked_for() -> None:
    assert send(with_stores(), make("JPEG", 64, 48)).status_code == 201
    assert "127.0.0.1" not in json.dumps(records())
    assert not Path("librarian-data/salts").exists()


@pytest.mark.parametrize("hops", ["0", "1"])
def test_an_address_is_that_behind_the_proxies_that_are_trusted(hops: str) -> None:
    service = with_stores(PRIVACY_KEEP_IP="yes", LIBRARIAN_PROXY_HOPS=hops)
    forwarded = {"X-Forwarded-For": "203.0.113.9, ::ffff:198.51.100.7"}
    assert send(service, make("JPEG", 64, 48), **forwarded).status_code == 201
    told = records()[0]["_librarian"]["ip"]
    assert told == ("198.51.100.7" if hops == "1" else "127.0.0.1")


def test_a_hashed_address_is_the_same_in_every_process_of_a_day() -> None:
    for _ in range(2):
        service = with_stores(PRIVACY_KEEP_IP="hashed")
        assert send(service, make("JPEG", 64, 48)).status_code == 201
    one, two = (record["_librarian"]["ip_hash"] for record in records())
    assert one == two
    assert len(bytes.fromhex(one)) == 16
    assert "127.0.0.1" not in json.dumps(records())


def test_a_contribution_is_kept_though_no_salt_can_be(caplog: pytest.LogCaptureFixture) -> None:
    Path("librarian-data").mkdir()
    Path("librarian-data/salts").write_bytes(b"a file in the way")
    assert send(with_stores(PRIVACY_KEEP_IP="hashed"), make("JPEG", 64, 48)).status_code == 201
    assert "ip_hash" not in records()[0]["_librarian"]
    assert "could not be hashed" in caplog.text
