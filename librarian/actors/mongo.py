"""How are labels and documents kept in MongoDB? One document each, created by a majority."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property
from threading import Thread
from typing import Annotated, Any

from pydantic import Field, model_validator

from librarian import moment, paging, seen, state, strictjson, uid
from librarian.component import Actor, component
from librarian.mongodb import selected
from librarian.mongodb.inserting import Inserting
from librarian.mongodb.server import Server
from librarian.perprocess import PerProcess
from librarian.record import (
    LABELS,
    PROVENANCE,
    Document,
    Stored,
    is_label_record,
    label_record,
)
from librarian.selection import Cursor, Selection
from librarian.stage import StoreError
from librarian.state import Amendment, Event

log = logging.getLogger(__name__)
COLLECTION = re.compile(r"(?!system\.)[^$\0]{1,120}")
DATA = f"{PROVENANCE}.data"
RECEIVED_AT = f"{PROVENANCE}.received_at"
ORDER = [(RECEIVED_AT, 1), ("_id", 1)]
"""The order in which label records are read, which every label store indexes."""
BUILDING = 3600.0
"""Seconds that an index of millions of records may take, beside everything else."""
TRIES = 50
"""How often a record is read anew that others amend at the same moment."""
TRAIL = [("at", 1), ("_id", 1)]
"""The order in which events are read."""
PAGE = 500
"""Documents asked for at one time: each page is a call of its own, with its own time-out."""
PAGES = 128
"""Pages that come of one question where all are read: to find the place again takes time, too.

No more: where there is no index yet, what one question gives is sorted in the server's memory.
"""
OURS = re.compile(uid.NAMED)


@component
class Mongo(Server, Actor[Document]):
    """Keep each label record, or each JSON document, as one document of a MongoDB collection.

    Either five arguments (user, password, url, database, collection) or one, a whole `mongodb://`
    or `mongodb+srv://` URI with the rest by name. In five, any character may stand in the user and
    the password as it is, and an empty user connects without credentials. A write counts when a
    majority of the replica set has it in its journal, whatever the URI says about that.
    """

    name = "mongo"
    example = {
        "args": ["${MONGODB_USER}", "${MONGODB_PASSWORD}", "localhost:27017", "db", "labels"]
    }

    collection: Annotated[str, Field(description="name of the collection")] = "labels"

    @model_validator(mode="after")
    def _collection_has_a_name(self) -> "Mongo":
        if not COLLECTION.fullmatch(self.collection):
            raise ValueError('collection must be a name without $, not empty, not "system.…"')
        return self

    @property
    def kept_in(self) -> tuple[str, ...]:
        """The collection."""
        return (*self._where, self.collection)

    def name_of(self, key: str, extension: str) -> str:  # noqa: ARG002 - documents have none
        """Tell the `_id` of the document."""
        return key

    def act(self, key: str, part: Document) -> Stored:
        """Create the document. Raises Exists where its `_id` is taken, StoreError."""
        self._inserting.get().insert(part.row(key))
        if part.tag == LABELS:
            self._indexed.get()
        return Stored(self.name, key)

    def undo(self, stored: Stored) -> None:
        """Delete the document; one that is not there is no fault."""
        with self._told():
            self._collection.delete_one({"_id": stored.name})

    def fetch(self, name: str) -> bytes | None:
        """Give the document as JSON; what its owner added since is in MongoDB's extended JSON."""
        with self._told():
            row = self._collection.find_one({"_id": name})
        return None if row is None else _json(row)

    def names(self) -> Iterator[tuple[str, float]]:
        """Yield the documents of this service, each with its time. Raises StoreError."""
        last = ""
        while page := self._page({"_id": {"$gt": last}}, [("_id", 1)], {RECEIVED_AT: 1}):
            last = page[-1]["_id"]
            for row in page:
                at = moment.seconds(row[PROVENANCE]["received_at"])
                if at is not None and OURS.fullmatch(row["_id"]):
                    yield row["_id"], at

    def scan(self) -> Iterator[bytes]:
        """Yield the label records in their order. Raises StoreError."""
        after: dict[str, Any] = {"_id": {"$gt": ""}}
        while page := self._page(after, ORDER):
            for content in map(_json, page):
                if label_record(content):
                    yield content
            at, key = page[-1][PROVENANCE]["received_at"], page[-1]["_id"]
            later = {RECEIVED_AT: {"$gt": at}, "_id": {"$gt": ""}}
            after = {"$or": [{RECEIVED_AT: at, "_id": {"$gt": key}}, later]}

    def select(
        self,
        selection: Selection,
        after: Cursor | None = None,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[bytes]:
        """Yield the label records that fit, in their order or against it. Raises StoreError.

        A question that is broken off in its middle, for its time is up, is gone on with by another.
        """
        self._selected.get()
        wanted = selected.wanted(selection)
        order = [(name, -1 if newest_first else 1) for name, _ in ORDER]
        for size in paging.sizes(limit, PAGE if limit else PAGES * PAGE):
            asked = [wanted]
            if after is not None:
                asked.append(selected.beyond(after, newest_first=newest_first))
            found = self._collection.find({"$and": asked}, batch_size=PAGE).sort(order).limit(size)
            came, last, broken = 0, None, False
            with closing(found):
                try:
                    for row in self._each(found):
                        came, last = came + 1, row
                        content = _json(row)
                        whole = label_record(content)
                        if whole and selection.fits(whole):
                            yield content
                except StoreError:
                    if last is None:
                        raise
                    broken = True
            if last is None or (came < size and not broken):
                return
            after = Cursor(last[PROVENANCE]["received_at"], last["_id"])

    def _each(self, found: Any) -> Iterator[dict[str, Any]]:
        """Yield what a cursor has, its faults told in our own words."""
        while True:
            with self._told():
                row = next(found, None)
            if row is None:
                return
            yield row

    def count(self, selection: Selection) -> int | None:
        """Count the label records that fit, None where all must be read. Raises StoreError."""
        if selection.where:
            return None
        self._selected.get()
        with self._told():
            return int(self._collection.count_documents(selected.wanted(selection)))

    def amend(self, uid: str, amendment: Amendment) -> Event | None:
        """Change the state of a label record, then note it. Raises StoreError.

        What was read must still be there when it is changed, so that the events tell what was.
        """
        change = selected.change(amendment)
        for _ in range(TRIES):
            with self._told():
                before = self._collection.find_one(self._one(uid))
            if before is None or not is_label_record(before):
                return None
            with self._told():
                done = self._collection.update_one(selected.as_read(before), change)
            if done.matched_count:
                told = state.told_of(uid, amendment, state.state_of(before))
                self._note(told)
                return told
        raise StoreError("mongo: others change this record all the time")

    def withdraw(self, uid: str, event: Event) -> bool:
        """Put a tombstone in the place of a label record, then note it. Raises StoreError.

        What was broken off in between is gone on with by the same event.
        """
        from pymongo.errors import DuplicateKeyError

        stone = state.tombstone(uid, event.at)
        with self._told():
            try:
                self._collection.replace_one(self._one(uid), stone, upsert=True)
            except DuplicateKeyError:
                if self._collection.find_one({"_id": {"$eq": uid}}) != stone:
                    return False
        self._note(event)
        return True

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield who changed what, oldest first. Raises StoreError."""
        last: Any = None
        while page := self._trail(uid, last):
            yield from map(state.event, page)
            last = page[-1]

    def find(self, tag: str, name: str, values: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yield uid and perceptual hash of records whose data have this. Raises StoreError."""
        self._lookup.get()
        asked = {DATA: {"$elemMatch": {"tag": tag, name: {"$in": list(values)}}}}
        shown = {f"{DATA}.tag": 1, f"{DATA}.phash": 1}
        with self._told():
            found = list(self._collection.find(asked, shown).limit(seen.CANDIDATES))
        for row in found:
            for each in row[PROVENANCE]["data"]:
                if each.get("tag") == tag:
                    yield str(row["_id"]), str(each.get("phash", ""))

    def _one(self, uid: str) -> dict[str, Any]:
        """Give the filter of one label record, which is no tombstone and no document of others."""
        return {"_id": {"$eq": uid}, RECEIVED_AT: {"$gt": ""}}

    def _note(self, told: Event) -> None:
        with self._told():
            self._audit.replace_one(told.told, told.told, upsert=True)
        self._audited.get()

    def _trail(self, uid: str, last: Any) -> list[Any]:
        """Give some events of one record, or of all, that came after another."""
        asked: dict[str, Any] = {"uid": {"$eq": uid}} if uid else {}
        if last is not None:
            later = {"at": {"$gt": last["at"]}}
            asked["$or"] = [later, {"at": {"$eq": last["at"]}, "_id": {"$gt": last["_id"]}}]
        with self._told():
            return list(self._audit.find(asked).sort(TRAIL).limit(PAGE))

    @property
    def _audit(self) -> Any:
        return self._of(f"{self.collection}.audit")

    def _page(
        self, after: dict[str, Any], order: list[tuple[str, int]], asked: Any = None
    ) -> list[Any]:
        """Give some documents that stand after a place; comparing with text passes over others."""
        ours = {"$and": [{RECEIVED_AT: {"$gt": ""}}, after]}
        with self._told():
            return list(self._collection.find(ours, asked).sort(order).limit(PAGE))

    def ping(self) -> None:
        """Ask the server for a sign of life, and whether this user may read the collection."""
        with self._told():
            self._client.get().admin.command("ping")
            self._collection.find_one({}, {"_id": 1})

    def close(self) -> None:
        """Let go of this process's connections; the next call makes new ones."""
        each = (self._lookup.take(), self._audited.take(), self._selected.take())
        for indexing in [self._indexed.take(), *(thread for made in each for thread in made or ())]:
            if indexing is not None and indexing.is_alive():
                indexing.join(self.timeout)
        super().close()

    @property
    def _collection(self) -> Any:
        return self._of(self.collection)

    @cached_property
    def _inserting(self) -> PerProcess[Inserting]:
        return PerProcess(lambda: Inserting(lambda: self._collection, self._told, self.timeout))

    @cached_property
    def _indexed(self) -> PerProcess[Thread]:
        """The making of the index: once per process, beside the first record, never before it."""
        return PerProcess(lambda: self._index(ORDER))

    @cached_property
    def _lookup(self) -> PerProcess[list[Thread]]:
        """The making of the indexes by which data are found, beside the first question."""
        places = [f"{DATA}.{name}" for name in (seen.BYTES, seen.BANDS)]
        return PerProcess(lambda: [self._index([(place, 1)]) for place in places])

    @cached_property
    def _selected(self) -> PerProcess[list[Thread]]:
        """The making of the indexes by which records are selected, beside the first question."""
        return PerProcess(lambda: [self._index(keys) for keys in selected.INDEXES])

    @cached_property
    def _audited(self) -> PerProcess[list[Thread]]:
        """The making of the indexes of the events, beside the first of them."""
        orders = [TRAIL, [("uid", 1), *TRAIL]]
        return PerProcess(lambda: [self._index(keys, self._audit) for keys in orders])

    def _index(self, keys: list[tuple[str, int]], collection: Any = None) -> Thread:
        place = self._collection if collection is None else collection
        thread = Thread(target=self._ensure_index, args=(place, keys), daemon=True)
        thread.name = "mongo-index"
        try:
            thread.start()
        except RuntimeError as error:  # the host allows no more; a later start of ours makes it
            log.warning("the index on %s was not made: %s", keys[0][0], error)
        return thread

    def _ensure_index(self, collection: Any, keys: list[tuple[str, int]]) -> None:
        try:
            with self._told(BUILDING):
                collection.create_index(keys)
        except StoreError as error:
            log.warning("the index on %s was not made: %s", keys[0][0], error)


def _json(row: Any) -> bytes:
    from bson import json_util

    text = json_util.dumps(row, json_options=json_util.RELAXED_JSON_OPTIONS)
    return strictjson.dumps(json.loads(text))
