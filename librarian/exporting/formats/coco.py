"""Pictures and one JSON file of boxes, as COCO has them (cocodataset.org, "Data format")."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from librarian import __version__, strictjson
from librarian.exporting import classes
from librarian.exporting.boxes import Drawn
from librarian.exporting.context import Context
from librarian.exporting.formats.format import Format, whole
from librarian.exporting.plan import Row


class Coco(Format):
    """Pictures in `images/`, boxes in `annotations/instances_<split>.json`, in pixels.

    With --label, its values are the categories, else all boxes are of the one category `object`.
    """

    name = "coco"
    where = "images/{split}/**"
    options = {"drop_labels": True}
    pictures = True
    boxed = True
    classed = True

    def finish(self, context: Context) -> None:
        """Write the boxes; `images` and `annotations` one after another, in constant memory."""
        about = {"description": "exported by DataLibrarian", "version": __version__}
        names = [
            {"id": number, "name": name, "supercategory": ""}
            for number, name in enumerate(context.classes, 1)
        ]
        for split in context.splits:
            path = context.folder / "annotations" / f"instances_{split}.json"
            with whole(path) as file:
                file.write(b'{"info":' + strictjson.dumps(about) + b',"licenses":[],"categories":')
                file.write(strictjson.dumps(names) + b',"images":[')
                _list(file, (_image(context, n, row) for n, row in _numbered(context, split)))
                file.write(b'],"annotations":[')
                _list(file, _annotations(context, split))
                file.write(b"]}\n")

    def file(self, context: Context, row: Row, item: Mapping[str, Any]) -> str:
        """Name the file of the picture; other data have none."""
        name = classes.picture(context, row, item)
        return f"images/{row.split}/{name}" if name else ""


def _numbered(context: Context, split: str) -> Iterator[tuple[int, Row]]:
    return enumerate(context.written(split), 1)


def _image(context: Context, number: int, row: Row) -> dict[str, Any]:
    item = context.item(row, context.picture) or {}
    return {
        "id": number,
        "file_name": context.name(row, item),
        "width": item.get("width", 0),
        "height": item.get("height", 0),
        "uid": row.uid,
        "labels": row.body["labels"],
        **context.facts(row),
    }


def _annotations(context: Context, split: str) -> Iterator[dict[str, Any]]:
    number = 0
    known = {word: place for place, word in enumerate(context.classes, 1)}
    for image, row in _numbered(context, split):
        drawn = classes.drawn(context, row)
        if drawn is not None:
            number += 1
            yield {
                "id": number,
                "image_id": image,
                "category_id": known[classes.of(context, row)],
                "bbox": [round(v, 3) for v in (drawn.x, drawn.y, drawn.width, drawn.height)],
                **_outline(drawn),
                "iscrowd": 0,
            }


def _outline(drawn: Drawn) -> dict[str, Any]:
    """Give the box as a polygon, which also says how it is turned, and its area (shoelace)."""
    right, bottom = drawn.x + drawn.width, drawn.y + drawn.height
    corners = drawn.corners or (
        (drawn.x, drawn.y), (right, drawn.y), (right, bottom), (drawn.x, bottom)
    )  # fmt: skip
    pairs = zip(corners, (*corners[1:], corners[0]), strict=True)
    area = abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2
    points = [round(value, 3) for corner in corners for value in corner]
    return {"segmentation": [points], "area": round(area, 3)}


def _list(file: Any, items: Iterator[Mapping[str, Any]]) -> None:
    for number, item in enumerate(items):
        text = json.dumps(item, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        file.write((",\n" if number else "\n").encode() + text.encode())
