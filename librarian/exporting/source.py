"""What of a configured service is exported? The records that were asked for, from its stores."""

import re
import time
from collections.abc import Iterator

from librarian.collection import Collection, Cursor, Entry, Selection, data
from librarian.exporting import Source, fetching
from librarian.exporting.asked import Asked, Unusable
from librarian.pipeline import Pipeline
from librarian.problem import ConfigError, ConfigProblem
from librarian.stage import StoreError

DEFAULT = "not-rejected"
ANOTHER = re.compile(r",(?=[^,=]+=)")
"""A comma after which another label and value stands; any other is part of a value."""


def source(service: Pipeline, asked: Asked) -> Source:
    """Say what is exported. Raises Unusable, ConfigError."""
    collection = Collection.of(service.commit)
    if collection is None:
        message = "no label store can be read back, so there is nothing to export"
        raise ConfigError([ConfigProblem("LABEL_ACTOR_CONFIG", message)])
    said = asked.filters
    try:
        selection = Selection.read(
            said.get("state", DEFAULT).split(","),
            said.get("since", ""),
            where=ANOTHER.split(said["where"]) if said.get("where") else (),
        )
    except ValueError as error:
        raise Unusable(f"{error}.") from None
    stores = service.commit.data
    return Source(
        lambda: _patiently(collection, selection),
        lambda uid, item: data.read(stores, uid, item),
        service.settings,
        service.config,
    )


def _patiently(collection: Collection, selection: Selection) -> Iterator[Entry]:
    """Yield the records that are meant; where the store does not answer, from where that was on."""
    after: Cursor | None = None
    tried = 0
    while True:
        try:
            for entry in collection.select(selection, after):
                after, tried = entry.cursor, 0
                yield entry
            return
        except StoreError:
            tried += 1
            if tried == fetching.TRIES:
                raise
            time.sleep(fetching.PAUSE * 2 ** (tried - 1))
