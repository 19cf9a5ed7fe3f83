import hashlib
from typing import Any

import pytest

from librarian import media
from librarian.inputs import INPUTS
from librarian.reading import Intake, Reader
from librarian.record import LABELS, Blob, Carrier, Record, Submission
from librarian.stage import Failure

FIELD = Carrier("field", "QUJD")
MEMBER = Carrier("member", "QUJD")
FILE = Carrier("file", b"QUJD", "a.jpg", "image/jpeg")
TEXT_BODY = Carrier("body", b"QUJD", media_type="text/plain")
IMAGE_BODY = Carrier("body", b"QUJD", media_type="image/jpeg")
BARE_BODY = Carrier("body", b"QUJD")
PLACES: dict[str, tuple[Any, Carrier]] = {
    "form": ("form", FIELD),
    "json": ("json", MEMBER),
    "multipart field": ("multipart", FIELD),
    "multipart file": ("multipart", FILE),
    "text body": ("raw", TEXT_BODY),
    "image body": ("raw", IMAGE_BODY),
    "bare body": ("raw", BARE_BODY),
}
READ: dict[str, dict[str, bytes]] = {
    "base64": dict.fromkeys(["form", "json", "multipart field", "text body"], b"ABC"),
    "file": {"multipart file": b"QUJD"},
    "raw": dict.fromkeys(["text body", "image body", "bare body"], b"QUJD"),
    "text": dict.fromkeys(set(PLACES) - {"image body"}, b"QUJD"),
    "json": {},
}


def intake(tag: str, *types: str, required: bool = True) -> Intake:
    return Intake(tag, tuple(INPUTS.table[name]() for name in types), required)


def reader(*intakes: Intake, **options: Any) -> Reader:
    return Reader(intakes, {"i": "int"}, **options)


IMAGE = reader(intake("image", "base64", "file", "raw"))


def sent(encoding: Any, *pieces: tuple[str, Carrier], **more: Any) -> Submission:
    body = more.pop("body", None)
    return Submission(encoding, pieces=pieces, body=body, **more)


def alone(place: str, tag: str = "image") -> Submission:
    encoding, carrier = PLACES[place]
    if carrier.kind == "body":
        return sent(encoding, body=carrier)
    return sent(encoding, (tag, carrier))


def refused(reads: Reader, submission: Submission) -> list[tuple[str, str, Any]]:
    with pytest.raises(Failure) as failure:
        reads.read(submission)
    return [(p.stage, p.rule, p.path) for p in failure.value.problems]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["base64", "file", "raw", "text"])
def test_each_input_type_reads_each_form_of_sending_or_refuses_it_as_type(
    kind: str, place: str
) -> None:
    reads = reader(intake("image", kind))
    if place in READ[kind]:
        (part,) = reads.read(alone(place)).data
        assert (part.tag, part.content) == ("image", READ[kind][place])
    else:
        assert refused(reads, alone(place)) == [("type", "encoding", ("image",))]


@pytest.mark.parametrize("place", ["form", "json", "multipart field", "multipart file"])
def test_json_is_read_from_every_form_of_pieces(place: str) -> None:
    encoding, carrier = PLACES[place]
    text: Any = {"json": [1], "multipart file": b"[1]"}.get(place, "[1]")
    (part,) = (
        reader(intake("answers", "json"))
        .read(sent(encoding, ("answers", carrier._replace(value=text))))
        .data
    )
    assert (part.content, part.media.type) == (b"[1]", "application/json")


def test_json_is_not_read_from_a_raw_body() -> None:
    reads = reader(intake("answers", "json"))
    assert refused(reads, alone("bare body")) == [("type", "encoding", ("answers",))]


@pytest.mark.parametrize("place", PLACES)
def test_alternatives_for_one_input_take_every_form_of_sending(place: str) -> None:
    (part,) = IMAGE.read(alone(place)).data
    assert part.content == (b"ABC" if place in READ["base64"] else b"QUJD")
    assert part.filename == ("a.jpg" if place == "multipart file" else "")


def test_the_same_tag_twice_is_refused() -> None:
    twice = sent("form", ("image", FIELD), ("image", FIELD))
    assert refused(IMAGE, twice) == [("receive", "repeated", ("image",))]


def test_a_missing_input_is_refused_unless_it_is_optional() -> None:
    assert refused(IMAGE, sent("form")) == [("receive", "required", ("image",))]
    optional = reader(intake("image", "base64", required=False))
    assert optional.read(sent("form", ("mood", Carrier("field", "glad")))).data == ()


def test_an_encoding_that_cannot_bring_the_input_is_refused_as_type() -> None:
    reads = reader(intake("image", "file"))
    assert refused(reads, sent("json")) == [("type", "encoding", ("image",))]
    assert refused(reads, sent("multipart")) == [("receive", "required", ("image",))]


@pytest.mark.parametrize(
    "carrier", [Carrier("field", ""), Carrier("field", "data:image/png;base64,")]
)
def test_base64_of_nothing_is_empty(carrier: Carrier) -> None:
    assert refused(IMAGE, sent("form", ("image", carrier))) == [("receive", "empty", ("image",))]


def test_an_empty_file_and_an_empty_body_are_empty() -> None:
    file = sent("multipart", ("image", Carrier("file", b"", "a.jpg")))
    body = sent("raw", body=Carrier("body", b""))
    assert refused(IMAGE, file) == refused(IMAGE, body) == [("receive", "empty", ("image",))]


def test_an_optional_field_that_was_left_empty_was_not_sent() -> None:
    reads = reader(intake("note", "text", required=False))
    assert reads.read(sent("form", ("note", Carrier("field", "")))).data == ()
    assert refused(
        reader(intake("note", "text")), sent("form", ("note", Carrier("field", "")))
    ) == [("receive", "empty", ("note",))]


def test_several_inputs_come_in_one_request_each_read_its_own_way() -> None:
    reads = reader(
        intake("image", "file", "base64"), intake("note", "text"), intake("more", "json")
    )
    record = reads.read(
        sent(
            "multipart",
            ("more", Carrier("field", "[1]")),
            ("note", Carrier("field", "QUJD")),
            ("image", FILE),
            ("i", Carrier("field", "3")),
        )
    )
    assert [(p.tag, p.content) for p in record.data] == [
        ("image", b"QUJD"),
        ("note", b"QUJD"),
        ("more", b"[1]"),
    ]
    assert record.labels.value == {"i": 3}
    assert record.part("note") == Blob("note", b"QUJD", kind=media.TEXT)
    assert record.part("mask") is None


def test_a_raw_body_is_for_the_first_input_that_reads_it() -> None:
    reads = reader(
        intake("note", "base64", required=False), intake("image", "raw"), intake("b", "raw")
    )
    assert refused(reads, alone("image body")) == [("receive", "required", ("b",))]
    two = reader(intake("note", "base64", required=False), intake("image", "raw"))
    assert [p.tag for p in two.read(alone("image body")).data] == ["image"]
    assert [
        p.tag
        for p in reader(
            intake("a", "text"),
        )
        .read(alone("text body"))
        .data
    ] == ["a"]


def test_every_fault_of_data_and_labels_is_told_at_once() -> None:
    reads = reader(intake("image", "base64"), intake("scan", "file"), intake("note", "text"))
    submission = sent(
        "json",
        ("image", Carrier("member", "!")),
        ("note", Carrier("member", 3)),
        ("odd", Carrier("member", 3)),
        (LABELS, Carrier("member", [])),
    )
    assert refused(reads, submission) == [
        ("receive", "base64", ("image",)),
        ("receive", "text", ("note",)),
        ("receive", "unexpected", ("odd",)),
        ("receive", "json", (LABELS,)),
        ("type", "encoding", ("scan",)),
    ]


def test_members_of_a_json_body_beside_inputs_and_labels_are_refused() -> None:
    submission = sent("json", ("image", MEMBER), ("mood", Carrier("member", "glad")))
    assert refused(IMAGE, submission) == [("receive", "unexpected", ("mood",))]


def uids(reads: Reader, **more: Any) -> Record:
    return reads.read(sent("form", ("image", FIELD), **more))


def test_without_a_key_every_request_is_new_unless_the_operator_merges() -> None:
    assert uids(IMAGE).uid != uids(IMAGE).uid
    merging = reader(intake("image", "base64"), without_key="fingerprint")
    assert uids(merging).uid == uids(merging).uid
    assert uids(merging).keyed
    assert not uids(IMAGE).keyed


def test_legacy_requests_of_equal_content_are_one() -> None:
    assert uids(IMAGE, legacy=True).uid == uids(IMAGE, legacy=True).uid
    other = uids(IMAGE, legacy=True, query=(("x", "1"),))
    assert other.uid != uids(IMAGE, legacy=True).uid


def test_a_key_gives_the_same_uid_whatever_is_sent() -> None:
    first = uids(IMAGE, key="k" * 16)
    other = uids(IMAGE, key="k" * 16, query=(("x", "1"),))
    assert first.uid == other.uid == hashlib.sha256(b"key\0" + b"k" * 16).hexdigest()[:24]
    assert first.fingerprint != other.fingerprint
    assert uids(IMAGE, key="j" * 16).uid != first.uid


def test_the_fingerprint_is_that_of_bytes_and_labels_in_any_encoding() -> None:
    query = (("x", "1"),)
    form = sent("form", ("image", FIELD), query=query)
    json = sent("json", ("image", MEMBER), (LABELS, Carrier("member", {"x": "1"})))
    raw = sent("raw", body=Carrier("body", b"ABC", media_type="image/jpeg"), query=query)
    assert len({IMAGE.read(each).fingerprint for each in (form, json, raw)}) == 1
