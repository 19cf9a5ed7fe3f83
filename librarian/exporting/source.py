"""What of a configured service is exported? The records that were asked for, from its stores."""

import re

from librarian.collection import Collection, Selection, data
from librarian.exporting import Source
from librarian.exporting.asked import Asked, Unusable
from librarian.pipeline import Pipeline
from librarian.problem import ConfigError, ConfigProblem

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
        lambda: collection.select(selection),
        lambda uid, item: data.read(stores, uid, item),
        service.settings,
        service.config,
    )
