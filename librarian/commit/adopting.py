"""Which record of an earlier label store gets its mark by an import? One that is the same.

A label store that was added behind others is the mark, and knows nothing of what they hold. What is
imported then, and stands there, keeps its attempt: its data lie under that name already, so that
nothing lies anywhere twice, and a withdrawal finds all of it.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from librarian import moment
from librarian.chain import Step
from librarian.component import Fetches
from librarian.record import PROVENANCE, Record, label_record

IMPORTED = "imported"
"""The member of a record's provenance that only an import writes."""
LATE = 1.0
"""Seconds after its time is up in which an attempt is thought to be under way."""


def standing(copies: Sequence[Step], uid: str) -> dict[str, Any] | None:
    """Give the label record that a store beside the mark has, the first. Raises StoreError."""
    for step in copies:
        if isinstance(step.component, Fetches):
            found = step.fetch(step.component.name_of(uid, ".json"))
            whole = None if found is None else label_record(found)
            if whole is not None:
                return whole
    return None


def is_of(whole: Mapping[str, Any], record: Record) -> bool:
    """Say whether a label record tells of the same data as a record."""
    told = {item.get("tag"): item.get("sha256") for item in whole[PROVENANCE]["data"]}
    return told == {part.tag: part.sha256 for part in record.data}


def may_be_under_way(whole: Mapping[str, Any], seconds: float) -> bool:
    """Say whether the attempt that wrote it may still be at work, which takes so long at most."""
    at = moment.seconds(whole[PROVENANCE]["received_at"])
    return at is not None and time.time() - at < seconds + LATE


def joined(whole: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Give a label record that also says where its data lay before."""
    places = {item["tag"]: item.get("stored", ()) for item in before[PROVENANCE]["data"]}
    data = []
    for item in whole[PROVENANCE]["data"]:
        stored = item["stored"]
        others = [place for place in places[item["tag"]] if place not in stored]
        data.append({**item, "stored": [*stored, *others]})
    return {**whole, PROVENANCE: {**whole[PROVENANCE], "data": data}}
