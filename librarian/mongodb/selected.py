"""How is a selection asked of MongoDB? By a filter that lets through all that fits, and some more.

Every value stands under `$eq` or `$in`, where it is compared and never read as an operator; a name
that could be one is not asked for. What MongoDB compares otherwise than JSON does (a list, an
object) is left to `Selection.fits`.
"""

from typing import Any

from librarian.record import PROVENANCE
from librarian.selection import Cursor, Selection, Where
from librarian.state import STATES, Amendment, State, changes

RECEIVED_AT = f"{PROVENANCE}.received_at"
STATE = f"{PROVENANCE}.state"
FLAGGED = f"{PROVENANCE}.flags.0"
CONTRIBUTOR = f"{PROVENANCE}.contributor"
INDEXES = [[(each, 1), (RECEIVED_AT, 1), ("_id", 1)] for each in (STATE, CONTRIBUTOR)]
LARGEST = 2**63
BEGINNINGS: dict[State, dict[str, Any]] = {
    "received": {STATE: None, FLAGGED: {"$exists": False}},
    "flagged": {STATE: None, FLAGGED: {"$exists": True}},
}
"""The records that name no state, by the one that they are in."""


def wanted(selection: Selection) -> dict[str, Any]:
    """Give the filter of a selection; comparing with text passes over documents of others."""
    parts: list[dict[str, Any]] = [{RECEIVED_AT: {"$gt": ""}}, {"_id": {"$gt": ""}}]
    if selection.since:
        parts.append({RECEIVED_AT: {"$gte": selection.since}})
    if selection.until:
        parts.append({RECEIVED_AT: {"$lt": selection.until}})
    if selection.contributor:
        parts.append({CONTRIBUTOR: {"$eq": selection.contributor}})
    if not selection.any_state:
        parts.append(_states(selection))
    parts += [each for where in selection.where for each in _where(where)]
    return {"$and": parts}


def beyond(after: Cursor, *, newest_first: bool) -> dict[str, Any]:
    """Give the filter of what stands after a place, or before it."""
    side = "$lt" if newest_first else "$gt"
    at, own = after
    same = {RECEIVED_AT: {"$eq": at}, "_id": {side: own}}
    return {RECEIVED_AT: {f"{side}e": at}, "$or": [{RECEIVED_AT: {side: at}}, same]}


def change(amendment: Amendment) -> dict[str, Any]:
    """Give the update that an amendment is."""
    kept, gone = changes(amendment)
    update: dict[str, Any] = {"$set": {f"{PROVENANCE}.{name}": v for name, v in kept.items()}}
    if gone:
        update["$unset"] = {f"{PROVENANCE}.{name}": "" for name in gone}
    return update


def as_read(row: dict[str, Any]) -> dict[str, Any]:
    """Give the filter of a record that nobody has amended since it was read."""
    ours = row[PROVENANCE]
    members = {f"{PROVENANCE}.{name}": {"$eq": ours.get(name)} for name in ("state", "amended")}
    return {"_id": {"$eq": row["_id"]}, RECEIVED_AT: {"$eq": ours["received_at"]}, **members}


def _states(selection: Selection) -> dict[str, Any]:
    states = [state for state in STATES if state in selection.states]
    begun = [BEGINNINGS[state] for state in states if state in BEGINNINGS]
    return {"$or": [{STATE: {"$in": states}}, *begun]}


def _where(where: Where) -> list[dict[str, Any]]:
    """Give what can be asked of MongoDB; a name that no label can have might be an operator."""
    named = all(name and not name.startswith("$") and "\0" not in name for name in where.path)
    if not named or not all(_is_plain(value) for value in where.values):
        return []
    return [{where.name: {"$in": list(where.values)}}]


def _is_plain(value: Any) -> bool:
    """Say whether BSON can hold a value, and compares it as JSON does."""
    if isinstance(value, int):
        return -LARGEST <= value < LARGEST
    return isinstance(value, str | float | None)
