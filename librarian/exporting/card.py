"""What does the dataset card say? To trainers where the splits lie, to people what was collected.

The form is that of Hugging Face (Hub documentation, "Manual Configuration"): YAML between two lines
of dashes, by which `datasets.load_dataset(DIR)` needs no arguments, then Markdown.
No word of a contributor stands in the Markdown but names of labels, within code.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from librarian.exporting import yaml
from librarian.exporting.asked import Asked
from librarian.exporting.columns import MORE
from librarian.exporting.context import Context
from librarian.exporting.formats import FORMATS
from librarian.exporting.table import typed
from librarian.units import say_bytes

NAME = "README.md"
SIZES = (
    (10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"), (10**8, "10M<n<100M"),
)  # fmt: skip
LARGEST = "100M<n<1B"
MEANING = re.compile(r"[`|<>&\[\]\\\s]")
"""What means something in Markdown or HTML, even within code that a table holds."""
SHOWN = 60
"""Characters of a label's name, and columns, that are shown."""


def written(asked: Asked, context: Context, manifest: Mapping[str, Any]) -> str:
    """Write the card."""
    return f"---\n{yaml.write(_front(asked, context, manifest))}---\n\n" + "".join(
        f"{line}\n" for line in _text(asked, context, manifest)
    )


def _front(asked: Asked, context: Context, manifest: Mapping[str, Any]) -> dict[str, Any]:
    form = FORMATS[asked.format]
    features = [{"name": name, **typed(kind)} for name, kind in form.features(context)]
    splits = [{"split": split, "path": form.pattern(split)} for split in context.splits]
    total = sum(manifest["splits"].values())
    size = next((word for most, word in SIZES if total < most), LARGEST)
    return {
        "pretty_name": "Contributions collected by DataLibrarian",
        "size_categories": [size],
        "tags": ["crowdsourced", "datalibrarian"],
        "configs": [
            {"config_name": "default", "data_files": splits, **form.options},
        ],
        **({"dataset_info": {"features": features}} if features else {}),
    }


def _text(asked: Asked, context: Context, manifest: Mapping[str, Any]) -> Iterator[str]:
    yield "# Contributions collected by DataLibrarian"
    yield ""
    yield f"Exported as `{asked.format}`. `manifest.json` tells what was asked for and which"
    yield "configuration accepted it, `records.jsonl` the hash and place of every piece of data."
    yield ""
    yield "| split | records |"
    yield "|---|---|"
    for split, count in manifest["splits"].items():
        yield f"| {split} | {count:,} |"
    yield ""
    yield f"Data: {say_bytes(manifest['bytes'])}. Inputs:"
    yield ""
    for each in context.inputs:
        yield f"- `{each.tag}`: {each.kind}, mostly {each.media_type}"
    yield ""
    if len(asked.splits.shares) > 1:
        yield "What one contributor sent stands in one split, and so do pictures that look alike."
        yield ""
    if manifest["turned"]:
        yield f"{manifest['turned']:,} pictures are stored turned, as phones do, as their EXIF"
        yield "says: turn them (Pillow: `ImageOps.exif_transpose`) before boxes are laid on them."
        yield ""
    if context.columns.all:
        yield "| label | type |"
        yield "|---|---|"
        for column in context.columns.all[:SHOWN]:
            name = "other labels" if column.name == MORE else _code(column.label)
            yield f"| {name} | {column.kind}{f' of {column.item}' if column.item else ''} |"
        if len(context.columns.all) > SHOWN:
            yield f"| and {len(context.columns.all) - SHOWN} more | |"
        yield ""
    yield "Whoever contributed may withdraw: export again, and leave out what is gone by then."


def _code(name: str) -> str:
    """Write a label's name so that it is nothing but its letters."""
    shown = name if len(name) <= SHOWN else f"{name[: SHOWN - 1]}…"
    return f"`{MEANING.sub('�', shown)}`"
