"""What does each peer do with a contribution? Check it, keep file and labels, answer."""

import io
import os
import sqlite3
import threading
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import BaseModel, ConfigDict

FOLDER = Path(os.environ["PEER_FOLDER"])
SYNCED = os.environ.get("PEER_SYNCED") == "yes"
"""Whether pictures are on the disk before the answer; labels always are."""
MOST = 40 * 2**20
"""Bytes of a request that are taken."""
TABLE = """
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, filename TEXT NOT NULL, labels TEXT NOT NULL, picture TEXT NOT NULL
)
"""
mine = threading.local()


class Labels(BaseModel):
    """The labels of one picture."""

    model_config = ConfigDict(extra="forbid")

    filename: str
    top: float
    left: float
    bottom: float
    right: float
    rotate: float
    aspect_ratio: float


class NoPicture(ValueError):
    """What was sent is no JPEG."""


def keep(labels: Labels, content: bytes) -> dict[str, Any]:
    """Check the picture, keep both, give the answer. Raises NoPicture."""
    check(content)
    key = uuid.uuid4().hex
    name = f"{key}.jpg"
    write(FOLDER / "pictures" / name, content)
    with database() as connection:
        connection.execute(
            "INSERT INTO uploads VALUES (?, ?, ?, ?)",
            (key, labels.filename, labels.model_dump_json(), name),
        )
    return {"id": key, "bytes": len(content)}


def check(content: bytes) -> None:
    """Open the picture and have Pillow verify it. Raises NoPicture."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
            picture.verify()
    except Exception as error:  # Pillow raises many kinds
        raise NoPicture("this is no JPEG") from error


def write(path: Path, content: bytes) -> None:
    """Write a file that is not there yet."""
    with path.open("xb") as file:
        file.write(content)
        if SYNCED:
            file.flush()
            os.fsync(file.fileno())
    if SYNCED:
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def database() -> sqlite3.Connection:
    """Give this thread's connection, whose commits are on the disk when they return."""
    if not hasattr(mine, "connection"):
        mine.connection = sqlite3.connect(FOLDER / "labels.sqlite", timeout=30)
        mine.connection.execute("PRAGMA synchronous=FULL")
    connection: sqlite3.Connection = mine.connection
    return connection


def prepare() -> None:
    """Make the folder, and the table in a database that stays in WAL mode."""
    (FOLDER / "pictures").mkdir(parents=True, exist_ok=True)
    while True:
        with closing(sqlite3.connect(FOLDER / "labels.sqlite", timeout=30)) as connection:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:  # another process does it, for which none is made wait
                time.sleep(0.01)
                continue
            connection.execute(TABLE)
            return
