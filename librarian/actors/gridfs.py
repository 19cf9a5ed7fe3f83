"""How are files kept in MongoDB? In chunks, as GridFS lays them out; the first chunk is the claim.

The layout is that of the GridFS specification (github.com/mongodb/specifications, gridfs-spec), so
that every driver and `mongofiles` can read it. A chunk more may stand in any order, but not these:

    act    the first chunk, whose place is unique, is the claim; then the others; then the file
    undo   the file; then the others; then the first chunk

So what is visible as a file has all its chunks, and whatever a killed process leaves has its first
chunk, under the key that is to be undone. Drivers' own uploads are not used here: one that meets
another's file of the same `_id` removes the other's chunks.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, model_validator

from librarian import deadline, uid
from librarian.component import Actor, component
from librarian.mongodb.server import Server
from librarian.perprocess import PerProcess
from librarian.record import Blob, Stored
from librarian.stage import Exists, StoreError

BUCKET = re.compile(r"(?!system\.)[^$\0]{1,100}")
CHUNK = 255 * 1024
"""Bytes of a chunk; the specification's default."""
TOGETHER = 16
"""Chunks written by one call, so that each call is short."""
PAUSE = 0.02
"""Seconds between two looks at a file that another is writing."""
STALE = 60.0
"""Seconds after which a claim without its file is a dead process's; far above any time-out."""
PAGE = 500
OURS = re.compile(uid.NAMED)
PLACE = [("files_id", 1), ("n", 1)]


@component
class Gridfs(Server, Actor[Blob]):
    """Keep files in MongoDB's GridFS, in the very database of the labels if you like.

    The arguments are those of `mongo`, with a bucket in place of the collection: user, password,
    url, database, bucket, or a whole URI with the rest by name. The `_id` of a file is its key,
    its `filename` the same with the extension; its `metadata` hold the media type and the SHA-256.
    """

    name = "gridfs"
    example = {
        "args": ["${MONGODB_USER}", "${MONGODB_PASSWORD}", "localhost:27017", "db", "images"]
    }

    bucket: Annotated[
        str, Field(description="name of the bucket; its collections are BUCKET.files and .chunks")
    ] = "fs"

    @model_validator(mode="after")
    def _bucket_has_a_name(self) -> "Gridfs":
        if not BUCKET.fullmatch(self.bucket):
            raise ValueError('bucket must be a name without $, not empty, not "system.…"')
        return self

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The collection that knows the bucket's files."""
        return (*self._where, f"{self.bucket}.files")

    def name_of(self, key: str, extension: str) -> str:  # noqa: ARG002 - it is in the filename
        """Tell the `_id` of the file."""
        return key

    def act(self, key: str, part: Blob) -> Stored:
        """Create the file. Raises Exists where its `_id` is taken, StoreError."""
        from bson import ObjectId

        self._indexed.get()
        claim, content = ObjectId(), part.content
        pieces = [content[at : at + CHUNK] for at in range(0, max(1, len(content)), CHUNK)]
        rows = [{"files_id": key, "n": n, "claim": claim, "data": p} for n, p in enumerate(pieces)]
        self._claim({**rows[0], "_id": claim})
        with _begun():
            for at in range(1, len(rows), TOGETHER):
                with self._told():
                    self._chunks.insert_many(rows[at : at + TOGETHER])
            self._name(key, part)
        return Stored(self.name, key)

    def undo(self, stored: Stored) -> None:
        """Remove the file and its chunks; what is not there is no fault."""
        key = {"files_id": stored.name}
        with self._told():
            self._files.delete_one({"_id": stored.name})
        with self._told():
            self._chunks.delete_many({**key, "n": {"$gt": 0}})
        with self._told():
            self._chunks.delete_one({**key, "n": 0})

    def fetch(self, name: str) -> bytes | None:
        """Give the file's bytes, None where there is no such file, or not yet, or no more."""
        with self._told():
            file = self._files.find_one({"_id": name})
        if file is None:
            return None
        with self._told():
            found = list(self._chunks.find({"files_id": name}).sort("n", 1))
        content = b"".join(chunk["data"] for chunk in found)
        if len(content) == file["length"]:
            return content
        with self._told():
            if self._files.find_one({"_id": name}, {"_id": 1}) is None:
                return None  # undone meanwhile
        raise StoreError("gridfs: chunks of this file are missing")

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the files of this service, unfinished ones too, each with when it was begun."""
        last = ""
        while page := self._firsts(last):
            last = page[-1]["files_id"]
            for first in page:
                if OURS.fullmatch(first["files_id"]) and first["_id"] == first.get("claim"):
                    yield first["files_id"], _made(first["_id"])

    def ping(self) -> None:
        """Ask the server for a sign of life, and whether this user may read the bucket."""
        with self._told():
            self._client.get().admin.command("ping")
            self._files.find_one({}, {"_id": 1})

    def _firsts(self, last: str) -> list[Any]:
        """Give some first chunks, without their data; comparing with text passes over others'."""
        asked = {"files_id": 1, "claim": 1}
        with self._told():
            found = self._chunks.find({"files_id": {"$gt": last}, "n": 0}, asked)
            return list(found.sort("files_id", 1).limit(PAGE))

    def _claim(self, first: dict[str, Any]) -> None:
        """Write the first chunk. Raises Exists where the file is there already, StoreError.

        One that another writes just now is waited for; what a dead process began is cleared away.
        """
        from pymongo.errors import DuplicateKeyError

        key = first["files_id"]
        until = time.monotonic() + deadline.left(self.timeout)
        while True:
            with self._told(), suppress(DuplicateKeyError):
                self._chunks.insert_one(first)
                return
            with self._told():
                there = self._files.find_one({"_id": key}, {"_id": 1})
                earlier = self._chunks.find_one({"files_id": key, "n": 0}, {"_id": 1})
            if there is not None:
                raise Exists("gridfs: there is a file of this _id already")
            if earlier is not None and time.time() - _made(earlier["_id"]) > STALE:
                self._clear(key, earlier["_id"])
            elif time.monotonic() > until:
                raise StoreError("gridfs: another is writing this file")
            else:
                time.sleep(PAUSE)

    def _clear(self, key: str, claim: Any) -> None:
        """Remove what a dead process began, its first chunk last: then another may claim."""
        with self._told():
            self._chunks.delete_many({"files_id": key, "n": {"$gt": 0}})
        with self._told():
            self._chunks.delete_one({"_id": claim})

    def _name(self, key: str, part: Blob) -> None:
        """Write the file, which makes its chunks visible as one. Raises Exists, StoreError."""
        from pymongo.errors import DuplicateKeyError

        file = {
            "_id": key,
            "length": len(part.content),
            "chunkSize": CHUNK,
            "uploadDate": datetime.now(UTC),
            "filename": key + part.extension,
            "metadata": {
                "uid": key[: uid.LENGTH],
                "contentType": part.media.type,
                "sha256": part.sha256,
            },
        }
        with self._told():
            try:
                self._files.insert_one(file)
            except DuplicateKeyError as error:
                raise Exists("gridfs: there is a file of this _id already") from error

    @property
    def _files(self) -> Any:
        return self._of(f"{self.bucket}.files")

    @property
    def _chunks(self) -> Any:
        return self._of(f"{self.bucket}.chunks")

    @cached_property
    def _indexed(self) -> PerProcess[bool]:
        """The indexes of the specification: once per process, before the first file.

        One of them is what makes a chunk's place unique.
        """
        return PerProcess(self._index)

    def _index(self) -> bool:
        with self._told():
            self._chunks.create_index(PLACE, unique=True)
            self._files.create_index([("filename", 1), ("uploadDate", 1)])
        return True


def _made(claim: Any) -> float:
    """Tell when a claim was made, as Unix time; what is no ObjectId nobody here made."""
    from bson import ObjectId

    return claim.generation_time.timestamp() if isinstance(claim, ObjectId) else time.time()


@contextmanager
def _begun() -> Iterator[None]:
    """Tell every fault as unsure: some chunks may be there, to be undone."""
    try:
        yield
    except Exists:
        raise
    except StoreError as error:
        raise StoreError(str(error), unsure=True) from error
