"""Does the page's plain form work, without a script, and answer in words?"""

import base64
import gzip
import hashlib
import io
import json
import re
from collections.abc import Callable

from librarian.access import keys
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


def test_what_a_plain_form_cannot_say_is_read_as_it_is_meant(service: Make) -> None:
    labels = (
        '[{"validator": "type", "args": [{"ok": "bool", "on": "bool", "words": "list?",'
        ' "maybe": "bool?"}]}]'
    )
    running = service(INPUT_CONFIG='{"type": "base64", "tag": "image"}', LABEL_VALID_CONFIG=labels)
    parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "on": "true", "words": "a\r\n\r\n b "}
    answer = running.client.post("/", data=parts)
    assert answer.status_code == 201
    (record,) = running.kept_labels()
    assert (record["ok"], record["on"], record["words"]) == (False, True, ["a", "b"])
    assert "maybe" not in record
    assert [path.read_bytes() for path in running.kept_files()] == [PHOTO]


def test_a_text_of_several_lines_is_as_long_as_it_was_typed(service: Make) -> None:
    schema = {"properties": {"told": {"type": "string", "maxLength": 9}}}
    running = service(
        INPUT_CONFIG='{"type": "text", "tag": "sentence"}',
        LABEL_VALID_CONFIG=json.dumps([{"validator": "schema", "args": [schema]}]),
        DATA_VALID_CONFIG="[]",
    )
    parts = {"sentence": "one\r\ntwo", "told": "1\r\n3\r\n5\r\n7\r\n9"}  # as a form sends it
    assert running.client.post("/", data=parts).status_code == 201
    (record,) = running.kept_labels()
    assert record["told"] == "1\n3\n5\n7\n9"
    assert [path.read_bytes() for path in running.kept_files()] == [b"one\ntwo"]


def test_a_field_for_numbers_counts_its_steps_from_a_number_that_is_allowed(service: Make) -> None:
    def shown(rule: dict[str, object]) -> str:
        labels = [{"validator": "schema", "args": [{"properties": {"x": rule}}]}]
        text = service(LABEL_VALID_CONFIG=json.dumps(labels)).client.get("/").text
        (field,) = re.findall(r'<input type="number"[^>]*name="x"[^>]*>', text)
        return str(field)

    assert 'min="5" step="5"' in shown({"type": "integer", "minimum": 3, "multipleOf": 5})
    assert 'min="-0.2" step="0.1"' in shown({"minimum": -0.25, "multipleOf": 0.1, "type": "number"})
    assert 'min="3" step="1"' in shown({"type": "integer", "minimum": 2.5})
    assert 'min="0.3" step="0.1"' in shown({"minimum": 0.3, "multipleOf": 0.1, "type": "number"})
    assert 'min="2.5" step="any"' in shown({"type": "number", "minimum": 2.5})


def test_a_time_is_asked_for_in_a_field_that_can_hold_one(service: Make) -> None:
    schema = {"properties": {"at": {"type": "string", "format": "time"}}, "required": ["at"]}
    running = service(LABEL_VALID_CONFIG=json.dumps([{"validator": "schema", "args": [schema]}]))
    assert 'type="text" id="label-0" name="at"' in running.client.get("/").text
    parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "at": "10:20:00+02:00"}
    assert running.client.post("/", data=parts).status_code == 201


def test_each_kind_of_label_is_first_shown_with_what_it_is_by_default(service: Make) -> None:
    kinds = {
        "some": {"type": "array", "items": {"enum": ["red", "blue"]}, "default": ["blue"]},
        "words": {"type": "array", "items": {"type": "string"}, "default": ["a", "<b>"]},
        "more": {"type": "object", "default": {"k": "<"}},
        "one": {"enum": [1, None], "default": 1},
    }
    labels = json.dumps([{"validator": "schema", "args": [{"properties": kinds}]}])
    text = service(LABEL_VALID_CONFIG=labels).client.get("/").text
    assert re.findall(r'value="([^"]*)" data-index="\d" checked', text) == ["blue", "1"]
    assert re.findall(r"<textarea[^>]*>([^<]*)<", text) == [
        "a\n&lt;b&gt;",
        "{&#34;k&#34;: &#34;\\u003c&#34;}",
    ]
    assert "<span>None</span>" not in text


def test_labels_are_said_on_the_thanks_page_as_people_write_them(service: Make) -> None:
    kinds = '{"ok": "bool", "words": "list?", "x": "float?"}'
    labels = f'[{{"validator": "type", "args": [{kinds}]}}]'
    running = service(LABEL_VALID_CONFIG=labels, PAGE_LANGUAGE="fi")
    parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "words": "a\r\n<b>", "x": "0.5"}
    said = re.findall(r"<dd>([^<]*)</dd>", running.client.post("/", data=parts).text)
    assert {"ei", "a, &lt;b&gt;", "0.5"} <= set(said)


def test_a_form_is_refused_in_the_owners_language(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED, PAGE_LANGUAGE="fi")
    assert '<html lang="fi"' in running.client.get("/").text
    answer = running.client.post("/", data={"image": (io.BytesIO(PHOTO), "a.jpg")})
    assert answer.status_code == 422
    assert "“x” puuttuu." in answer.text
    assert "Mitään ei tallennettu." in answer.text


def test_nothing_that_an_owner_or_client_wrote_becomes_markup(service: Make) -> None:
    nasty = "</script><b>&\"'"
    schema = {"properties": {"<b>": {"title": nasty, "description": nasty, "enum": [nasty]}}}
    labels = json.dumps([{"validator": "schema", "args": [schema]}])
    running = service(LABEL_VALID_CONFIG=labels, PAGE_TITLE=nasty, PAGE_INTRODUCTION=nasty)
    for address in ("/", "/docs"):
        text = running.client.get(address).text
        assert "<b>" not in text
        assert text.count("</script>") <= 2  # the page's own


def test_the_style_is_in_the_page_and_the_policy_lets_only_that_in(service: Make) -> None:
    own, other = service(PAGE_COLOUR="#7a2e8e"), service()
    for running in (own, other):
        for address in ("/", "/docs"):
            answer = running.client.get(address)
            (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            policy = answer.headers["Content-Security-Policy"]
            assert f"style-src 'sha256-{digest}';" in policy
            assert ("#7a2e8e" in style) == (running is own)


def test_the_script_is_one_file_compressed_and_kept_until_it_changes(service: Make) -> None:
    client = service().client
    home = client.get("/").text
    (address,) = re.findall(r'src="([^"]+)"', home)
    plain = client.get(address)
    assert plain.mimetype == "text/javascript"
    assert "immutable" in plain.headers["Cache-Control"]
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.data) == plain.data
    assert hashlib.sha256(plain.data).hexdigest()[:16] in address
    assert client.get("/static/v/another/page.js").status_code == 404


def test_what_other_pages_import_is_compressed_and_sent_again_only_if_it_changed(
    service: Make,
) -> None:
    client = service().client
    plain = client.get("/static/librarian.js")
    assert plain.headers["Cache-Control"] == "no-cache"
    packed = client.get("/static/librarian.js", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < 10_000
    same = client.get("/static/librarian.js", headers={"If-None-Match": plain.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    assert same.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/static/librarian.d.ts").status_code == 200
    assert client.get("/static/passwd").status_code == 404


def test_the_docs_show_every_address_without_a_script(service: Make) -> None:
    running = service(LABEL_VALID_CONFIG=TYPED)
    answer = running.client.get("/docs")
    paths = running.client.get("/openapi.json").get_json()["paths"]
    assert all(
        f"{method.upper()} {path}" in answer.text for path in paths for method in paths[path]
    )
    assert "<dd><code>auth</code>: " in answer.text
    assert "`" not in answer.text
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|href)="https?:', answer.text)


def test_the_contract_is_there_for_pages_on_other_origins(service: Make) -> None:
    answer = service(LABEL_VALID_CONFIG=TYPED).client.get(
        "/contract", headers={"Origin": "https://a.example"}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    told = answer.get_json()
    assert [each["name"] for each in told["fields"]] == ["x", "mood", "<b>"]
    assert told["inputs"][0]["types"] == ["base64", "file", "raw"]


def test_what_a_person_agrees_to_is_ticked_and_kept_with_it(service: Make) -> None:
    running = service(PRIVACY_CONSENT_TEXT="Anyone may use it.", PRIVACY_CONSENT_VERSION="2026-11")
    home = running.client.get("/").text
    assert "Anyone may use it." in home
    assert 'name="_consent" value="2026-11"' in home
    parts = {"image": (io.BytesIO(PHOTO), "a"), "_consent": "2026-11"}
    assert running.client.post("/", data=parts).status_code == 201
    (record,) = running.kept_labels()
    assert "2026-11" in json.dumps(record["_librarian"])
    consent = running.client.get("/contract").get_json()["consent"]
    assert consent == {"text": "Anyone may use it.", "version": "2026-11"}


def test_without_a_script_the_access_key_is_a_field_of_the_form(service: Make) -> None:
    key = keys.make()
    running = service(ACCESS_SUBMIT=keys.entry_of(key))
    home = running.client.get("/").text
    assert re.search(r'<input type="password" id="key" name="_key" [^>]*required', home)
    parts = {"label": "cat", "_once": "a" * 43}
    for typed, said in (("", "only with an access key"), (keys.make(), "not known here")):
        photo = (io.BytesIO(PHOTO), "a.jpg")
        answer = running.client.post("/", data={**parts, "image": photo, "_key": typed})
        assert (answer.status_code, answer.mimetype) == (401, "text/html")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert said in answer.text
        assert running.is_empty()
    for _ in range(2):
        photo = (io.BytesIO(PHOTO), "a.jpg")
        answer = running.client.post("/", data={**parts, "image": photo, "_key": f" {key} "})
        assert key not in answer.text
    assert answer.status_code == 200
    (record,) = running.kept_labels()
    assert record["label"] == "cat"
    assert "_key" not in record
    assert key not in json.dumps(record)
    bare = running.client.post("/upload", data={"image": (io.BytesIO(PHOTO), "a"), "_key": key})
    assert bare.status_code == 401


def test_a_form_sent_twice_is_one_contribution_and_another_is_another(service: Make) -> None:
    running = service()
    pages = [running.client.get("/").text for _ in range(2)]
    marks = [re.findall(r'name="_once" value="([^"]{40,})"', page)[0] for page in pages]
    assert marks[0] != marks[1]

    def send(mark: str, label: str) -> int:
        parts = {"image": (io.BytesIO(PHOTO), "a.jpg"), "label": label, "_once": mark}
        return running.client.post("/", data=parts).status_code

    assert [send(marks[0], "cat"), send(marks[0], "cat")] == [201, 200]
    assert [send(marks[0], "dog"), send(marks[1], "cat")] == [201, 201]
    assert sorted(each["label"] for each in running.kept_labels()) == ["cat", "cat", "dog"]


def test_the_page_speaks_as_the_browser_asks_where_the_owner_lets_it(service: Make) -> None:
    asked = {"Accept-Language": "sv;q=0.9, fi-FI;q=0.8, en;q=0.5"}
    own, free = service().client, service(PAGE_LANGUAGE="auto").client
    assert '<html lang="en"' in own.get("/", headers=asked).text
    finnish = free.get("/", headers=asked)
    assert '<html lang="fi"' in finnish.text
    assert "Accept-Language" in finnish.headers.getlist("Vary")
    assert '<button id="send">Lähetä</button>' in finnish.text
    assert '"thanks": "Kiitos"' in finnish.text
    photo = {"image": (io.BytesIO(b"%PDF-1.7"), "a.jpg")}
    assert "Mitään ei tallennettu." in free.post("/", data=photo, headers=asked).text
    for other in ({}, {"Accept-Language": "tlh"}, {"Accept-Language": "*"}):
        assert '<html lang="en"' in free.get("/", headers=other).text


def test_there_is_no_page_where_the_owner_wants_none(service: Make) -> None:
    running = service(PAGE_ENABLED="no")
    assert running.client.get("/").status_code == 404
    assert running.client.post("/", data={"label": "a"}).status_code == 404
    assert running.client.get("/docs").status_code == 200
