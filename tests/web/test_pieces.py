"""Are bodies taken apart as others take them apart, and is anything at all refused calmly?"""

import email
import io
import json
from base64 import b64encode
from email import policy
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from librarian.problem import Problem
from librarian.record import Carrier, Encoding
from librarian.stage import Failure
from librarian.web import jsonbody, multipart, pieces

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\\%"),
    min_size=1,
)
"""Names that browsers and parsers write alike; a backslash and a percent sign they do not."""
FIELDS = st.lists(st.tuples(TEXT, TEXT), max_size=20)
ALMOST = st.lists(
    st.sampled_from(
        [b"--b", b"\r\n", b"--", b"\n", b"\r", b'Content-Disposition: form-data; name="a"', b"a",
         b'; filename="f"', b"Content-Type: image/jpeg", b"Content-Encoding: base64", b": ",
         b"\xff", b"\0", b"=", b"&", b"%", b"%41", b"+", b"{", b"}", b'"a"', b":", b",", b"[", b"]"]
    )
    | st.binary(max_size=8),
    max_size=40,
).map(b"".join)  # fmt: skip
"""Bytes of which much looks like a form, and nothing need be one."""


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


def taken(encoding: Encoding, sent: bytes, boundary: str) -> pieces.Pieces:
    return pieces.of(encoding, io.BytesIO(sent), boundary)


@given(FIELDS)
def test_a_form_is_read_as_it_was_written(fields: list[tuple[str, str]]) -> None:
    written = urlencode(fields).encode()
    assert pieces.pairs(written) == tuple(fields)
    found = [(name, carrier.value) for name, carrier in taken("form", written, "")]
    assert found == fields


@given(FIELDS)
def test_a_form_with_every_byte_escaped_is_the_same(fields: list[tuple[str, str]]) -> None:
    every = "&".join(
        "=".join("".join(f"%{byte:02x}" for byte in text.encode()) for text in pair)
        for pair in fields
    )
    assert pieces.pairs(every.encode()) == tuple(fields)


@given(ALMOST)
def test_what_is_read_of_any_form_is_what_the_standard_library_reads(sent: bytes) -> None:
    try:
        told = parse_qsl(sent.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(Failure) as failure:
            pieces.pairs(sent)
        assert failure.value.problems[0].rule == "utf-8"
    else:
        assert list(pieces.pairs(sent)) == told


def parts(fields: list[tuple[str, bytes, str]], boundary: str) -> bytes:
    """Write a multipart form as urllib3 does; a file where there is a name of one."""
    made = []
    for name, content, filename in fields:
        field = RequestField(name, content, filename or None)
        field.make_multipart()
        made.append(field)
    return encode_multipart_formdata(made, boundary)[0]


PARTS = st.lists(st.tuples(NAME, st.binary(min_size=1), NAME), max_size=6)


@given(PARTS)
def test_a_multipart_form_is_read_as_it_was_written(fields: list[tuple[str, bytes, str]]) -> None:
    boundary = "0123456789abcdef" * 2
    found = [
        (name, carrier.value, carrier.filename)
        for name, carrier in taken("multipart", parts(fields, boundary), boundary)
    ]
    assert found == fields


@given(st.lists(st.tuples(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.binary(min_size=1))))
def test_a_multipart_form_is_read_as_the_mail_library_reads_it(
    fields: list[tuple[str, bytes]],
) -> None:
    boundary = "0123456789abcdef" * 2
    written = parts([(name, content, "f") for name, content in fields], boundary)
    head = f"Content-Type: multipart/form-data; boundary={boundary}\r\n\r\n".encode()
    mail = email.message_from_bytes(head + written, policy=policy.HTTP)
    told = [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in mail.walk()
        if not part.is_multipart() and part.get_param("name", header="content-disposition")
    ]
    found = [(name, each.value) for name, each in taken("multipart", written, boundary)]
    if b"\r" not in b"".join(c for _, c in fields) and b"\n" not in b"".join(c for _, c in fields):
        assert found == told  # mail knows lines only
    assert [name for name, _ in found] == [name for name, _ in fields]


@given(st.sampled_from(["form", "json", "multipart"]), ALMOST)
def test_any_bytes_are_taken_apart_or_refused_as_receive(encoding: Encoding, sent: bytes) -> None:
    stage, found = "receive", []
    try:
        found = list(taken(encoding, sent, "b"))
    except Failure as failure:
        stage = failure.stage.slug
    assert stage == "receive"
    assert all(isinstance(n, str) and isinstance(c, Carrier) for n, c in found)


@given(PARTS, st.data())
def test_a_multipart_form_cut_anywhere_is_refused(
    fields: list[tuple[str, bytes, str]], data: st.DataObject
) -> None:
    boundary = "0123456789abcdef" * 2
    whole = parts(fields, boundary)
    end = len(whole) - len("--\r\n")
    cut = whole[: data.draw(st.integers(0, end - 1))]
    with pytest.raises(Failure) as failure:
        list(taken("multipart", cut, boundary))
    assert failure.value.stage.slug == "receive"


def test_a_quoted_name_of_a_field_is_read_as_browsers_write_it() -> None:
    written = (
        b'--b\r\nContent-Disposition: form-data; name="a%22b"; filename="c%0D%0Ad"\r\n\r\nx'
        b"\r\n--b--\r\n"
    )
    ((name, carrier),) = taken("multipart", written, "b")
    assert (name, carrier.filename) == ('a"b', "c%0D%0Ad")


LONG = st.integers(0, 3).flatmap(
    lambda times: st.binary(min_size=1, max_size=9).map(lambda some: some * 1500 * times + some)
)
"""Contents of which some are long enough to be cut out."""


def general(encoding: Encoding, sent: bytes, boundary: str) -> list[Any] | Problem:
    """Take a body apart with nothing cut out of it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jsonbody, "_long", lambda _: [])
        patched.setattr(multipart, "_spans", lambda *_: [])
        return outcome(encoding, sent, boundary)


def cut(sent: bytes, boundary: str) -> list[Any] | Problem:
    """Take a multipart form apart as if its heads were not plain."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(multipart, "_plain", lambda *_: [])
        return outcome("multipart", sent, boundary)


def outcome(encoding: Encoding, sent: bytes, boundary: str) -> list[Any] | Problem:
    try:
        return list(taken(encoding, sent, boundary))
    except Failure as failure:
        return failure.problems[0]


@given(
    st.lists(
        st.sampled_from(
            [b"--b", b"\r\n", b"--", b"\n", b"\r", b"--b\r\n", b"\r\n--b\r\n", b"\r\n--b--\r\n",
             b'Content-Disposition: form-data; name="a"\r\n\r\n',
             b'Content-Disposition: form-data; name="a"; filename="f"\r\n\r\n',
             b'Content-Disposition: form-data; name="a"; filename=""\r\nContent-Type: a/b\r\n\r\n']
        )
        | LONG,
        max_size=12,
    ).map(b"".join)
)  # fmt: skip
def test_a_multipart_form_cut_short_is_the_form_itself(sent: bytes) -> None:
    for form in (sent, b"--b\r\n" + sent, b"--b\r\n" + sent + b"\r\n--b--\r\n"):
        told = general("multipart", form, "b")
        assert outcome("multipart", form, "b") == told
        assert cut(form, "b") == told


HEADS = st.lists(
    st.sampled_from(
        [b"Content-Disposition: form-data; ", b'name="a"', b"; ", b'filename="f.jpg"', b" ",
         b"\r\n", b"Content-Type: ", b"Image/JPEG", b";q=1", b'name=""', b'name="a\\"b"',
         b'filename="', '"\u0444\u2028 \x85"'.encode(), b"\xff", b"\x0b", b"\x1f", b"\t", b'"',
         b"*0=", b'name="%22"']
    )
    | st.binary(max_size=3),
    max_size=6,
).map(b"".join)  # fmt: skip
HEAD = b'Content-Disposition: form-data; name="a'


@given(st.lists(st.tuples(HEADS, LONG), min_size=1, max_size=3), st.booleans(), st.booleans())
def test_a_part_of_any_head_is_read_as_the_parser_reads_it(
    made: list[tuple[bytes, bytes]], plain: bool, closed: bool
) -> None:
    heads = [HEAD + b'"; filename="' if plain else b"", HEAD, HEAD + b'"\r\nContent-Type: ']
    for begin in heads:
        form = b"".join(
            b"--b\r\n" + begin + head + (b'"' if closed else b"") + b"\r\n\r\n" + content + b"\r\n"
            for head, content in made
        )
        told = general("multipart", form + b"--b--\r\n", "b")
        assert outcome("multipart", form + b"--b--\r\n", "b") == told


def test_a_browsers_form_passes_the_parser_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multipart, "_parsed", None)
    form = (
        b'--b\r\nContent-Disposition: form-data; name="labels"\r\n\r\n{}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="image"; filename="my photo.jpg"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--b--\r\n"
    )
    assert outcome("multipart", form, "b") == [
        ("labels", Carrier("field", "{}")),
        ("image", Carrier("file", b"\xff\xd8", "my photo.jpg", "image/jpeg")),
    ]


@given(st.lists(st.tuples(NAME, LONG, NAME), max_size=4))
def test_long_contents_of_a_browsers_form_pass_the_parser_by(
    fields: list[tuple[str, bytes, str]],
) -> None:
    written = parts(fields, boundary := "0123456789abcdef" * 2)
    told = general("multipart", written, boundary)
    assert outcome("multipart", written, boundary) == told
    assert cut(written, boundary) == told
    assert len(multipart._spans(written, b"--" + boundary.encode(), 9)) == len(fields)


JSONS = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | LONG.map(encoded),
    lambda deeper: (
        st.lists(deeper, max_size=3) | st.dictionaries(st.text() | LONG.map(encoded), deeper)
    ),
    max_leaves=9,
)


@given(JSONS, st.booleans(), st.booleans(), st.binary(max_size=3), st.data())
def test_json_cut_short_is_the_json_itself(
    value: Any, plain: bool, spaced: bool, noise: bytes, data: st.DataObject
) -> None:
    written = json.dumps(value, ensure_ascii=plain, indent=1 if spaced else None)
    sent = written.encode("utf-8", "surrogatepass")
    at = data.draw(st.integers(0, len(sent)))
    for each in (sent, sent[:at] + noise + sent[at:], sent[:at]):
        assert outcome("json", each, "") == general("json", each, "")


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,", "data:,", "data:"])
def test_a_picture_in_json_passes_the_parser_by(prefix: str) -> None:
    picture = prefix + encoded(b"\xff\xd8" * 9000)
    sent = json.dumps({"labels": {"a": 1}, "image": picture}).encode()
    if prefix != "data:":  # a prefix without an end is none
        assert jsonbody._quick(sent) == {"labels": {"a": 1}, "image": picture}
    assert outcome("json", sent, "") == general("json", sent, "")
    for odd in (b'\\"', b"\\", b"\xc3", b"\n", b"\0"):
        broken = sent.replace(b"/9j/", b"/9j" + odd)
        assert outcome("json", broken, "") == general("json", broken, "")
