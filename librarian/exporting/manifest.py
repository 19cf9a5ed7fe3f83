"""What exactly is in an export? A manifest of the whole, and a line for each record.

    manifest.json   what was asked for, the configuration, counts, columns, the hash of each table,
                    card and shard
    records.jsonl   uid, split, and of each piece of data its hash, size, kind and file

Nothing in them says when or where the export was made, so that the same input gives the same bytes.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from librarian import __version__, strictjson
from librarian.exporting.asked import Asked
from librarian.exporting.context import Context
from librarian.exporting.formats import FORMATS
from librarian.exporting.formats.format import sha256, whole

NAME, RECORDS = "manifest.json", "records.jsonl"
FORM = 1
"""Which form of folder this is; a later one that readers of this cannot read has another."""


def records(asked: Asked, context: Context) -> dict[str, Any]:
    """Write the line of each record; give what was counted meanwhile."""
    form = FORMATS[asked.format]
    counts = dict.fromkeys(context.splits, 0)
    size = turned = 0
    pieces = {(each.split, each.number): each for each in context.plan.pieces()}
    with whole(context.folder / RECORDS) as file:
        for split in context.splits:
            for row, number in context.plan.numbered(split):
                piece = pieces[split, number]
                data = []
                for item in row.data:
                    told = {
                        "tag": item["tag"],
                        "sha256": row.hashes.get(item["tag"], item["sha256"]),
                        "bytes": item["bytes"],
                        "media_type": context.media_type(item),
                    }
                    if place := form.place(context, row, item, piece):
                        data.append(told | {"file": place})
                        size += item["bytes"]
                        turned += item.get("orientation", 1) != 1
                file.write(strictjson.dumps({"uid": row.uid, "split": split, "data": data}) + b"\n")
                counts[split] += 1
    return {"splits": counts, "bytes": size, "turned": turned}


def told(asked: Asked, context: Context, config: str, counted: dict[str, Any]) -> dict[str, Any]:
    """Make the manifest, but for the files."""
    return {
        "form": FORM,
        "version": __version__,
        "configuration": config,
        **asked.told,
        "records": sum(counted["splits"].values()),
        **counted,
        "missing": [{"uid": uid, "reason": reason} for uid, reason in context.plan.faults()],
        "inputs": [{"tag": each.tag, "kind": each.kind} for each in context.inputs],
        "columns": context.columns.told,
        **({"classes": list(context.classes)} if context.label else {}),
    }


def write(folder: Path, manifest: dict[str, Any], hashed: dict[str, str]) -> None:
    """Write the manifest, the last of all files: where it stands, the export is whole."""
    with whole(folder / NAME) as file:
        whole_of_it = manifest | {"files": dict(sorted(hashed.items()))}
        file.write(json.dumps(whole_of_it, indent=1, ensure_ascii=False).encode() + b"\n")


def hashes(folder: Path) -> Iterator[tuple[str, str]]:
    """Hash every file that is no single piece of data; the line of its record tells those."""
    for pattern in ("*", "annotations/*", "data/*", "*/metadata.jsonl"):
        for path in folder.glob(pattern):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and name != NAME and not name.startswith("."):
                yield name, sha256(path)
