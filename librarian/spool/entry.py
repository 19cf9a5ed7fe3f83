"""How does a record lie in the spool? A line of JSON that says what it is, then its parts' bytes.

    {"version": 1, "uid": ..., "labels": {...}, "parts": [{"tag", "kind", "bytes", ...}], "check": ...}
    <the bytes of the first part><of the second> ...

`check` is the hash of all the rest of the line, which holds the hash of each part: what a disk
spoilt is told from what was put there.
"""  # noqa: E501 - the line is shown as it is

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from librarian import media, strictjson
from librarian.commit import Attempt
from librarian.record import LABELS, Blob, Document, Part, Record

VERSION = 1
CHECK = re.compile(rb',"check":"([0-9a-f]{64})"\}')


class Corrupt(Exception):
    """The file is not as it was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, what the validators said of it, and the attempt that is to store it."""

    record: Record
    flags: tuple[Mapping[str, Any], ...]
    config: str
    attempt: Attempt


def written(entry: Entry) -> bytes:
    """Write the whole file."""
    record = entry.record
    head = {
        "version": VERSION,
        "uid": record.uid,
        "attempt": entry.attempt.token,
        "received_at": entry.attempt.received_at,
        "fingerprint": record.fingerprint,
        "flags": list(entry.flags),
        "config": entry.config,
        "keyed": record.keyed,
        "contributor": record.contributor,
        "sender": dict(record.sender),
        "looks": dict(record.looks),
        "labels": record.labels.value,
        "parts": [_described(part) for part in record.data],
    }
    line = strictjson.dumps(head)
    check = hashlib.sha256(line).hexdigest().encode()
    content = (part.content for part in record.data)
    return b"".join((line[:-1], b',"check":"', check, b'"}\n', *content))


def head(content: bytes) -> dict[str, Any]:
    """Read what a file says of itself. Raises Corrupt."""
    line, _, _ = content.partition(b"\n")
    found = CHECK.search(line, max(0, len(line) - 76))
    if found is None or hashlib.sha256(line[: found.start()] + b"}").digest() != bytes.fromhex(
        found[1].decode()
    ):
        raise Corrupt("its first line is not as it was written")
    told: dict[str, Any] = json.loads(line)
    if told["version"] != VERSION:
        raise Corrupt(f"it was written by another version ({told['version']})")
    return told


def read(content: bytes) -> Entry:
    """Read the whole file. Raises Corrupt."""
    told = head(content)
    at = content.find(b"\n") + 1
    if not at:
        raise Corrupt("it ends with its first line")
    data = []
    for each in told["parts"]:
        piece = content[at : at + each["bytes"]]
        at += each["bytes"]
        if hashlib.sha256(piece).hexdigest() != each["sha256"]:
            raise Corrupt(f"the bytes of {each['tag']} are not as they were written")
        data.append(_part(each, piece))
    if at != len(content):
        raise Corrupt("it is longer than it was written")
    record = Record(
        uid=told["uid"],
        labels=Document(LABELS, told["labels"]),
        data=tuple(data),
        fingerprint=told["fingerprint"],
        keyed=told["keyed"],
        contributor=told["contributor"],
        sender=told.get("sender", {}),
        looks=told.get("looks", {}),
    )
    attempt = Attempt(told["attempt"], told["received_at"])
    return Entry(record, tuple(told["flags"]), told["config"], attempt)


def _described(part: Part) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if isinstance(part, Blob) and part.removed:
        more |= {"received": part.received, "removed": list(part.removed)}
    if isinstance(part, Blob) and part.kind:
        more["media_type"] = part.kind.type
    return {
        "tag": part.tag,
        "kind": "blob" if isinstance(part, Blob) else "document",
        "filename": part.filename,
        "bytes": len(part.content),
        "sha256": part.sha256,
        **more,
    }


def _part(told: Mapping[str, Any], content: bytes) -> Part:
    if told["kind"] == "blob":
        removed, received = tuple(told.get("removed", ())), told.get("received", "")
        kind = media.KNOWN.get(told.get("media_type", ""))
        return Blob(told["tag"], content, told["filename"], removed, received, kind)
    return Document(told["tag"], json.loads(content), content, told["filename"])
