"""What does somebody want to export: in which format, split how, in shards of what size?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from librarian.exporting.formats import FORMATS
from librarian.exporting.split import Splits
from librarian.problem import nearest
from librarian.units import BYTE_UNITS, say_bytes

ALONE = "train"
"""The one split where none are asked for, as trainers call it."""
SMALLEST = 1024
"""Bytes of a shard, at least."""
SHARD = "256MiB"
WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)")


class Unusable(Exception):
    """What was asked for cannot be done; the text is a sentence for each fault."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One export as it was asked for; two that are equal give the same folder."""

    format: str
    splits: Splits
    shard_size: int
    label: str = ""
    """The label that is a class: it names the folders of imagefolder, a box of coco or yolo."""
    filters: Mapping[str, Any] = field(default_factory=dict)
    """What of the collection was meant, as it was said."""

    @property
    def told(self) -> dict[str, Any]:
        """Everything that was asked for, as JSON, for the manifest and to know it again."""
        return {
            "format": self.format,
            "filters": dict(self.filters),
            "splits": dict(self.splits.shares),
            "shard_size": self.shard_size if FORMATS[self.format].sharded else None,
            "label": self.label,
        }


def read(
    to: str, *, split: str = "", shard_size: str = "", label: str = "", **filters: str
) -> Asked:
    """Read what flags say. Raises Unusable with every fault."""
    faults = []
    name = to.lower()
    if not to:
        faults.append(f"--to FORMAT is missing; there are {', '.join(FORMATS)}.")
    elif name not in FORMATS:
        known = ", ".join(FORMATS)
        faults.append(f"There is no format “{to[:40]}”; there are {known}.{nearest(name, FORMATS)}")
    elif shard_size and not FORMATS[name].sharded:
        sharded = " and ".join(each for each, made in FORMATS.items() if made.sharded)
        faults.append(f"--shard-size is for {sharded}; {name} has no shards.")
    try:
        splits = Splits.read(split) if split else Splits({ALONE: 1.0})
    except ValueError as error:
        faults.append(f"--split: {error}.")
    size = _size(shard_size or SHARD)
    if size is None or size < SMALLEST:
        least = say_bytes(SMALLEST)
        faults.append(f"--shard-size is a size like 256MiB, {least} at least.")
    if faults:
        raise Unusable("\n".join(faults))
    given = {key: value for key, value in filters.items() if value}
    return Asked(name, splits, size or 0, label, given)


def _size(text: str) -> int | None:
    found = WRITTEN.fullmatch(text.strip())
    if found is None or found[2].lower() not in BYTE_UNITS:
        return None
    return int(float(found[1]) * BYTE_UNITS[found[2].lower()])
