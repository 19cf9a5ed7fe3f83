"""Where do the bytes of a record come from? From the first store that has them as they were kept.

A file is measured by the hash that the record tells. Data that are JSON and lie as a row of a
database are not, for the row keeps the value and not the text of it; they are given as canonical
JSON.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from librarian import strictjson
from librarian.chain import Step
from librarian.component import Fetches
from librarian.record import Blob
from librarian.stage import StoreError

log = logging.getLogger(__name__)


class Missing(StoreError):
    """No configured store has this piece of data."""


class Changed(StoreError):
    """What a store has is not what the record tells: its hash is another one."""


def read(steps: Sequence[Step], uid: str, item: Mapping[str, Any]) -> bytes:
    """Give the bytes of one piece of a record's data. Raises Missing, Changed, StoreError."""
    fault: StoreError | None = None
    for step, place in places(steps, item):
        try:
            content = _fetched(step, place, item)
        except StoreError as error:
            log.warning("%s does not give the data of %s: %s", step.path, uid, error)
            fault = fault or error
            continue
        if content is not None:
            return content
    raise fault or Missing(f"no configured store has “{item.get('tag')}” of {uid}")


def places(
    steps: Sequence[Step], item: Mapping[str, Any]
) -> Iterator[tuple[Step, Mapping[str, Any]]]:
    """Yield where one piece of data may lie: each store, and what the record says of it."""
    for place in item.get("stored", ()):
        for step in steps:
            same = step.component.name == place.get("actor")
            if same and step.input in ("", item.get("tag")):
                yield step, place


def _fetched(step: Step, place: Mapping[str, Any], item: Mapping[str, Any]) -> bytes | None:
    if not isinstance(step.component, Fetches):
        return None
    content = step.fetch(place["name"])
    if content is None:
        return None
    if not _keeps_files(step.component):
        return strictjson.dumps(json.loads(content)["data"])
    if hashlib.sha256(content).hexdigest() != place.get("sha256", item["sha256"]):
        raise Changed("the bytes are not those that the record tells: their hash is another one")
    return content


def _keeps_files(component: Any) -> bool:
    return Blob in component.takes
