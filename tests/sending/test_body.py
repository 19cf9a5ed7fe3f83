"""Is a body exactly as long as announced, does its key tell everything, do changes stop it?"""

import base64
import io
import os
from pathlib import Path

import pytest

from librarian.sending.body import write
from librarian.sending.contribution import CHUNK, Changed, Contribution, gather
from librarian.sending.labelling import Labelling, Labels, Unusable, read
from librarian.web.pieces import of as pieces

URL = "http://127.0.0.1:8000"
FILE = {"image": ["file"]}


def made(tmp_path: Path, content: bytes, labels: str = "", name: str = "a.jpg") -> Contribution:
    (tmp_path / name).write_bytes(content)
    (one,) = gather([str(tmp_path / name)], ["image"], read(labels))
    return one


def passed(_: int) -> None:
    pass


@pytest.mark.parametrize("size", [0, 1, 2, 3, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 1])
@pytest.mark.parametrize("types", [["file"], ["base64"], ["raw"], ["base64", "file", "raw"]])
def test_the_body_is_as_long_as_it_says_and_holds_the_file(
    tmp_path: Path, size: int, types: list[str]
) -> None:
    content = os.urandom(size)
    counted: list[int] = []
    body = write(made(tmp_path, content, '{"x": "å"}'), {"image": types}, counted.append)
    sent = b"".join(body.pieces())
    assert len(sent) == body.length
    assert sum(counted) == size
    if types == ["raw"]:
        assert (sent, body.query) == (content, "x=%C3%A5")
        return
    found = dict(pieces("multipart", io.BytesIO(sent), body.media_type.partition("boundary=")[2]))
    assert found["labels"].value == '{"x":"å"}'
    if types == ["base64"]:
        assert base64.b64decode(found["image"].value) == content
    else:
        assert found["image"].value == content
        assert found["image"].filename == "a.jpg"


def test_labels_of_a_table_are_fields_so_that_the_service_reads_them(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,box.x,label\na.jpg,3,cat\n")
    one = made(tmp_path, b"photo", str(tmp_path / "labels.csv"))
    body = write(one, FILE, passed)
    found = dict(pieces("multipart", io.BytesIO(b"".join(body.pieces())), body.media_type[-32:]))
    assert {name: each.value for name, each in found.items() if name != "image"} == {
        "box.x": "3", "label": "cat",
    }  # fmt: skip


@pytest.mark.parametrize("name", ['a"b.jpg', "ä ö;=.jpg", "a\nb.jpg", "a\\b.jpg"])
def test_awkward_file_names_do_not_break_the_form(tmp_path: Path, name: str) -> None:
    one = made(tmp_path, b"photo", name=name)
    body = write(one, FILE, passed)
    sent = b"".join(body.pieces())
    assert len(sent) == body.length
    ((tag, carrier),) = pieces("multipart", io.BytesIO(sent), body.media_type[-32:])
    assert (tag, carrier.value) == ("image", b"photo")
    assert "\n" not in carrier.filename


def test_the_key_changes_with_address_labels_input_and_bytes_and_with_nothing_else(
    tmp_path: Path,
) -> None:
    first = made(tmp_path, b"photo", '{"x": 1, "y": 2}').key(URL)
    assert first == made(tmp_path, b"photo", '{"y": 2, "x": 1}', name="b.jpg").key(URL)
    assert len(first) == 64
    others = {
        made(tmp_path, b"photo", '{"x": 1, "y": 2}').key(URL + "1"),
        made(tmp_path, b"photo", '{"x": 1, "y": 3}').key(URL),
        made(tmp_path, b"photo").key(URL),
        made(tmp_path, b"phot", '{"x": 1, "y": 2}').key(URL),
        Contribution("a", {"mask": tmp_path / "b.jpg"}, Labels({"x": 1, "y": 2}), 5).key(URL),
        Contribution("a", {"image": tmp_path / "b.jpg"}, Labels({}, written=True), 5).key(URL),
    }
    assert len(others | {first}) == 7


@pytest.mark.parametrize("after", [b"photo" * CHUNK + b"!", b"photo", b"Photo" * CHUNK])
@pytest.mark.parametrize("way", ["file", "base64", "raw"])
def test_a_file_that_changes_is_not_sent_to_its_end(tmp_path: Path, after: bytes, way: str) -> None:
    one = made(tmp_path, b"photo" * CHUNK)
    body = write(one, {"image": [way]}, passed)
    (tmp_path / "a.jpg").write_bytes(after)
    sent: list[bytes] = []
    with pytest.raises(Changed):
        sent.extend(body.pieces())
    assert sum(map(len, sent)) < body.length


def test_several_inputs_are_named_before_each_file(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.png", "odd,mask=c.png"):
        (tmp_path / name).write_bytes(b"photo")
    word = f"image={tmp_path}/a.jpg,mask={tmp_path}/b.png"
    both, odd = gather([word, f"{tmp_path}/odd,mask=c.png"], ["image", "mask"], Labelling("", {}))
    assert {tag: path.name for tag, path in both.files.items()} == {
        "image": "a.jpg",
        "mask": "b.png",
    }
    assert list(odd.files) == ["image"]
    assert both.size == 10


def test_every_file_that_cannot_be_sent_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,label\na.jpg,cat\n")
    (tmp_path / "b.jpg").write_bytes(b"photo")
    words = [str(tmp_path), str(tmp_path / "nowhere.jpg"), str(tmp_path / "b.jpg")]
    with pytest.raises(Unusable) as refused:
        gather(words, ["image"], read(str(tmp_path / "labels.csv")))
    first, second, third = str(refused.value).splitlines()
    assert "is a folder" in first
    assert "nowhere.jpg is not there" in second
    assert "says nothing about" in third
