"""Where is it counted? In the storage that a URI names, or in files of this machine.

The clients of MongoDB and Redis are made in the process that counts, answer within a second or not
at all, and what they say never leaves this file.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from librarian.counting.places import Places
from librarian.perprocess import PerProcess
from librarian.settings import Settings
from librarian.settings.rate import MONGODB, REDIS
from librarian.stage import StoreError

if TYPE_CHECKING:
    from limits.storage import RedisStorage
    from limits.storage import Storage as Limits

    from librarian.counting.mongo import MongoStorage

MONGO_KIND, REDIS_KIND, FILE_KIND = "mongo", "redis", "sqlite"
SECONDS = 1
"""How long one question may take."""
DATABASE = "librarian"
"""The database of MongoDB, where the URI names none."""


class Counting:
    """The storage of one service: what counts rates, and what counts quotas."""

    def __init__(self, uri: str, folder: Path) -> None:
        scheme = uri.partition("://")[0]
        if scheme in REDIS:
            self.kind, self.said = REDIS_KIND, "Redis"
            client = PerProcess(lambda: _redis(uri))
            self._limits: Callable[[], Limits] = client.get
            self._places: Callable[[], Places] = PerProcess(lambda: _redis_places(client.get())).get
        elif scheme in MONGODB:
            self.kind, self.said = MONGO_KIND, "MongoDB"
            server = PerProcess(lambda: _mongo(uri))
            self._limits = server.get
            self._places = PerProcess(lambda: _mongo_places(server.get())).get
        else:
            self.kind, self.said = FILE_KIND, str(folder)
            self._limits = PerProcess(lambda: _files(folder)).get
            self._places = PerProcess(lambda: _file_places(folder)).get

    @classmethod
    def of(cls, settings: Settings) -> "Counting":
        """Find the storage that the settings name."""
        uri = settings.rate.storage.get_secret_value() if settings.rate else ""
        return cls(uri, Path(settings.data_dir))

    @contextmanager
    def rates(self) -> Iterator["Limits"]:
        """Lend what counts rates. Raises StoreError for whatever goes wrong inside."""
        with self._told():
            yield self._limits()

    @contextmanager
    def places(self) -> Iterator[Places]:
        """Lend what counts quotas. Raises StoreError for whatever goes wrong inside."""
        with self._told():
            yield self._places()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what a client raises into a StoreError, without its text: it may name the URI."""
        try:
            yield
        except self._errors() as error:
            raise StoreError(f"{self.kind}, which counts: {type(error).__name__}") from error

    def _errors(self) -> tuple[type[Exception], ...]:
        if self.kind == REDIS_KIND:
            from redis import RedisError

            return (RedisError,)
        if self.kind == MONGO_KIND:
            from pymongo.errors import PyMongoError

            return (PyMongoError,)
        return ()


def _files(folder: Path) -> "Limits":
    from librarian.counting.sqlite import SQLiteStorage

    return SQLiteStorage(folder / "rates.sqlite")


def _file_places(folder: Path) -> Places:
    from librarian.counting.places.sqlite import SQLitePlaces

    return SQLitePlaces(folder / "quotas.sqlite")


def _redis(uri: str) -> "RedisStorage":
    from limits.storage import RedisStorage
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    once: Any = Retry(NoBackoff(), 1)  # a connection that was idle too long is made anew
    return RedisStorage(uri, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=once)


def _redis_places(storage: "RedisStorage") -> Places:
    from librarian.counting.places.redis import RedisPlaces

    return RedisPlaces(storage.storage)


def _mongo(uri: str) -> "MongoStorage":
    from librarian.counting.mongo import MongoStorage

    return MongoStorage(uri, _database(uri), SECONDS)


def _mongo_places(storage: "MongoStorage") -> Places:
    from librarian.counting.places.mongo import MongoPlaces

    return MongoPlaces(lambda: storage.quotas)


def _database(uri: str) -> str:
    return unquote(urlsplit(uri).path.lstrip("/")) or DATABASE
