"""Which formats can a collection be exported to? One file each; this is the table."""

from collections.abc import Mapping

from librarian.exporting.formats.coco import Coco
from librarian.exporting.formats.csv import Csv
from librarian.exporting.formats.format import Format
from librarian.exporting.formats.imagefolder import Imagefolder
from librarian.exporting.formats.jsonl import Jsonl
from librarian.exporting.formats.parquet import Parquet
from librarian.exporting.formats.webdataset import Webdataset
from librarian.exporting.formats.yolo import Yolo

FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (Coco(), Csv(), Imagefolder(), Jsonl(), Parquet(), Webdataset(), Yolo())
}
