"""Pictures and a text file of boxes for each, as YOLO's trainers read them (Ultralytics)."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from librarian.exporting import classes, yaml
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Format, whole
from librarian.exporting.plan import Piece, Row

JUDGED = ("val", "valid", "validation", "dev", "test", "train")
"""The splits that may be what a trainer judges itself by; the first that is there is."""


class Yolo(Format):
    """Pictures in `images/`, boxes in `labels/` as fractions of the picture, and `data.yaml`.

    With --label, its values are the classes, else all boxes are of the one class `object`.
    """

    name = "yolo"
    where = "images/{split}/**"
    options = {"drop_labels": True}
    pictures = True
    boxed = True
    classed = True

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write the pictures of a piece, and the boxes of each."""
        super().write(context, piece, self._boxed(context, piece, records))

    def finish(self, context: Context) -> None:
        """Write what trainers are started with."""
        splits = {"train": context.splits[0]} | {each: each for each in context.splits}
        judged = next(splits[each] for each in JUDGED if each in splits)
        places = {each: f"images/{where}" for each, where in splits.items()}
        names = {str(number): word for number, word in enumerate(context.classes)}
        told = {"path": ".", "val": f"images/{judged}", **places, "names": names}
        with whole(context.folder / "data.yaml") as file:
            file.write(yaml.write(told).encode())
        with whole(context.folder / "classes.txt") as file:
            file.write("".join(f"{' '.join(word.split())}\n" for word in context.classes).encode())

    def file(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        """Name the file of the picture; other data have none."""
        name = classes.picture(context, row, item)
        return f"images/{row.split}/{name}" if name else ""

    def _boxed(
        self, context: Context, piece: Piece, records: Iterator[Fetched]
    ) -> Iterator[Fetched]:
        known = {word: place for place, word in enumerate(context.classes)}
        folder = context.folder / "labels" / piece.split
        folder.mkdir(parents=True, exist_ok=True)
        for each in records:
            item = context.item(each.row, context.picture)
            if item is not None and not each.fault:
                name = PurePath(context.name(each.row, item)).with_suffix(".txt")
                (folder / name).write_bytes(_line(context, each.row, known).encode())
            yield each


def _line(context: Context, row: Row, known: Mapping[str, int]) -> str:
    """Write a box: class, middle and size, as fractions; nothing where there is no box."""
    drawn, item = classes.drawn(context, row), context.item(row, context.picture)
    if drawn is None or item is None:
        return ""
    width, height = item["width"], item["height"]
    middle = ((drawn.x + drawn.width / 2) / width, (drawn.y + drawn.height / 2) / height)
    numbers = (*middle, drawn.width / width, drawn.height / height)
    return f"{known[classes.of(context, row)]} {' '.join(f'{each:.6f}' for each in numbers)}\n"
