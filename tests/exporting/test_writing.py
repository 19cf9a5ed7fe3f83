"""Is what an export writes harmless, whatever contributors wrote? Cells, YAML, names of files."""

import csv
import io
from typing import Any

import pytest
import yaml as reader
from hypothesis import given
from hypothesis import strategies as st

from librarian.exporting import cells, naming, yaml

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(TEXTS)
def test_no_text_is_a_formula_and_each_is_read_back(text: str) -> None:
    assert not cells.safe(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"))
    assert cells.plain(cells.safe(text)) == text


@given(st.lists(TEXTS, min_size=1))
def test_a_table_is_read_back_whatever_stands_in_it(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    cells.write(file, ["=name"], ([text] for text in texts))
    rows = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert rows[0] == ["'=name"]
    assert [cells.plain(cell) for (cell,) in rows[1:]] == texts


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"),
        (1.5, "1.5"),
        (True, '"true"'),
        (None, '""'),
        ("", '"\'"'),
        ("'", "\"''\""),
        ("-5", '"\'-5"'),
        (["=1"], '"[""=1""]"'),
    ],
)
def test_numbers_stay_numbers(value: Any, written: str) -> None:
    file = io.StringIO(newline="")
    cells.write(file, ["x"], [[value]])
    assert file.getvalue() == f'"x"\r\n{written}\r\n'


@given(
    st.dictionaries(
        TEXTS,
        st.recursive(
            st.none() | st.booleans() | st.integers() | TEXTS,
            lambda each: st.lists(each) | st.dictionaries(TEXTS, each),
            max_leaves=5,
        ),
    )
)
def test_yaml_is_read_back_whatever_stands_in_it(value: dict[str, Any]) -> None:
    assert reader.safe_load(yaml.write(value)) == (value or None)


@pytest.mark.parametrize(
    "word", ["on", "Yes", "null", "n", "~", "1", "1e3", "", "a: b", "- a", "'"]
)
def test_a_text_stays_a_text_in_yaml(word: str) -> None:
    assert reader.safe_load(yaml.write({word: word})) == {word: word}


@given(TEXTS)
def test_the_folder_of_a_class_is_a_plain_name(word: str) -> None:
    name = naming.folder(word)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert name
    assert name.upper() not in ("CON", "NUL", "AUX", "PRN", "COM1")


def test_a_contributor_is_called_the_same_however_often_it_is_exported() -> None:
    once = naming.contributor("somebody-4711")
    assert once.startswith("c-")
    assert "somebody" not in once
    assert naming.contributor(once) == once
    assert naming.contributor("somebody-4712") != once
    assert naming.contributor("") == ""
