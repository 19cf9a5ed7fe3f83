"""Does `file` believe bytes where they tell, and names where they cannot?"""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from librarian.problem import Problem
from librarian.record import Blob
from librarian.validators.file import File
from tests import pictures

JPEG = pictures.make("JPEG", 16, 12)
TIFF = pictures.make("TIFF", 16, 12)
ZIP = b"PK\x03\x04rest"
TABLE = b"a,b\r\n1,2\r\n"
PDF = b"%PDF-1.7"
MP3 = b"ID3\x04\0\0"
WAV = b"RIFF\x24\0\0\0WAVEfmt "


def made(*kinds: Any, **kwargs: Any) -> File:
    return TypeAdapter(File).validate_python({"kinds": kinds, **kwargs})


def faults_of(content: bytes, name: str, *kinds: str, **kwargs: Any) -> list[Problem]:
    return list(made(*kinds, **kwargs).check(Blob("file", content, name)))


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        (".jpg", JPEG, ""),
        (".jpeg", JPEG, "cat.png"),
        ("JPG", JPEG, "whatever"),
        ("image/jpeg", JPEG, ""),
        ("image/jpg", JPEG, ""),
        ("image/*", JPEG, ""),
        ("audio/*", WAV, ""),
        ("audio/*", MP3, "x.mp3"),
        ("audio/x-wav", WAV, ""),
        ("pdf", PDF, ""),
        ("csv", TABLE, "Table.CSV"),
        ("text/csv", TABLE, "table.csv"),
        ("text/*", TABLE, ""),
        (".txt", TABLE, ""),
        (".docx", ZIP, "letter.docx"),
        ("application/zip", ZIP, ""),
        (".dng", TIFF, "photo.DNG"),
        (".tif", TIFF, ""),
        ("audio/*", b"\0\1\2\3", "word.aif"),
        (".csv.gz", b"\x1f\x8b\x08", "table.csv.gz"),
    ],
)
def test_what_is_named_is_taken(kind: str, content: bytes, name: str) -> None:
    assert faults_of(content, name, kind) == []
    assert faults_of(content, name, "video/quicktime", kind) == []


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        (".jpg", PDF, "cat.jpg"),
        ("image/*", TABLE, "cat.jpg"),
        ("image/jpeg", b"\0\1", "cat.jpg"),
        ("audio/*", PDF, "word.mp3"),
        ("audio/mpeg", TABLE, "word.mp3"),
        ("csv", JPEG, "table.csv"),
        ("csv", TABLE, ""),
        ("csv", TABLE, "table.tsv"),
        ("csv", TABLE, "csv"),
        ("text/csv", TABLE, "table.txt"),
        (".docx", ZIP, "letter.xlsx"),
        (".docx", PDF, "letter.docx"),
        (".doc", ZIP, ""),
    ],
)
def test_what_is_not_named_or_only_pretends_is_refused(
    kind: str, content: bytes, name: str
) -> None:
    [fault] = faults_of(content, name, kind)
    assert (fault.rule, fault.stage) == ("format", "type")
    assert fault.actual == Blob("file", content).media.type


def test_the_refusal_names_what_it_is_and_what_is_taken() -> None:
    [fault] = faults_of(PDF, "x", ".jpg", "csv", "audio/*")
    assert fault.message == "This is a PDF; send JPG, CSV or audio/*."
    assert fault.limit == [".jpg", ".csv", "audio/*"]


def test_a_name_that_lies_is_refused_only_where_that_is_asked_for() -> None:
    assert faults_of(JPEG, "cat.png", "image/*") == []
    [fault] = faults_of(JPEG, "cat.png", "image/*", true_name=True)
    assert (fault.rule, fault.stage, fault.actual) == ("name", "type", ".png")
    assert fault.message == "This file is called .png, but it is a JPEG image."
    for name in ("cat.jpeg", "cat.JPG", "cat", "", "cat.holiday"):
        assert faults_of(JPEG, name, "image/*", true_name=True) == []


def test_it_says_which_media_types_it_takes_where_bytes_tell_them() -> None:
    assert made(".jpg", "application/pdf").accepts() == frozenset({"image/jpeg", "application/pdf"})
    sounds = made("audio/*").accepts()
    assert sounds is not None
    assert {"audio/wav", "audio/mpeg", "audio/webm"} <= sounds
    assert made(".jpg", "csv").accepts() is None


@pytest.mark.parametrize("wrong", ["", ".", "*/*", "image/", "a b", "../x", 7, None])
def test_what_is_neither_extension_nor_media_type_is_a_problem_at_start(wrong: object) -> None:
    with pytest.raises(ValidationError):
        made(wrong)


def test_a_list_of_nothing_is_a_problem_at_start() -> None:
    with pytest.raises(ValidationError):
        made()
