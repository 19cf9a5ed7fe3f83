"""Where is it counted? In the storage that a URI names, or in files of this machine.

The clients of MongoDB and Redis are made in the process that counts, answer within a second or not
at all, and what they say never leaves this file.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from librarian.counting.places import Places
from librarian.perprocess import PerProcess
from librarian.settings import Settings
from librarian.settings.rate import MONGODB, REDIS
from librarian.stage import StoreError

if TYPE_CHECKING:
    from limits.storage import MongoDBStorage, RedisStorage
    from limits.storage import Storage as Limits

MONGODB_SAID, REDIS_SAID = "MongoDB", "Redis"
SECONDS = 1
"""How long one question may take."""
DATABASE = "librarian"
"""The database of MongoDB, where the URI names none."""
COUNTERS, RATES, QUOTAS = "librarian_counters", "librarian_rates", "librarian_quotas"


class Counting:
    """The storage of one service: what counts rates, and what counts quotas."""

    def __init__(self, uri: str, folder: Path) -> None:
        scheme = uri.partition("://")[0]
        if scheme in REDIS:
            self.said = REDIS_SAID
            client = PerProcess(lambda: _redis(uri))
            self._limits: Callable[[], Limits] = client.get
            self._places: Callable[[], Places] = PerProcess(lambda: _redis_places(client.get())).get
        elif scheme in MONGODB:
            self.said = MONGODB_SAID
            server = PerProcess(lambda: _mongo(uri))
            self._limits = server.get
            self._places = PerProcess(lambda: _mongo_places(server.get(), _database(uri))).get
        else:
            self.said = str(folder)
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
            raise StoreError(f"{self.said}, which counts: {type(error).__name__}") from error

    def _errors(self) -> tuple[type[Exception], ...]:
        if self.said == REDIS_SAID:
            from redis import RedisError

            return (RedisError,)
        if self.said == MONGODB_SAID:
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

    return RedisStorage(uri, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def _redis_places(storage: "RedisStorage") -> Places:
    from librarian.counting.places.redis import RedisPlaces

    return RedisPlaces(storage.storage)


def _mongo(uri: str) -> "MongoDBStorage":
    from limits.storage import MongoDBStorage

    return MongoDBStorage(
        uri,
        database_name=_database(uri),
        counter_collection_name=COUNTERS,
        window_collection_name=RATES,
        serverSelectionTimeoutMS=SECONDS * 1000,
        connectTimeoutMS=SECONDS * 1000,
        socketTimeoutMS=SECONDS * 1000,
        w="majority",
    )


def _mongo_places(storage: "MongoDBStorage", database: str) -> Places:
    from librarian.counting.places.mongo import MongoPlaces

    return MongoPlaces(storage.storage[database][QUOTAS])


def _database(uri: str) -> str:
    return unquote(urlsplit(uri).path.lstrip("/")) or DATABASE
