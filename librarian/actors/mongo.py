"""How are labels and documents kept in MongoDB? One document each, created by a majority.

Which faults are sure: a server that could not be selected, that turned the user away or that
refused the document has written nothing. Whatever happened after the command was sent (a lost
connection, a late answer, an unconfirmed majority) may have been a write, and is told as unsure.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY
from functools import cached_property
from threading import Thread
from typing import Annotated, Any

from pydantic import Field, SecretStr, model_validator

from librarian import deadline, moment, strictjson, uid
from librarian.actors.mongouri import SCHEME, apart, check
from librarian.component import Actor, component
from librarian.perprocess import PerProcess
from librarian.record import LABELS, PROVENANCE, Document, Stored, label_record
from librarian.stage import Exists, StoreError

log = logging.getLogger(__name__)
DATABASE = re.compile(r"[^/\\. \"$*<>:|?\0]{1,63}")
COLLECTION = re.compile(r"(?!system\.)[^$\0]{1,120}")
RECEIVED_AT = f"{PROVENANCE}.received_at"
ORDER = [(RECEIVED_AT, 1), ("_id", 1)]
"""The order in which label records are read, which every label store indexes."""
PAGE = 500
"""Documents asked for at one time: each page is a call of its own, with its own time-out."""
OURS = re.compile(uid.NAMED)


@component
class Mongo(Actor[Document]):
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

    user: Annotated[
        SecretStr, Field(description="user name, empty for none; or a whole URI, alone")
    ] = SecretStr("")
    password: Annotated[SecretStr, Field(description="password of the user, as it is")] = SecretStr(
        ""
    )
    url: Annotated[
        str,
        Field(
            description="host[:port], several with commas between, or mongodb+srv://host; a path "
            "names the database that knows the user, if that is not admin"
        ),
    ] = ""
    database: Annotated[
        str, Field(description="name of the database; with a URI, its path by default")
    ] = ""
    collection: Annotated[str, Field(description="name of the collection")] = "labels"
    _: KW_ONLY
    uri: Annotated[
        SecretStr, Field(description="a whole URI, in place of user, password and url")
    ] = SecretStr("")
    timeout: Annotated[float, Field(gt=0, le=60, description="seconds that one call may take")] = 4

    @model_validator(mode="after")
    def _coherent(self) -> "Mongo":
        """Check that it is one of the two forms, whole; no message quotes a value."""
        whole = self._uri
        if whole and (self.password.get_secret_value() or self.url):
            raise ValueError(
                "a URI stands in place of user, password and url; give database and collection by"
                ' name: {"args": ["mongodb://…"], "kwargs": {"collection": "labels"}}'
            )
        if whole and self.user.get_secret_value() and self.uri.get_secret_value():
            raise ValueError("the URI is given twice, or beside a user")
        if not whole and not self.url:
            raise ValueError("url is missing: mongo needs a host, or a whole URI alone")
        if not self.user.get_secret_value() and self.password.get_secret_value():
            raise ValueError("there is a password without a user")
        check(whole or self.url, credentials=bool(whole))
        if not self._database:
            raise ValueError("database is missing: name it, or put it into the URI's path")
        if not DATABASE.fullmatch(self._database):
            raise ValueError(
                "database must be a name of 1 to 63 characters, without / . $ or space"
            )
        if not COLLECTION.fullmatch(self.collection):
            raise ValueError('collection must be a name without $, not empty, not "system.…"')
        return self

    @property
    def _uri(self) -> str:
        """The whole URI, empty where host and credentials are given apart."""
        first = self.user.get_secret_value()
        return self.uri.get_secret_value() or (first if SCHEME.match(first) else "")

    @property
    def _database(self) -> str:
        return self.database or (apart(self._uri)["path"] or "" if self._uri else "")

    def name_of(self, key: str, extension: str) -> str:  # noqa: ARG002 - documents have none
        """Tell the `_id` of the document."""
        return key

    def act(self, key: str, part: Document) -> Stored:
        """Create the document. Raises Exists where its `_id` is taken, StoreError."""
        from pymongo.errors import DuplicateKeyError

        row = part.row(key)
        with self._told():
            try:
                self._collection.insert_one(row)
            except DuplicateKeyError as error:
                if "_id" in (error.details or {}).get("keyPattern", {"_id": 1}):
                    raise Exists("mongo: there is a document of this _id already") from error
                message = "mongo: a unique index of the collection's owner refuses the document"
                raise StoreError(message) from error
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
        indexing = self._indexed.take()
        if indexing is not None:
            indexing.join()
        client = self._client.take()
        if client is not None:
            client.close()

    @cached_property
    def _client(self) -> PerProcess[Any]:
        return PerProcess(self._connect)

    def _connect(self) -> Any:
        from pymongo import MongoClient

        milliseconds = int(self.timeout * 1000)
        chosen: dict[str, Any] = {
            "serverSelectionTimeoutMS": milliseconds,
            "connectTimeoutMS": milliseconds,
            "socketTimeoutMS": milliseconds,
        }
        address = self._uri or self.url
        options = (apart(address)["options"] or "").lower()
        for name, value in (("retryWrites", True), ("appname", "data-librarian")):
            if f"{name.lower()}=" not in options:
                chosen[name] = value
        if not self._uri and self.user.get_secret_value():
            chosen["username"] = self.user.get_secret_value()
            chosen["password"] = self.password.get_secret_value()
        if not SCHEME.match(address):
            address = f"mongodb://{address}"
        return MongoClient(address, **chosen)

    @property
    def _collection(self) -> Any:
        from pymongo import ReadPreference, WriteConcern

        return self._client.get()[self._database].get_collection(
            self.collection,
            write_concern=WriteConcern(w="majority", j=True),
            read_preference=ReadPreference.PRIMARY,
        )

    @cached_property
    def _indexed(self) -> PerProcess[Thread]:
        """The making of the index: once per process, beside the first record, never before it."""
        return PerProcess(self._index)

    def _index(self) -> Thread:
        thread = Thread(target=self._ensure_index, name="mongo-index", daemon=True)
        thread.start()
        return thread

    def _ensure_index(self) -> None:
        try:
            with self._told():
                self._collection.create_index(ORDER)
        except StoreError as error:
            log.warning("the index on %s was not made: %s", ORDER[0][0], error)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Bound the time of what is done inside, and tell its faults in our own words."""
        import pymongo
        from bson.errors import BSONError
        from pymongo import errors

        try:
            with pymongo.timeout(deadline.left(self.timeout)):
                yield
        except (OverflowError, BSONError, errors.DocumentTooLarge) as error:
            raise _error("cannot keep a document like this", error) from error
        except errors.ServerSelectionTimeoutError as error:
            raise _error("the server cannot be reached", error) from error
        except (errors.WriteConcernError, errors.ExecutionTimeout) as error:
            raise _error("the write was not confirmed in time", error, unsure=True) from error
        except errors.OperationFailure as error:
            interrupted = error.has_error_label("RetryableWriteError")
            message = f"the server refuses with code {error.code}"
            raise _error(message, error, unsure=interrupted) from error
        except errors.ConnectionFailure as error:
            raise _error("the connection was lost", error, unsure=True) from error
        except errors.PyMongoError as error:
            raise _error("the client gave up", error) from error


def _json(row: Any) -> bytes:
    from bson import json_util

    text = json_util.dumps(row, json_options=json_util.RELAXED_JSON_OPTIONS)
    return strictjson.dumps(json.loads(text))


def _error(message: str, error: Exception, *, unsure: bool = False) -> StoreError:
    return StoreError(f"mongo: {message} ({type(error).__name__})", unsure=unsure)
