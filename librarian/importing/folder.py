"""Which kind of folder is this, and what does it hold? Told by its manifest, else by its files."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from librarian.importing import exported
from librarian.importing.exported import Told
from librarian.importing.formats import FORMATS, csv, imagefolder, jsonl
from librarian.importing.found import Found, Unusable

GONE = ("coco", "yolo")
"""Formats that are not taken back: what is in them of labels is not all of them."""


def contributions(
    folder: Path, tags: tuple[str, ...], *, table: str = "", label: str = ""
) -> Iterator[Found]:
    """Give what a folder holds.

    `table` is a CSV or JSON Lines file whose column `file` names the folder's files; `label` says
    which label the name of a picture's own folder is. Raises Unusable.
    """
    if not folder.is_dir():
        raise Unusable(f"{folder} is no folder." if folder.exists() else f"{folder} is not there.")
    if table:
        return _table(folder, Path(table), tags)
    about = exported.told(folder)
    name = about.format or _guessed(folder)
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        raise Unusable(f"{name} is not taken back; {known} are.")
    if label and name != "imagefolder":
        raise Unusable(f"--label is for a folder of pictures; this is {name}.")
    about = replace(about, label=label or about.label)
    return exported.contributions(folder, FORMATS[name](folder, about), about, tags)


def _table(folder: Path, table: Path, tags: tuple[str, ...]) -> Iterator[Found]:
    readers = {".csv": lambda: csv.lines(table, ours=False), ".jsonl": lambda: jsonl.lines(table)}
    if table.suffix.lower() not in readers:
        raise Unusable(f"--labels {table} is no .csv or .jsonl file.")
    if not table.is_file():
        raise Unusable(f"The file {table} is not there.")
    return exported.contributions(folder, readers[table.suffix.lower()](), Told(), tags)


def _guessed(folder: Path) -> str:
    """Tell a folder of somebody else's by its files."""
    holds = {name: any(folder.rglob(f"*.{name}")) for name in ("tar", "parquet")}
    if holds["tar"]:
        return "webdataset"
    if holds["parquet"]:
        return "parquet"
    if any(True for name in imagefolder.TABLES for _ in folder.rglob(name)):
        return "imagefolder"
    if any(folder.glob("*.jsonl")):
        return "jsonl"
    if any(folder.glob("*.csv")):
        return "csv"
    if any(path.suffix.lower() in imagefolder.ENDINGS for path in folder.rglob("*")):
        return "imagefolder"
    raise Unusable(f"{folder} holds nothing that can be taken in: {', '.join(FORMATS)}.")
