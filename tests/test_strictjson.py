import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from librarian import strictjson
from librarian.strictjson import DEEPEST, NotJson, dumps, loads, same

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=20
)


@given(VALUES)
def test_what_is_written_is_read_back_the_same(value: Any) -> None:
    assert same(loads(dumps(value)), value)


@given(st.dictionaries(TEXT, SCALARS))
def test_equal_objects_are_written_alike_in_any_order(value: dict[str, Any]) -> None:
    assert dumps(dict(reversed(value.items()))) == dumps(value)


@given(VALUES)
def test_it_is_written_as_the_standard_library_writes_it(value: Any) -> None:
    plain = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    assert dumps(value) == plain.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"x": [number]})


def test_where_there_is_no_encoder_in_c_it_is_written_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    written = strictjson.writer(strictjson.CANONICAL)
    assert written({"ü": [1, 2.5], "a": None}) == '{"a":null,"ü":[1,2.5]}'


@given(VALUES | st.floats(), st.sampled_from([None, str]), st.booleans())
def test_a_writer_writes_as_the_encoder_of_its_form_does(
    value: Any, default: Any, is_sorted: bool
) -> None:
    form = json.JSONEncoder(ensure_ascii=False, default=default, sort_keys=is_sorted)
    told = {"x": value, "path": [Path("ü")] if default else []}
    assert strictjson.writer(form)(told) == form.encode(told)


ALMOST = st.lists(
    st.sampled_from(
        ["{", "}", "[", "]", ",", ":", '"a"', '"b"', "1", "-0", "1.5", "1e3", "1e999", "true",
         "null", "NaN", "Infinity", " ", "\\", '"', "\\ud800", "'", "\ufeff"]
    )
    | st.text(max_size=3),
    max_size=20,
).map("".join)  # fmt: skip


@given(ALMOST | st.text())
def test_whatever_is_read_the_standard_library_reads_alike(text: str) -> None:
    try:
        value = loads(text)
    except NotJson:
        return
    assert same(value, json.loads(text))
    assert same(loads(json.dumps(value)), value)


@given(st.binary())
def test_any_bytes_are_json_or_not(content: bytes) -> None:
    try:
        value = loads(content)
    except NotJson:
        return
    assert same(value, json.loads(content.decode("utf-8-sig")))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 1}', 'the name "a" stands in it twice'),
        ('[{"b": {"a": 1, "a": 2}}]', 'the name "a" stands in it twice'),
        ("NaN", "NaN is no JSON number"),
        ("[Infinity]", "Infinity is no JSON number"),
        ("-Infinity", "-Infinity is no JSON number"),
        ("1e999", "a number in it is too large"),
        ("[-1e999]", "a number in it is too large"),
        ("9" * 5000, "a number in it is too long"),
        (r'"\ud800"', "half of a surrogate pair stands alone in it"),
        (r'{"\udfff": 1}', "half of a surrogate pair stands alone in it"),
        ('"\udc80"', "half of a surrogate pair stands alone in it"),
        (b'"\xff"', "this is not UTF-8 text"),
        ("", "this is not JSON"),
        ("{'a': 1}", "this is not JSON"),
        ("[1,]", "this is not JSON"),
        ("1 2", "this is not JSON"),
        ("01", "this is not JSON"),
        ("[" * 100_000, "it is nested too deeply"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "it is nested too deeply"),
        ("[" + "1," * 250_001 + "1]", "it holds too many values"),
        ('{"a":' * 200 + "1" + "}" * 200, "it is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_not_strict_json_is_refused_in_plain_words(text: str | bytes, said: str) -> None:
    with pytest.raises(NotJson, match="^" + said.replace("[", r"\[")):
        loads(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ("1e3", 1000.0),
        ("3.0", 3.0),
        (r'"\ud83d\ude00"', "😀"),
        (str(2**70), 2**70),
        ("[" * DEEPEST + "]" * DEEPEST, None),
    ],
)
def test_what_is_strict_json_is_read(text: str | bytes, value: Any) -> None:
    assert value is None or loads(text) == value
    assert loads(text) is not None


def test_a_message_never_quotes_the_text() -> None:
    with pytest.raises(NotJson) as refused:
        loads('{"password": secret}')
    assert "secret" not in str(refused.value)


def test_numbers_that_json_cannot_hold_are_never_written() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dumps(float("nan"))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, False, False),
        ([1], [1.0], True),
        ([1], [True], False),
        ([1], [1, 1], False),
        ({"a": 1, "b": [0]}, {"b": [0.0], "a": 1}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"b": 1}, False),
        ({}, [], False),
    ],
)
def test_values_are_the_same_as_json_means_it(one: Any, other: Any, equal: bool) -> None:
    assert strictjson.same(one, other) is strictjson.same(other, one) is equal
