"""Pictures and a text file of boxes for each, as YOLO's trainers read them (docs.ultralytics.com)."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from librarian.exporting import classes, yaml
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched
from librarian.exporting.formats.format import Features, Format, files, whole
from librarian.exporting.plan import Piece, Row

JUDGED = ("val", "valid", "validation", "dev", "test", "train")
"""The splits that may be what a trainer judges itself by; the first that is there is."""


class Yolo(Format):
    """Pictures in `images/`, boxes in `labels/` as fractions of the picture, and `data.yaml`.

    With --label, its values are the classes, else all boxes are of the one class `object`.
    """

    name = "yolo"
    pictures = True
    boxed = True
    classed = True

    def write(self, context: Context, piece: Piece, records: Iterator[Fetched]) -> None:
        """Write the pictures of a piece, and the boxes of each."""
        known = {word: place for place, word in enumerate(context.classes)}
        boxes = context.folder / "labels" / piece.split
        boxes.mkdir(parents=True, exist_ok=True)

        def name(row: Row, item: Mapping[str, Any]) -> str:
            own = classes.picture(context, row, item)
            if own:
                text = _line(context, row, item, known)
                (boxes / PurePath(own).with_suffix(".txt")).write_bytes(text.encode())
            return own

        files(context, records, context.folder / "images" / piece.split, name)

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

    def place(self, context: Context, row: Row, item: Mapping[str, Any], piece: Piece) -> str:
        """Say in which file a piece of data lies."""
        name = classes.picture(context, row, item)
        return f"images/{row.split}/{name}" if name else ""

    def patterns(self, context: Context, split: str) -> str:
        """Name the pictures of a split."""
        return f"images/{split}/**"

    def features(self, context: Context) -> Features:
        """Name what `datasets` gets of it: the pictures."""
        return [("image", "image")]

    def options(self, context: Context) -> Mapping[str, Any]:
        """Say that the names of folders are no labels."""
        return {"drop_labels": True}


def _line(
    context: Context, row: Row, item: Mapping[str, Any], known: Mapping[str, int]
) -> str:
    """Write a box: class, middle and size, as fractions; nothing where there is no box."""
    drawn = classes.drawn(context, row)
    if drawn is None:
        return ""
    width, height = item["width"], item["height"]
    middle = ((drawn.x + drawn.width / 2) / width, (drawn.y + drawn.height / 2) / height)
    numbers = (*middle, drawn.width / width, drawn.height / height)
    return f"{known[classes.of(context, row)]} {' '.join(f'{each:.6f}' for each in numbers)}\n"
