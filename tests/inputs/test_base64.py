import base64
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian.inputs import base64 as base64_module
from librarian.inputs.base64 import Base64
from librarian.record import Carrier
from librarian.stage import Failure

BYTES = b"\xfb\xef\xbe\xff\xff"
CODE = base64.b64encode(BYTES).decode()
Kind = Literal["field", "member", "body"]


def read(text: Any, kind: Kind = "field") -> bytes:
    return Base64().read("image", Carrier(kind, text)).content


@given(
    st.binary(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "data:image/jpeg;base64,", "DATA:;charset=utf-8;BASE64,"]),
    st.sampled_from(["field", "member", "body"]),
)
def test_bytes_come_back_however_they_are_written(
    content: bytes, url_safe: bool, padded: bool, broken: bool, prefix: str, kind: Kind
) -> None:
    code = (base64.urlsafe_b64encode if url_safe else base64.b64encode)(content).decode()
    code = code if padded else code.rstrip("=")
    code = "\r\n".join(code[i : i + 76] for i in range(0, len(code), 76)) if broken else code
    text = prefix + code
    assert read(text.encode() if kind == "body" else text, kind) == content


@given(st.binary(min_size=1))
def test_a_form_that_makes_spaces_of_plus_signs_loses_nothing(content: bytes) -> None:
    assert read(base64.b64encode(content).decode().replace("+", " ")) == content


def test_plus_signs_at_the_ends_of_a_field_are_kept() -> None:
    assert read(" AA ") == read("+AA+") == base64.b64decode("+AA+")


def test_white_space_around_a_body_or_a_string_is_none_of_it() -> None:
    assert read(f"  {CODE}\n".encode(), "body") == BYTES
    assert read(f"\n data:image/png;base64,{CODE} \n", "member") == BYTES


@pytest.mark.parametrize(
    "text",
    [
        "QQ=",
        "QQ===",
        "QUI==",
        "QUJD=",
        "Q",
        "Q===",
        "QUJDR",
        "Q=UJ",
        "=",
        "QUJ!",
        "QU\tJD",
        "QUJDé",
        "Q\0JD",
        "data:image/jpeg,abcd",
        "data:image/jpeg;base64",
        "http://example.org/a.jpg",
    ],
)
@pytest.mark.parametrize("kind", ["field", "member"])
def test_what_is_no_base64_is_refused(text: str, kind: Kind) -> None:
    with pytest.raises(Failure) as failure:
        read(text, kind)
    (problem,) = failure.value.problems
    assert (failure.value.stage.slug, problem.rule, problem.path) == (
        "receive",
        "base64",
        ("image",),
    )


@pytest.mark.parametrize("value", [None, 3, True, ["QQ=="], {"a": "QQ=="}])
def test_a_member_that_is_no_string_is_refused(value: Any) -> None:
    with pytest.raises(Failure):
        read(value, "member")


def test_bytes_that_are_no_ascii_are_refused() -> None:
    with pytest.raises(Failure):
        read(b"\xff\xd8\xff", "body")


def test_of_bodies_only_text_is_read() -> None:
    way = Base64()
    assert way.reads(Carrier("body", b"", media_type="text/plain"))
    assert not way.reads(Carrier("body", b"", media_type="image/jpeg"))
    assert not way.reads(Carrier("body", b""))
    assert not way.reads(Carrier("file", b""))


@given(
    st.lists(st.sampled_from(["QUJD", "QQ==", "QUI=", "Q", "=", "==", "-_", "+/", " ", "\n", "é"]))
    .map("".join)
)  # fmt: skip
def test_the_quick_way_gives_what_the_careful_one_gives_or_leaves_it_to_it(text: str) -> None:
    quick = base64_module._quick(text, 0)
    assert quick is None or quick == base64_module._decode(text, 0)


@given(st.binary())
def test_the_quick_way_is_taken_for_what_browsers_write(content: bytes) -> None:
    assert base64_module._quick("data:," + base64.b64encode(content).decode(), 6) == content
