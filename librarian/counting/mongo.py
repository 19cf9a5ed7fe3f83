"""How are rates counted in MongoDB? By the library `limits`, over one client for all threads.

Its own makes a client in whichever thread comes first, so that of several at once each makes one.
Here the client is there from the beginning, and connects when it is first used. TTL indexes take
out what is over; to ask for them twice is harmless.
"""

from typing import Any

from limits.storage import MongoDBStorage
from pymongo import MongoClient

COUNTERS, RATES, QUOTAS = "librarian_counters", "librarian_rates", "librarian_quotas"


class MongoStorage(MongoDBStorage):
    """Counts in the collections of one database."""

    STORAGE_SCHEME: list[str] | None = None  # type: ignore[assignment]

    def __init__(self, uri: str, database: str, seconds: float) -> None:
        milliseconds = int(seconds * 1000)
        self._client: MongoClient[Any] = MongoClient(
            uri,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            socketTimeoutMS=milliseconds,
            w="majority",
        )
        self._indexed = False
        super().__init__(
            uri,
            database_name=database,
            counter_collection_name=COUNTERS,
            window_collection_name=RATES,
        )

    @property
    def storage(self) -> Any:
        """The client, after its collections have their indexes."""
        if not self._indexed:
            for name in (COUNTERS, RATES, QUOTAS):
                collection = self._client[self._database_name][name]
                collection.create_index("expireAt", expireAfterSeconds=0)
            self._indexed = True
        return self._client

    @property
    def quotas(self) -> Any:
        """The collection in which quotas are counted."""
        return self.storage[self._database_name][QUOTAS]

    def __del__(self) -> None:
        self._client.close()
