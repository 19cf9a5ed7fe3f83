"""Which formats can be taken back? One file each; this is the table."""

from collections.abc import Callable, Mapping
from pathlib import Path

from librarian.importing.exported import Told
from librarian.importing.formats import csv, imagefolder, jsonl, parquet, webdataset
from librarian.importing.found import Rows

FORMATS: Mapping[str, Callable[[Path, Told], Rows]] = {
    "csv": csv.rows,
    "imagefolder": imagefolder.rows,
    "jsonl": jsonl.rows,
    "parquet": parquet.rows,
    "webdataset": webdataset.rows,
}
