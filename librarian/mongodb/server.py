"""Which MongoDB is meant, who asks it, and how are its faults told? For every actor that uses it.

Which faults are sure: a server that could not be selected, that turned the user away or that
refused the document has written nothing. Whatever happened after the command was sent (a lost
connection, a late answer, an unconfirmed majority) may have been a write, and is told as unsure.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import KW_ONLY
from functools import cached_property
from typing import Annotated, Any, ClassVar

from pydantic import Field, SecretStr, model_validator

from librarian import deadline
from librarian.component import component
from librarian.mongodb import faults
from librarian.mongodb.uri import SCHEME, apart, check
from librarian.perprocess import PerProcess
from librarian.stage import StoreError

DATABASE = re.compile(r"[^/\\. \"$*<>:|?\0]{1,63}")


@component
class Server:
    """A database of a MongoDB server: five of the params of each component that uses one."""

    name: ClassVar[str]

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
    _: KW_ONLY
    uri: Annotated[
        SecretStr, Field(description="a whole URI, in place of user, password and url")
    ] = SecretStr("")
    timeout: Annotated[float, Field(gt=0, le=60, description="seconds that one call may take")] = 4

    @model_validator(mode="after")
    def _one_server(self) -> "Server":
        """Check that it is one of the two forms, whole; no message quotes a value."""
        whole = self._uri
        if whole and (self.password.get_secret_value() or self.url):
            raise ValueError(
                "a URI stands in place of user, password and url; give what comes after them by"
                ' name: {"args": ["mongodb://…"], "kwargs": {"database": "db"}}'
            )
        if whole and self.user.get_secret_value() and self.uri.get_secret_value():
            raise ValueError("the URI is given twice, or beside a user")
        if not whole and not self.url:
            raise ValueError(f"url is missing: {self.name} needs a host, or a whole URI alone")
        if not self.user.get_secret_value() and self.password.get_secret_value():
            raise ValueError("there is a password without a user")
        check(whole or self.url, credentials=bool(whole))
        if not self._database:
            raise ValueError("database is missing: name it, or put it into the URI's path")
        if not DATABASE.fullmatch(self._database):
            raise ValueError(
                "database must be a name of 1 to 63 characters, without / . $ or space"
            )
        return self

    @property
    def _uri(self) -> str:
        """The whole URI, empty where host and credentials are given apart."""
        first = self.user.get_secret_value()
        return self.uri.get_secret_value() or (first if SCHEME.match(first) else "")

    @property
    def _database(self) -> str:
        return self.database or (apart(self._uri)["path"] or "" if self._uri else "")

    @property
    def _where(self) -> tuple[str, ...]:
        """Which database of which hosts it is, whoever asks for it."""
        found = apart(self._uri or self.url)["hosts"].lower().split(",")
        hosts = sorted(each.removesuffix(":27017") for each in found)
        return ("mongodb", *hosts, self._database)

    def close(self) -> None:
        """Let go of this process's connections; the next call makes new ones."""
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

    def _of(self, collection: str) -> Any:
        """Give a collection that is read at the primary and written to a majority's journals."""
        from pymongo import ReadPreference, WriteConcern

        return self._client.get()[self._database].get_collection(
            collection,
            write_concern=WriteConcern(w="majority", j=True),
            read_preference=ReadPreference.PRIMARY,
        )

    @contextmanager
    def _told(self, seconds: float | None = None) -> Iterator[None]:
        """Bound the time of what is done inside, and tell its faults in our own words.

        `seconds` is for what takes longer than a call may take, and nobody waits for.
        """
        import pymongo
        from bson.errors import BSONError
        from pymongo import errors

        try:
            with pymongo.timeout(deadline.left(self.timeout) if seconds is None else seconds):
                yield
        except (OverflowError, BSONError, errors.DocumentTooLarge) as error:
            raise self._error("cannot keep a document like this", error) from error
        except errors.ServerSelectionTimeoutError as error:
            raise self._error(faults.unreached(str(error)), error) from error
        except (errors.WriteConcernError, errors.ExecutionTimeout) as error:
            raise self._error("the write was not confirmed in time", error, unsure=True) from error
        except errors.OperationFailure as error:
            interrupted = error.has_error_label("RetryableWriteError")
            raise self._error(faults.refused(error.code), error, unsure=interrupted) from error
        except errors.ConnectionFailure as error:
            raise self._error("the connection was lost", error, unsure=True) from error
        except errors.PyMongoError as error:
            raise self._error(faults.given_up(str(error)), error) from error

    def _error(self, message: str, error: Exception, *, unsure: bool = False) -> StoreError:
        return StoreError(f"{self.name}: {message} ({type(error).__name__})", unsure=unsure)
