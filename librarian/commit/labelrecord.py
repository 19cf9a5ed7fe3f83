"""What stands in a label record? The labels as they came, and beside them where it comes from.

{"_id": uid, "uid": uid, ...labels, "_librarian": {"received_at", "data", "fingerprint", ...}}
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from librarian.chain import Outcome
from librarian.picture import Unreadable, phash
from librarian.problem import Problem
from librarian.record import (
    PROVENANCE,
    Blob,
    Deposit,
    Receipt,
    Record,
    Stored,
    is_label_record,
)
from librarian.stage import KEY_REUSED, LABEL_STORE, WITHDRAWN, Failure
from librarian.state import is_tombstone

log = logging.getLogger(__name__)
UNTOLD = frozenset({"stored", "phash", "phash_bands"})
"""What of its data a contributor is not told: where they lie, and how they are found again."""
OURS = frozenset({"_id", "uid", PROVENANCE})
NOBODY = "nobody"
"""What no attempt is called."""


def compose(
    record: Record,
    token: str,
    received_at: str,
    stored: Sequence[tuple[Deposit, Sequence[Outcome]]],
    flags: Sequence[Mapping[str, Any]],
    config: str,
) -> dict[str, Any]:
    """Make the label record; `stored` says of each piece of data where it was kept."""
    ours: dict[str, Any] = {
        "received_at": received_at,
        "data": [
            _facts(deposit, outcomes, record.looks.get(deposit.tag, ""))
            for deposit, outcomes in stored
        ],
        "fingerprint": record.fingerprint,
        "config": config,
    }
    if token:
        ours["attempt"] = token
    if flags:
        ours["state"] = "flagged"
        ours["flags"] = list(flags)
    if record.contributor:
        ours["contributor"] = record.contributor
    ours.update(record.sender)
    return {"_id": record.uid, "uid": record.uid, **record.labels.value, PROVENANCE: ours}


def read(content: bytes) -> dict[str, Any]:
    """Read a label record as a store gives it back; nothing stands in what is no JSON object."""
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return whole if isinstance(whole, dict) else {}


def token_of(whole: Mapping[str, Any]) -> str:
    """Tell which attempt wrote it; empty where only one could. What is no record is nobody's."""
    if not is_label_record(whole):
        return NOBODY
    token: str = whole[PROVENANCE].get("attempt", "")
    return token


def is_ours(whole: Mapping[str, Any]) -> bool:
    """Say whether it is a label record or a tombstone, and not data or an owner's document."""
    return is_label_record(whole) or is_tombstone(whole)


def receipt(whole: Mapping[str, Any], *, replayed: bool = False, spooled: bool = False) -> Receipt:
    """Read the receipt off a label record; where things lie is not the contributor's concern."""
    ours = whole[PROVENANCE]
    return Receipt(
        uid=whole["_id"],
        received_at=ours["received_at"],
        labels={name: value for name, value in whole.items() if name not in OURS},
        data=tuple([{k: v for k, v in each.items() if k not in UNTOLD} for each in ours["data"]]),
        flags=tuple(ours.get("flags", ())),
        replayed=replayed,
        spooled=spooled,
    )


def answer(record: Record, earlier: Mapping[str, Any]) -> Receipt:
    """Answer from a record that is there already.

    Raises Failure: `key-reused`, `withdrawn`, or `label-store` where it is no record at all.
    """
    if is_tombstone(earlier):
        message = "This contribution was withdrawn; it is not stored again."
        raise Failure(WITHDRAWN, Problem("withdrawn", message))
    if not is_label_record(earlier):
        log.error("%s: what stands under the uid is no label record", LABEL_STORE.slug)
        message = "Its place is taken by something else, so nothing was kept."
        raise Failure(LABEL_STORE, Problem("unavailable", message))
    if earlier[PROVENANCE]["fingerprint"] == record.fingerprint:
        return receipt(earlier, replayed=True)
    raise key_reused()


def key_reused() -> Failure:
    """Say that a key was used before, for something else."""
    message = "This key was used before, for another contribution; nothing was changed."
    return Failure(KEY_REUSED, Problem("key-reused", message))


def _facts(deposit: Deposit, outcomes: Sequence[Outcome], look: str) -> dict[str, Any]:
    """Say of one piece of data what it is and where it lies."""
    part = deposit.part
    facts: dict[str, Any] = {
        "tag": part.tag,
        "sha256": part.sha256,
        "received_sha256": part.received_sha256,
        "bytes": len(part.content),
        "media_type": part.media.type,
    }
    blob = part if isinstance(part, Blob) else None
    if blob is not None and blob.removed:
        facts["removed"] = list(blob.removed)
    if part.filename:
        facts["filename"] = part.filename
    try:
        seen = blob.picture if blob is not None else None
    except Unreadable:
        seen = None  # no validator asked for a whole image, so a broken one may stand here
    if seen is not None:
        facts["width"], facts["height"] = seen.width, seen.height
        if seen.orientation != 1:
            facts["orientation"] = seen.orientation
        if seen.frames != 1:
            facts["frames"] = seen.frames
    if look:
        facts["phash"], facts["phash_bands"] = look, phash.bands(look)
    facts["stored"] = [_told(outcome.result) for outcome in outcomes]
    return facts


def _told(stored: Stored) -> dict[str, Any]:
    """Say where a piece lies, and what lies there if it is something else than was received."""
    return {name: value for name, value in zip(Stored._fields, stored, strict=True) if value}
