"""Do the libraries that trainers use load what is exported, as it stands?"""

import csv
import importlib.util
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from librarian.exporting.formats import FORMATS
from tests.exporting.collected import Collected, environ, filled, labels, lines
from tests.process import a_folder

COUNT = 1000
SPLIT = "train=0.8,val=0.1,test=0.1"
BY_DATASETS = ("imagefolder", "webdataset", "parquet", "jsonl", "coco", "yolo")
LOOKING = [
    {"validator": "unique", "kwargs": {"by": "look", "distance": 0}, "on_fail": "flag"},
]
"""So that what pictures look like is kept, and each export need not see for itself."""
HAS_TORCH = importlib.util.find_spec("torch") is not None


@pytest.fixture(scope="module")
def thousand() -> Iterator[Collected]:
    with a_folder() as folder:
        yield filled(folder / "service", COUNT, DATA_VALID_CONFIG=LOOKING)


@pytest.fixture(scope="module")
def exported(thousand: Collected) -> Path:
    """Export a thousand records to every format."""
    folder = thousand.folder / "exported"
    for form in FORMATS:
        thousand.export(folder / form, form, split=SPLIT, **small(form), **by_label(form))
    return folder


def small(form: str) -> dict[str, str]:
    return {"shard_size": "500KB"} if FORMATS[form].sharded else {}


def by_label(form: str) -> dict[str, str]:
    return {"label": "label"} if form in ("coco", "yolo") else {}


@pytest.fixture(scope="module")
def consumed(exported: Path) -> dict[str, Any]:
    """Give what each library reads of them."""
    words = [f"{form}={exported / form}" for form in BY_DATASETS]
    words.append(f"webdataset-library={exported / 'webdataset'}")
    words += [f"torch={exported / 'webdataset'}"] if HAS_TORCH else []
    home = exported / "home"
    offline = {
        "HF_HOME": str(home), "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1",
        "HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-m", "tests.exporting.consumer", str(home / "cache"), *words],
        env={**environ(), **offline}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    read: dict[str, Any] = json.loads(run.stdout)
    return read


def shared(exported: Path, form: str) -> dict[str, int]:
    counts: dict[str, int] = json.loads((exported / form / "manifest.json").read_bytes())["splits"]
    assert set(counts) == {"train", "val", "test"}
    assert sum(counts.values()) == COUNT
    return counts


@pytest.mark.parametrize("form", BY_DATASETS)
def test_datasets_loads_it_without_arguments(
    exported: Path, consumed: dict[str, Any], form: str
) -> None:
    read = consumed[form]
    assert {split: len(rows) for split, rows in read.items()} == shared(exported, form)
    picture = next(name for name in ("image", "jpg", "file") if name in read["train"][0])
    for rows in read.values():
        for row in rows:
            whole = {**row, **row.get("json", {})}
            if form != "jsonl":
                assert row[picture] == [48, 32]
            if form not in ("coco", "yolo"):
                sent = labels(whole["number"])
                assert whole["label"] == sent["label"]
                assert whole["box.height"] == sent["box"]["height"]
                assert whole["tags"] == sent["tags"]
                assert whole["seen"] == sent["seen"]
                assert whole["markup"] == sent["markup"]
                assert whole["x_file_name_label"] == sent["x_file_name"]
    if form not in ("coco", "yolo"):
        numbers = [{**r, **r.get("json", {})}["number"] for rows in read.values() for r in rows]
        assert sorted(numbers) == list(range(COUNT))


def test_the_library_webdataset_streams_its_shards(
    exported: Path, consumed: dict[str, Any]
) -> None:
    read = consumed["webdataset-library"]
    assert len(list((exported / "webdataset" / "data").glob("train-*.tar"))) > 2
    assert (
        len({row["number"] for row in read}) == len(read) == shared(exported, "webdataset")["train"]
    )
    assert all(row["jpg"] == [48, 32] for row in read)


@pytest.mark.skipif(not HAS_TORCH, reason="torch is not installed")
def test_a_dataloader_of_torch_gives_each_record_once(
    exported: Path, consumed: dict[str, Any]
) -> None:
    read = consumed["torch"]
    assert {tuple(row["shape"]) for row in read} == {(3, 32, 48)}
    train = shared(exported, "webdataset")["train"]
    assert len({row["number"] for row in read}) == len(read) == train


def test_pyarrow_reads_columns_of_their_types(exported: Path) -> None:
    from pyarrow import dataset

    read = dataset.dataset(exported / "parquet" / "data", format="parquet")
    kinds = {name: str(read.schema.field(name).type) for name in read.schema.names}
    assert kinds["image"] == "struct<bytes: binary, path: string>"
    told = [kinds[name] for name in ("number", "box.x", "seen", "label", "tags")]
    assert told == ["int64", "double", "bool", "string", "list<element: string>"]
    rows = read.to_table(columns=["number", "image"]).to_pylist()
    assert sorted(row["number"] for row in rows) == list(range(COUNT))
    assert all(row["image"]["bytes"].startswith(b"\xff\xd8") for row in rows)


def test_pycocotools_finds_the_boxes_and_draws_them(exported: Path) -> None:
    from pycocotools.coco import COCO

    total = 0
    for split, count in shared(exported, "coco").items():
        read = COCO(str(exported / "coco" / "annotations" / f"instances_{split}.json"))
        assert {each["name"] for each in read.loadCats(read.getCatIds())} == {
            "cat", "dog", "Ünlü=1",
        }  # fmt: skip
        for image in read.loadImgs(read.getImgIds()):
            (box,) = read.loadAnns(read.getAnnIds(image["id"]))
            sent = image["labels"]
            assert read.loadCats(box["category_id"])[0]["name"] == sent["label"]
            assert box["bbox"] == [12.0, 4.0, 24.0, round(32 * sent["box"]["height"], 3)]
            assert _area(read, box) == box["area"]
            assert (exported / "coco" / "images" / split / image["file_name"]).is_file()
        total += len(read.getImgIds())
        assert len(read.getImgIds()) == count
    assert total == COUNT


def _area(read: Any, box: Any) -> int:
    """Count the pixels of a box that is drawn; the library is not ready for NumPy 2's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        drawn: int = read.annToMask(box).sum()
    return drawn


def test_a_trainer_of_yolo_finds_a_box_for_each_picture(exported: Path) -> None:
    import yaml

    folder = exported / "yolo"
    told = yaml.safe_load((folder / "data.yaml").read_bytes())
    assert told["names"] == {"0": "cat", "1": "dog", "2": "Ünlü=1"}
    assert (folder / "classes.txt").read_text(encoding="utf-8") == "cat\ndog\nÜnlü=1\n"
    for split, count in shared(exported, "yolo").items():
        pictures = list((folder / told[split]).iterdir())
        assert len(pictures) == count
        for picture in pictures:
            line = (folder / "labels" / split / f"{picture.stem}.txt").read_text()
            name, *numbers = line.split()
            assert name in "012"
            height = float(numbers[3])
            assert numbers == ["0.500000", f"{0.125 + height / 2:.6f}", "0.500000", f"{height:.6f}"]


def test_no_cell_of_a_table_is_a_formula_and_numbers_stay_numbers(exported: Path) -> None:
    read = 0
    for split in ("train", "val", "test"):
        raw = (exported / "csv" / f"{split}.csv").read_text(encoding="utf-8")
        for cell in (cell for row in csv.reader(raw.splitlines()) for cell in row):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
        with (exported / "csv" / f"{split}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                read += 1
                assert row["formula"].startswith("'=HYPERLINK")
                assert row["number"] == str(int(row["number"]))
    assert read == COUNT


def test_every_file_is_called_by_uid_tag_and_kind_alone(exported: Path) -> None:
    known = {each["uid"] for each in lines(exported / "jsonl" / "records.jsonl")}
    for form in ("coco", "csv", "imagefolder", "jsonl", "yolo"):
        for path in (exported / form).rglob("*.jpg"):
            assert path.stem in known


def test_what_contributors_are_called_by_is_in_no_export(exported: Path) -> None:
    for form in FORMATS:
        for path in (exported / form).rglob("*"):
            if path.is_file():
                assert b"contributor-1" not in path.read_bytes(), path


def test_one_contributors_records_are_in_one_split(exported: Path) -> None:
    splits: dict[str, set[str]] = {}
    for split in shared(exported, "jsonl"):
        for row in lines(exported / "jsonl" / f"{split}.jsonl"):
            if row["_contributor"]:
                splits.setdefault(row["_contributor"], set()).add(split)
    assert len(splits) == 3
    assert all(len(each) == 1 for each in splits.values())


def test_the_extra_of_parquet_is_asked_for_where_it_is_missing(
    thousand: Collected, tmp_path: Path
) -> None:
    run = subprocess.run(
        [
            sys.executable, "-c",
            "import sys; sys.modules['pyarrow'] = None; from librarian.cli import main; main()",
            *thousand.command("export", str(tmp_path / "out"), "--to=parquet")[3:],
        ],
        env={**os.environ, **environ()}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "parquet needs pyarrow: pip install 'data-librarian[parquet]'.\n"
    assert not (tmp_path / "out").exists()
