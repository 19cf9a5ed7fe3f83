"""Is every label in a column of one type, and can it be read back out of it?"""

from typing import Any

import pytest

from librarian.exporting.columns import MORE, MOST, Columns, Gathering, flat, nested


def gathered(*records: dict[str, Any], tags: tuple[str, ...] = ("image",)) -> Columns:
    gathering = Gathering()
    for each in records:
        gathering.add(each)
    return gathering.columns(tags)


@pytest.mark.parametrize(
    ("values", "kind", "item"),
    [
        ([1, 2], "int", ""),
        ([1, 2.5], "float", ""),
        ([2**60, 2.5], "json", ""),
        ([True, 1], "json", ""),
        (["a", 1], "json", ""),
        (["a", None], "str", ""),
        ([None], None, ""),
        ([["a"], []], "list", "str"),
        ([[1], [2.5]], "list", "float"),
        ([[]], "json", ""),
        ([["a", 1]], "json", ""),
        ([[{"x": 1}]], "json", ""),
        ([[["a"]]], "json", ""),
        ([["a"], "a"], "json", ""),
        ([{}], "json", ""),
    ],
)
def test_the_kind_of_a_column_holds_every_value(
    values: list[Any], kind: str | None, item: str
) -> None:
    found = [(c.kind, c.item) for c in gathered(*({"x": value} for value in values)).all]
    assert found == ([] if kind is None else [(kind, item)])


def test_labels_within_labels_are_columns_with_dots() -> None:
    columns = gathered({"box": {"x": 1, "deep": {"y": "a"}}}, {"box": 3})
    assert [(c.name, c.kind) for c in columns.all] == [
        ("box", "int"), ("box.deep.y", "str"), ("box.x", "int"),
    ]  # fmt: skip
    row = columns.row({"box": {"x": 1}})
    assert row == {"box": None, "box.deep.y": None, "box.x": 1}
    labels = {"a": {"b": {"c": 1}, "d": []}, "e": "x"}
    assert nested(flat(labels)) == labels


def test_a_label_that_is_called_as_data_or_a_file_gets_another_name() -> None:
    names = ["image", "file", "file_name", "mask_file_name", "my_file", "FILE_NAMES", "image_label"]
    columns = gathered(dict.fromkeys(names, "x"))
    called = {c.label: c.name for c in columns.all}
    assert len(set(called.values())) == len(names)
    assert not set(called.values()) & {"image", *names[:-1]}
    assert called["image_label"] == "image_label"
    assert called["image"] == "image_label_label"


def test_what_anybody_sends_makes_no_more_columns_than_there_is_room_for() -> None:
    columns = gathered(*({f"label-{number}": number} for number in range(3 * MOST)))
    assert len(columns.all) == MOST + 1
    assert columns.row({"label-0": 0, f"label-{MOST}": 5})[MORE] == f'{{"label-{MOST}":5}}'
