"""How are the places of a quota kept in MongoDB? A document for each bucket, changed as a whole.

`{_id: bucket, stored: 12, held: [{uid, attempt, until}], expireAt}`; a bucket that begins anew each
day, or in which nothing is stored, has `expireAt`, by which MongoDB takes it out (TTL index).
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

SPARE = 60.0
"""Seconds for which an empty bucket stays beyond what is held in it."""


class MongoPlaces:
    """Places in one collection; its errors pass through, to whoever lends it."""

    def __init__(self, collection: Callable[[], Any]) -> None:
        self._given = collection

    @property
    def _collection(self) -> Any:
        return self._given()

    def take(self, bucket: str, uid: str, attempt: str, *, most: int, seconds: float) -> bool:
        """Hold a place, if there is one."""
        now = time.time()
        mine = {"uid": uid, "attempt": attempt, "until": now + seconds}
        held = {
            "$filter": {
                "input": {"$ifNull": ["$held", []]},
                "as": "each",
                "cond": {"$gt": ["$$each.until", now]},
            }
        }
        uids = {"$map": {"input": "$held", "as": "each", "in": "$$each.uid"}}
        gone = datetime.fromtimestamp(now + seconds + SPARE, UTC)
        ends = {"$cond": [{"$gt": ["$stored", 0]}, "$expireAt", gone]}
        taken = {"$add": ["$stored", {"$size": {"$setDifference": [uids, [uid]]}}]}
        change: list[dict[str, Any]] = [
            {"$set": {"stored": {"$ifNull": ["$stored", 0]}, "held": held}},
            {"$set": {"expireAt": ends}},
            {
                "$set": {
                    "held": {
                        "$cond": [
                            {"$lt": [taken, most]},
                            {"$concatArrays": ["$held", [{"$literal": mine}]]},
                            "$held",
                        ]
                    }
                }
            },
        ]
        found = self._changed(bucket, change)
        return found is not None and mine in found["held"]

    def keep(self, bucket: str, uid: str, *, until: float | None) -> None:
        """Count a stored record."""
        change: dict[str, Any] = {"$inc": {"stored": 1}, "$pull": {"held": {"uid": uid}}}
        if until is None:
            change["$unset"] = {"expireAt": ""}
        else:
            change["$set"] = {"expireAt": datetime.fromtimestamp(until, UTC)}
        self._collection.update_one({"_id": bucket}, change, upsert=True)

    def free(self, bucket: str, uid: str, attempt: str) -> None:
        """Give back what an attempt holds."""
        mine = {"uid": uid, "attempt": attempt}
        self._collection.update_one({"_id": bucket}, {"$pull": {"held": mine}})

    def _changed(self, bucket: str, change: list[dict[str, Any]]) -> Any:
        """Change a bucket and give it as it is then; made first where it is not there.

        Not by an upsert: of two at once, one may be answered with an error or nothing at all.
        """
        found = self._change(bucket, change)
        if found is None:
            with suppress(DuplicateKeyError):
                self._collection.insert_one({"_id": bucket, "stored": 0, "held": []})
            found = self._change(bucket, change)
        return found

    def _change(self, bucket: str, change: list[dict[str, Any]]) -> Any:
        return self._collection.find_one_and_update(
            {"_id": bucket}, change, return_document=ReturnDocument.AFTER
        )
