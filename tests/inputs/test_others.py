from typing import Any

import pytest

from librarian import media
from librarian.inputs.file import File
from librarian.inputs.json import Json
from librarian.inputs.raw import Raw
from librarian.inputs.text import Text
from librarian.record import Blob, Carrier, Document
from librarian.stage import Failure
from tests import pictures

HOSTILE = b"\x00\xff\r\n--boundary"


def test_a_file_is_its_bytes_and_its_name() -> None:
    part = File().read("image", Carrier("file", HOSTILE, "a.jpg", "image/jpeg"))
    assert part == Blob("image", HOSTILE, "a.jpg")


def test_a_raw_body_is_its_bytes() -> None:
    assert Raw().read("image", Carrier("body", HOSTILE)) == Blob("image", HOSTILE)


@pytest.mark.parametrize(
    ("carrier", "content"),
    [
        (Carrier("field", "schön\r\n"), "schön\r\n".encode()),
        (Carrier("member", "schön"), "schön".encode()),
        (Carrier("file", b"\xef\xbb\xbfx", "a.txt"), b"\xef\xbb\xbfx"),
        (Carrier("body", b"x", media_type="text/plain"), b"x"),
    ],
)
def test_text_is_kept_as_it_came(carrier: Carrier, content: bytes) -> None:
    assert Text().reads(carrier)
    part = Text().read("sentence", carrier)
    assert (part.content, part.filename) == (content, carrier.filename)


@pytest.mark.parametrize(
    "text",
    ["GIF89a is old", "%PDF-1.4 broke", "<svg> is a tag", "<html>", "OggS", "RIFFxxxxWEBP", "a\0b"],
)
def test_text_is_text_whatever_kind_of_file_it_begins_like(text: str) -> None:
    carriers = (Carrier("field", text), Carrier("member", text), Carrier("file", text.encode()),
                Carrier("body", text.encode(), media_type="text/plain"))  # fmt: skip
    for carrier in carriers:
        part = Text().read("sentence", carrier)
        assert (part.media, part.extension) == (media.TEXT, ".txt")
        assert part.picture is None
        assert part.look == ""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_picture_that_comes_as_a_text_file_is_still_a_picture(kind: str) -> None:
    part = Text().read("sentence", Carrier("file", pictures.make(kind, 8, 8), "a.txt"))
    assert part.media.type == f"image/{kind.lower()}"


@pytest.mark.parametrize("value", [None, 3, True, ["a"], {}])
def test_a_member_that_is_no_string_is_no_text(value: Any) -> None:
    with pytest.raises(Failure) as failure:
        Text().read("sentence", Carrier("member", value))
    assert failure.value.problems[0].rule == "text"


def test_a_body_that_says_to_be_something_else_is_no_text() -> None:
    assert Text().reads(Carrier("body", b""))
    assert not Text().reads(Carrier("body", b"", media_type="image/jpeg"))


@pytest.mark.parametrize("value", [None, 0, "", [], {"a": [1.5]}])
def test_a_member_of_a_json_body_is_any_value(value: Any) -> None:
    assert Json().read("answers", Carrier("member", value)) == Document("answers", value)


@pytest.mark.parametrize(
    "carrier", [Carrier("field", ' {"b": 1.0} '), Carrier("file", b' {"b": 1.0} ', "a.json")]
)
def test_json_text_is_read_and_kept_as_it_came(carrier: Carrier) -> None:
    part = Json().read("answers", carrier)
    assert part.value == {"b": 1.0}
    assert part.content == b' {"b": 1.0} '
    assert part.filename == carrier.filename


@pytest.mark.parametrize("text", ["", "x", "NaN", '{"a": 1, "a": 1}', b"\xff", "[" * 5000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    kind: Any = "file" if isinstance(text, bytes) else "field"
    with pytest.raises(Failure) as failure:
        Json().read("answers", Carrier(kind, text))
    assert failure.value.stage.slug == "receive"
    assert failure.value.problems[0].rule == "json"


@pytest.mark.parametrize(
    ("way", "kinds"),
    [
        (File(), {"file"}),
        (Raw(), {"body"}),
        (Json(), {"field", "member", "file"}),
        (Text(), {"field", "member", "file", "body"}),
    ],
)
def test_each_input_reads_exactly_its_forms_of_arrival(way: Any, kinds: set[str]) -> None:
    forms: list[Any] = ["field", "member", "file", "body"]
    assert {kind for kind in forms if way.reads(Carrier(kind, ""))} == kinds
