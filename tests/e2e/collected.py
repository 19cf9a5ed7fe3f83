"""What is there to be looked at? Thousands of records, written straight into the embedded stores.

As the service would have stored them: the records say which hashes the files have. A hundred small
pictures serve all of them, each linked under the names that the records tell.
"""

import json
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from librarian import media, moment, picture
from librarian.actors.sqlite import Sqlite
from librarian.record import Blob
from tests.pictures import make

PICTURES = 60
BEGAN = 1_760_000_000
"""The Unix time at which the first was received: in October 2025."""
MOODS = ("glad", "sad", "neither")
HOSTILE = '<img src=x onerror="document.title=1">', "=cmd|' /C calc'!A0", "ab\u202ecod.exe"
"""Values of labels that are HTML, a formula, and turn the direction of writing."""


def fill(folder: Path, count: int) -> list[str]:
    """Write records into a data folder that no service uses yet; give their uids, oldest first."""
    chance = random.Random(7)
    pictures = [_picture(index) for index in range(PICTURES)]
    labels = Sqlite(path=str(folder / "labels.sqlite"))
    labels.ping()
    records = [_record(number, pictures, chance) for number in range(count)]
    with closing(sqlite3.connect(folder / "labels.sqlite")) as database, database:
        database.executemany(
            "INSERT INTO contributions (id, uid, received_at, document) VALUES (?, ?, ?, ?)",
            ((r["_id"], r["_id"], r["_librarian"]["received_at"], json.dumps(r)) for r in records),
        )
    kept = folder / "images"
    kept.mkdir(exist_ok=True)
    for each in pictures:
        (kept / f"{each.sha256}.jpg").write_bytes(each.content)
    for record in records:
        (item,) = record["_librarian"]["data"]
        os.link(kept / f"{item['sha256']}.jpg", kept / item["stored"][0]["name"])
    return [record["_id"] for record in records]


def _picture(index: int) -> Blob:
    width, height = ((320, 240), (240, 320), (400, 225))[index % 3]
    orientation = 6 if index % 10 == 9 else 1
    content = make("JPEG", width, height, seed=index, orientation=orientation)
    return Blob("image", content)


def _record(number: int, pictures: list[Blob], chance: random.Random) -> dict[str, Any]:
    blob = pictures[number % len(pictures)]
    at = BEGAN + number * 1800 + chance.randrange(600)
    uid = f"{at:08x}{number:016x}"
    seen = picture.look(blob.content, media.JPEG)
    left, top = chance.uniform(0.05, 0.45), chance.uniform(0.05, 0.4)
    ours: dict[str, Any] = {
        "received_at": moment.written(at),
        "data": [
            {
                "tag": "image", "sha256": blob.sha256, "received_sha256": blob.sha256,
                "bytes": len(blob.content), "media_type": "image/jpeg",
                "width": seen.width, "height": seen.height,
                "stored": [{"actor": "image", "name": f"{uid}.jpg"}],
            }
        ],
        "fingerprint": "0" * 64,
        "config": "0" * 12,
        "contributor": f"contributor-{chance.randrange(40):04}",
    }  # fmt: skip
    if number % 50 == 7:
        flag = {"stage": "data-validation", "rule": "sharp", "message": "This image is blurred."}
        ours["flags"] = [flag]
    labels = {
        "filename": f"IMG_{number:05}.jpg",
        "left": round(left, 3), "top": round(top, 3),
        "right": round(left + chance.uniform(0.2, 0.5), 3),
        "bottom": round(top + chance.uniform(0.2, 0.55), 3),
        "rotate": 20.0 if number % 9 == 4 else 0.0,
        "mood": chance.choices(MOODS, (6, 3, 1))[0],
        "cats": 1 + chance.randrange(3),
    }  # fmt: skip
    if number % 500 == 493:
        labels["note"] = HOSTILE[number // 500 % len(HOSTILE)]
    return {"_id": uid, "uid": uid, **labels, "_librarian": ours}
