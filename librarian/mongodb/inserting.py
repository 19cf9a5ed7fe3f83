"""How are documents inserted by many threads? Those that wait for one call go with the next.

A write that waits for the journals of a majority takes as long for thirty documents as for one, and
of a client's own work most is done for a call, not for a document. Each document is refused or kept
for itself; what happens to the call itself happens to all that were in it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from librarian import deadline
from librarian.mongodb import faults
from librarian.stage import Exists, StoreError
from librarian.together import Together

ALONE = 2**20
"""Bytes from which on a document goes alone: one that is too large is no fault of others'."""
DUPLICATES = frozenset({11000, 11001, 12582})
"""Codes of duplicate keys (MongoDB, error codes); the latter two are of very old servers."""


@dataclass(slots=True)
class _Insert:
    """One document on its way, in BSON, and what came of it."""

    document: Any
    until: float
    """When the time for storing it is up, by the monotonic clock."""
    fault: StoreError | None = None


class Inserting:
    """The inserts of one process into one collection."""

    def __init__(
        self,
        collection: Callable[[], Any],
        told: Callable[[float], AbstractContextManager[None]],
        most: float,
    ) -> None:
        """`told` bounds the seconds of what is done inside, and tells its faults as StoreError.

        `most` is how many seconds one call may take.
        """
        self._collection, self._told, self._most = collection, told, most
        self._together = Together(self._insert)

    def insert(self, row: Mapping[str, Any]) -> None:
        """Create a document. Raises Exists where its `_id` is taken, StoreError."""
        from bson import encode
        from bson.raw_bson import RawBSONDocument

        with self._told(self._most):
            document = encode(row)
        insert = _Insert(RawBSONDocument(document), time.monotonic() + deadline.left())
        if len(document) >= ALONE:
            self._insert([insert])
        else:
            self._together.do(insert)
        if insert.fault is not None:
            raise insert.fault

    def _insert(self, inserts: Sequence[_Insert]) -> None:
        """Insert some documents by one call, in the time that each of them has. Raises StoreError.

        What is refused of one document stands in its `fault`, as that its time was up before.
        """
        now = time.monotonic()
        for each in inserts:
            if each.until <= now:
                each.fault = StoreError("mongo: the time for storing was up before it was sent")
        sent = [each for each in inserts if each.fault is None]
        if sent:
            self._send(sent, min(self._most, *(each.until - now for each in sent)))

    def _send(self, inserts: Sequence[_Insert], seconds: float) -> None:
        from pymongo.errors import BulkWriteError, DuplicateKeyError

        documents = [each.document for each in inserts]
        with self._told(seconds):
            try:
                if len(documents) == 1:
                    self._collection().insert_one(documents[0])
                else:
                    self._collection().insert_many(documents, ordered=False)
            except DuplicateKeyError as error:
                inserts[0].fault = _refused(error.details or {}, error)
            except BulkWriteError as error:
                if error.details.get("writeConcernErrors"):
                    message = "mongo: the write was not confirmed in time"
                    raise StoreError(message, unsure=True) from error
                for each in error.details["writeErrors"]:
                    inserts[each["index"]].fault = _refused(each, error)


def _refused(told: Mapping[str, Any], error: Exception) -> StoreError:
    """Say why one document was refused."""
    if told.get("code") not in DUPLICATES:
        fault = StoreError(f"mongo: {faults.refused(told.get('code'))}")
    elif "_id" in told.get("keyPattern", {"_id": 1}):
        fault = Exists("mongo: there is a document of this _id already")
    else:
        fault = StoreError("mongo: a unique index of the collection's owner refuses the document")
    fault.__cause__ = error
    return fault
