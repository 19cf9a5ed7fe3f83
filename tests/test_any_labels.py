"""Do labels come out as they went in, by every way, and can stores hold what is not refused?"""

import json
from typing import Any

import bson
from hypothesis import given
from hypothesis import strategies as st

from librarian import labels, strictjson
from librarian.record import LABELS, Carrier, Encoding, Submission
from librarian.stage import Failure

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.from_regex(r"[a-z][a-z0-9 -]{0,8}", fullmatch=True).filter(lambda name: name != "uid")
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXT
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)
)
OBJECTS = st.dictionaries(TEXT | st.sampled_from(["uid", "_id", "$set", "a.b", "a"]), ANY)
FLAT = st.dictionaries(NAME, TEXT, max_size=8)
PAIRS = st.lists(st.tuples(TEXT | st.sampled_from(["a", "a.b", "image", "labels", ""]), TEXT))
KINDS = ("str", "int", "float", "number", "bool", "list", "dict")


def gathered(encoding: Encoding, pieces: Any = (), query: Any = (), **declared: str) -> Any:
    sent = Submission(encoding, tuple(query), tuple(pieces))
    return labels.gather(sent, ["image"], declared)


@given(OBJECTS)
def test_labels_in_json_come_out_as_they_went_in(sent: dict[str, Any]) -> None:
    member = gathered("json", [(LABELS, Carrier("member", sent))])
    text = gathered("form", [(LABELS, Carrier("field", json.dumps(sent)))])
    assert strictjson.dumps(member) == strictjson.dumps(text) == strictjson.dumps(sent)


@given(FLAT)
def test_the_same_labels_by_every_way_are_the_same(sent: dict[str, str]) -> None:
    fields = [(name, Carrier("field", text)) for name, text in sent.items()]
    by_form, by_query = gathered("form", fields), gathered("raw", query=sent.items())
    by_both = gathered("form", fields, sent.items())
    by_json = gathered("json", [(LABELS, Carrier("member", sent))])
    assert by_form == by_query == by_both == by_json == sent


@given(OBJECTS)
def test_what_is_not_refused_can_be_kept_by_every_store(sent: dict[str, Any]) -> None:
    if not list(labels.faults(sent, 200)):
        assert bson.decode(bson.encode(sent)) == sent
        assert strictjson.loads(strictjson.dumps(sent)) == sent


@given(OBJECTS)
def test_a_refused_name_is_one_that_a_store_would_read_otherwise(sent: dict[str, Any]) -> None:
    for problem in labels.faults(sent, 200):
        if problem.rule == "reserved":
            assert str(problem.path[0]).startswith("_") or problem.path[0] == "uid"
        if problem.rule == "name":
            name = str(problem.path[-1])
            assert not name or name[0] == "$" or {".", "\0"} & set(name)


@given(PAIRS, PAIRS, st.dictionaries(st.sampled_from(["a", "a.b", ""]), st.sampled_from(KINDS)))
def test_any_pairs_are_labels_or_refused_as_receive(
    query: list[tuple[str, str]], form: list[tuple[str, str]], declared: dict[str, str]
) -> None:
    stage, found = "receive", {}
    try:
        found = gathered("form", [(n, Carrier("field", t)) for n, t in form], query, **declared)
    except Failure as failure:
        stage = failure.stage.slug
    assert stage == "receive"
    strictjson.dumps(found)


@given(
    PAIRS | FLAT.map(lambda flat: list(flat.items())),
    PAIRS | FLAT.map(lambda flat: list(flat.items())),
    st.dictionaries(NAME | st.sampled_from(["a", "a.b", ""]), st.sampled_from(KINDS)),
    st.booleans(),
)
def test_plain_labels_are_read_as_those_of_any_form_are(
    query: list[tuple[str, str]],
    form: list[tuple[str, str]],
    declared: dict[str, str],
    legacy: bool,
) -> None:
    pieces = tuple((name, Carrier("field", text)) for name, text in form)
    sent = Submission("form", tuple(query), pieces, legacy=legacy)
    plain = labels._plain(sent, ["image"], declared)
    if plain is not None:
        assert repr(plain) == repr(labels._joined(sent, ["image"], declared))


@given(OBJECTS | st.dictionaries(NAME, SCALARS | st.text(), max_size=8), st.integers(0, 9))
def test_plain_labels_are_those_of_which_nothing_is_wrong(sent: dict[str, Any], most: int) -> None:
    if labels._are_plain(sent, most):
        assert list(labels._faults(sent, most)) == []


@given(NAME, st.characters(codec=None), st.integers(0, 2))
def test_labels_are_not_plain_where_one_character_is_wrong(
    name: str, character: str, place: int
) -> None:
    forms: list[dict[str, Any]] = [
        {name + character: 1}, {character + name: 1}, {name: character},
    ]  # fmt: skip
    sent = forms[place]
    if labels._are_plain(sent, 9):
        assert list(labels._faults(sent, 9)) == []


def test_the_most_and_longest_labels_that_are_plain_are_not_too_large() -> None:
    long = {f"{n:a>255}": "\U0001f600" * labels.SHORT for n in range(labels.FEW)}
    assert labels._are_plain(long, 200)
    assert list(labels._faults(long, 200)) == []
    assert not labels._are_plain({**long, "more": 1}, 200)
    assert not labels._are_plain({"a" * 256: 1}, 200)
    assert not labels._are_plain({"a": "a" * (labels.SHORT + 1)}, 200)


@given(TEXT, st.sampled_from(KINDS))
def test_text_is_read_as_what_is_declared_or_stays_text(text: str, kind: str) -> None:
    value = labels.read_text(text, kind)
    kinds = {"int": int, "float": float, "bool": bool, "list": list, "dict": dict, "str": str}
    declared = (int, float) if kind == "number" else (kinds[kind],)
    as_declared = type(value) in declared
    assert as_declared or value == text
    if kind in ("int", "float", "number") and value != text:
        assert float(json.loads(json.dumps(value))) == float(text)  # what Python itself makes of it
        assert text.isascii()
        assert "_" not in text
