"""Pictures in folders: with `metadata.jsonl` or `metadata.csv` beside them, or a folder a class."""

from dataclasses import replace
from pathlib import Path

from librarian.exporting import naming
from librarian.exporting.formats.imagefolder import Imagefolder
from librarian.importing.exported import Told
from librarian.importing.formats import csv, jsonl
from librarian.importing.found import Row, Rows, file
from librarian.media import KNOWN

TABLES = ("metadata.jsonl", "metadata.csv")
ENDINGS = frozenset(each.extension for each in KNOWN.values()) | {".jpeg", ".tiff"}
UNLABELLED = "unlabelled"


def rows(folder: Path, about: Told) -> Rows:
    """Yield the rows; the files that a table names lie beside it."""
    tables = sorted(path for name in TABLES for path in folder.rglob(name))
    for path in tables:
        made = jsonl.lines(path) if path.suffix == ".jsonl" else csv.lines(path, ours=False)
        beside = path.parent.relative_to(folder)
        for row in made:
            moved = {
                name: (beside / value).as_posix() if _names_file(name, value) else value
                for name, value in row.cells.items()
            }
            yield replace(row, place=f"{beside.as_posix()}/{row.place}", cells=moved)
    if not tables:
        yield from _by_folder(folder, about)


def _by_folder(folder: Path, about: Told) -> Rows:
    """Yield pictures whose folder is their class; `label` is the label that is."""
    words = {naming.folder(word): word for word in about.classes}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in ENDINGS and path.is_file():
            name = path.relative_to(folder).as_posix()
            word = words.get(path.parent.name, path.parent.name)
            labels = {about.label: word} if about.label and word != UNLABELLED else {}
            own = path.stem[:24] if about.format == Imagefolder.name else ""
            cells = {**labels, **({"uid": own} if own else {})}
            yield Row(name, cells, {"": file(folder, name)})


def _names_file(name: str, value: object) -> bool:
    return isinstance(value, str) and (name in ("file", "file_name") or name.endswith("_file_name"))
