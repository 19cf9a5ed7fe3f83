"""What do the libraries of trainers read? `consumer.py FOLDER FORMAT=DIR ...`, told as JSON.

A process of its own: `datasets` reads where its caches are, and that it has no network, when it is
imported.
"""

import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def loaded(cache: Path, folder: Path) -> dict[str, Any]:
    """Load an export by `datasets`, without any argument but where it lies."""
    import datasets

    datasets.disable_progress_bars()
    found = datasets.load_dataset(str(folder), cache_dir=str(cache / folder.name))
    return {split: [told(row) for row in rows] for split, rows in found.items()}


def told(row: dict[str, Any]) -> dict[str, Any]:
    """Give a row as JSON: of a picture its size once it is decoded."""
    return {name: list(each.size) if hasattr(each, "size") else each for name, each in row.items()}


def streamed(folder: Path) -> list[dict[str, Any]]:
    """Read shards by the library webdataset, pictures decoded."""
    import webdataset

    shards = sorted(map(str, folder.glob("data/train-*.tar")))
    return [told(row) for row in _rows(webdataset, shards)]


def batched(folder: Path) -> list[dict[str, Any]]:
    """Read shards by a DataLoader of PyTorch, in two processes, pictures as tensors."""
    import webdataset
    from torch.utils.data import DataLoader

    shards = sorted(map(str, folder.glob("data/train-*.tar")))
    rows = webdataset.WebDataset(shards, shardshuffle=False, empty_check=False)
    pairs = rows.decode("torchrgb").to_tuple("jpg", "json")
    loader = DataLoader(pairs, batch_size=None, num_workers=2)
    return [{"shape": list(image.shape), "number": told["number"]} for image, told in loader]


def _rows(webdataset: Any, shards: list[str]) -> Iterator[dict[str, Any]]:
    rows = webdataset.WebDataset(shards, shardshuffle=False).decode("pil")
    yield from ({"jpg": row["jpg"], **row["json"]} for row in rows)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    cache, *asked = sys.argv[1:]
    answers: dict[str, Any] = {}
    for each in asked:
        name, _, place = each.partition("=")
        readers = {"webdataset-library": streamed, "torch": batched}
        reader = readers.get(name)
        where = Path(place)
        answers[name] = reader(where) if reader else loaded(Path(cache), where)
    sys.stdout.write(json.dumps(answers))
