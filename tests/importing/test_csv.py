"""Does a table of CSV say exactly what was exported, whatever the labels are?"""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from librarian import strictjson
from librarian.exporting import cells
from librarian.exporting.columns import Gathering, flat
from librarian.importing import exported
from librarian.importing.exported import Told
from librarian.importing.formats import csv
from librarian.uid import mint

TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["", "'", "''", '"', "=1", "3", "true", "null", "\r", "\n", "\0", ",", " ", "\ufeff", "[]"]
)
NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="."), min_size=1, max_size=8
).filter(lambda name: not name.startswith("_") and name != "uid")
"""Names that labels have; a dot in one is read as a label within a label."""
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(NAMES, each, max_size=3),
    max_leaves=6,
)  # fmt: skip


Record = tuple[dict[str, Any], str]
"""Labels and a text; the text is empty where none was sent."""


def read_back(folder: Path, records: list[Record]) -> list[Record]:
    """Write records as an export does, and read them as an import does."""
    seen = Gathering()
    for labels, _ in records:
        seen.add(labels)
    columns = seen.columns(["note"])
    rows = [
        {"uid": mint(), "note": note or None, **columns.row(labels)} for labels, note in records
    ]
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        cells.write(file, rows[0], (row.values() for row in rows))
    about = Told("csv", {each["name"]: each for each in columns.told}, {"note": "text"})
    found = list(exported.contributions(folder, csv.rows(folder, about), about, ("note",)))
    assert [(each.uid, each.fault) for each in found] == [(row["uid"], "") for row in rows]
    texts = [each.data["note"].read().decode() if each.data else "" for each in found]
    return [(dict(each.labels), text) for each, text in zip(found, texts, strict=True)]


@given(
    st.lists(
        st.tuples(st.dictionaries(NAMES, VALUES, max_size=4), TEXTS), min_size=1, max_size=4
    )
)  # fmt: skip
def test_whatever_is_written_is_read_back(records: list[Record]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        back = read_back(Path(folder), records)
    for (labels, note), (read, text) in zip(records, back, strict=True):
        assert strictjson.same(flat(read), flat(labels))
        assert text == note


def test_a_text_of_any_length_is_read_back(tmp_path: Path) -> None:
    long = "long, " * 200_000
    assert read_back(tmp_path, [({"label": long}, long)]) == [({"label": long}, long)]
