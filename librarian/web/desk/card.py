"""What is seen of a record at the desk? Its pieces of data, the box on them, labels and flags.

Nothing that strangers sent turns the direction of what stands beside it, or hides: characters that
cannot be seen are written as they are called in programs.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from librarian.characters import HIDDEN_IN_TEXT
from librarian.collection import Entry
from librarian.figures.crop import Crop, Crops
from librarian.units import say_bytes

LONGEST = 300
"""Characters of a label's value that a card shows; the single view shows all."""
SHORT_TEXT = 64 * 2**10
"""Bytes of a text that is shown where it stands."""
UNSIZED = (1000, 1000)
"""What fractions are drawn on where the size of a picture is not told."""


@dataclass(frozen=True)
class Piece:
    """One piece of a record's data, as the desk shows it."""

    uid: str
    item: Mapping[str, Any]
    crop: Crop | None

    @property
    def tag(self) -> str:
        """The input that it came in as."""
        return str(self.item.get("tag", ""))

    @property
    def kind(self) -> str:
        """How it is shown: image, audio, video, text or file."""
        family, _, own = str(self.item.get("media_type", "")).partition("/")
        if family in ("image", "audio", "video"):
            return family if own not in ("svg+xml",) else "file"
        short = self.item.get("bytes", 0) <= SHORT_TEXT
        return "text" if short and (family == "text" or own == "json") else "file"

    @property
    def url(self) -> str:
        """Where its bytes are."""
        return f"/records/{self.uid}/data/{self.tag}"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as people see it."""
        told = self.item.get("width"), self.item.get("height")
        return (int(told[0]), int(told[1])) if told[0] and told[1] else UNSIZED

    @property
    def points(self) -> str:
        """The corners of the box, as an SVG polygon has them, in pixels; empty without one."""
        if self.crop is None:
            return ""
        width, height = self.size
        return " ".join(f"{x * width:.1f},{y * height:.1f}" for x, y in self.crop.corners())

    @property
    def said(self) -> str:
        """Its kind and size, in words."""
        sizes = f", {self.size[0]} × {self.size[1]} pixels" if self.size != UNSIZED else ""
        kind = visible(str(self.item.get("media_type", "")))
        return f"{kind}, {say_bytes(int(self.item.get('bytes', 0)))}{sizes}"


@dataclass(frozen=True)
class Card:
    """One record at the desk."""

    entry: Entry
    crops: Crops

    @property
    def pieces(self) -> list[Piece]:
        """Its pieces of data, pictures first."""
        crop = self.crops.of(self.entry)
        pieces = [
            Piece(self.entry.uid, item, crop if crop and crop.tag == item.get("tag") else None)
            for item in self.entry.data
        ]
        return sorted(pieces, key=lambda each: each.kind != "image")

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Its labels with their values as text, those of the box last."""
        names = self.crops.names(self.entry)
        told = list(_leaves(self.entry.labels, ""))
        return sorted(told, key=lambda each: each[0] in names)

    @property
    def told(self) -> list[tuple[str, str]]:
        """The labels that a card shows: not those that are seen as a box."""
        names = self.crops.names(self.entry) if self.crops.of(self.entry) else set()
        return [(name, value[:LONGEST]) for name, value in self.labels if name not in names]

    @property
    def day(self) -> str:
        """When it was received, as people write it, in UTC."""
        return said(self.entry.received_at)

    @property
    def whole(self) -> str:
        """The label record as indented JSON."""
        return visible(json.dumps(self.entry.whole, indent=2, ensure_ascii=False))


def visible(text: str) -> str:
    r"""Write by their numbers, as \u202e, characters that cannot be seen or turn the direction."""
    return HIDDEN_IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def said(moment: str) -> str:
    """Write a moment of a record as people do, in UTC; what is none stays as it is."""
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return visible(moment)
    return f"{at.day} {at:%b %Y, %H:%M}"


def _leaves(labels: Mapping[str, Any], within: str) -> Iterator[tuple[str, str]]:
    for name, value in labels.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{within}{name}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            yield visible(within + name), visible(text)
