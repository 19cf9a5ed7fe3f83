"""Are labels from the command line and from tables read as they are meant?"""

from pathlib import Path

import pytest

from librarian.sending.labelling import Labels, Unusable, read


def table(tmp_path: Path, name: str, text: str) -> str:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return str(path)


def test_nothing_said_is_no_label() -> None:
    assert read("").of("a.jpg") == Labels({}, written=False)


def test_an_object_is_for_every_file() -> None:
    labelling = read(' {"label": "cat", "x": 1.5}')
    assert labelling.of("a.jpg") == labelling.of("b.jpg") == Labels({"label": "cat", "x": 1.5})


def test_cells_of_csv_are_text_and_empty_ones_are_no_label(tmp_path: Path) -> None:
    text = '\ufefffile,label,x,note\r\na.jpg,cat,3,"two\nlines, and ""quotes"""\r\nb.jpg,dog,,\r\n'
    labelling = read(table(tmp_path, "labels.csv", text))
    written = Labels({"label": "cat", "x": "3", "note": 'two\nlines, and "quotes"'}, written=True)
    assert labelling.of("a.jpg") == written
    assert labelling.of("some/where/b.jpg") == Labels({"label": "dog"}, written=True)


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    text = '{"file": "a.jpg", "x": 3, "box": {"y": 0.5}}\n\n{"file": "in/b.jpg"}\n'
    labelling = read(table(tmp_path, "labels.jsonl", text))
    assert labelling.of("a.jpg") == Labels({"x": 3, "box": {"y": 0.5}})
    assert labelling.of("in/b.jpg") == Labels({})
    with pytest.raises(Unusable, match="says nothing about b"):
        labelling.of("b.jpg")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "label\ncat\n", "column “file”"),
        ("a.csv", "file,x,x\n", "a column twice"),
        ("a.csv", "file,x,\n", "without a name"),
        ("a.csv", "file,x\na.jpg,1,2\n", "line 2: it does not have as many cells"),
        ("a.csv", "file,x\na.jpg\n", "line 2: it does not have as many cells"),
        ("a.csv", 'file,x\na.jpg,"1"2\n', "after line 1: this is not CSV"),
        ("a.csv", "file,x\na.jpg,1\na.jpg,2\n", "line 3: a.jpg is there twice"),
        ("a.jsonl", '{"file": "a.jpg"}\n{"x": 1}', "line 2: it needs “file”"),
        ("a.jsonl", '{"file": "a.jpg"}\n[1]', "line 2: this is not a JSON object"),
        ("a.jsonl", '{"file": "a.jpg", "x": NaN}', "line 1"),
        ("a.txt", "cat", "neither a JSON object nor"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(Unusable) as refused:
        read(table(tmp_path, name, text))
    assert said in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize("said", ['{"x": ', '{"x": Infinity}', "nowhere.csv", "["])
def test_what_is_no_labels_is_refused(said: str) -> None:
    with pytest.raises(Unusable):
        read(said)


def test_a_table_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"file\n\xff\xfe\n")
    with pytest.raises(Unusable, match="not UTF-8"):
        read(str(tmp_path / "a.csv"))
