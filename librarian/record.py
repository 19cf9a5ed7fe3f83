"""What travels through the service? Frozen values: nobody edits what another will read.

Submission   what arrived, in the words of HTTP but without a web framework
Carrier      the form in which one piece of it arrived
Blob         data that are bytes                        } each a part
Document     data or labels that are a JSON value       }
Record       uid, labels, data: what is validated and stored
Deposit      a part and the key to keep it under
Stored       where one part lies
Receipt      what the contributor is told
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

from librarian import media, moment, picture, strictjson, uid
from librarian.once import once

Labels = Mapping[str, Any]
Encoding = Literal["form", "json", "multipart", "raw"]
LABELS = "labels"
"""The name under which labels travel beside the inputs' tags; no input may be called so."""
PROVENANCE = "_librarian"
"""The one member of a label record that is ours (DESIGN: where from, what, where it lies)."""


class Carrier(NamedTuple):
    """The form in which one piece of a submission arrived.

    `value` is text for a form's `field`, any JSON value for a JSON body's `member`, and bytes for
    a `file` part and for a raw `body`.
    """

    kind: Literal["field", "member", "file", "body"]
    value: Any
    filename: str = ""
    media_type: str = ""


@dataclass(slots=True)
class Submission:
    """What one request brought, as it came: nothing decoded, nothing sorted yet.

    What it brought is let go as soon as it was read.
    """

    encoding: Encoding
    query: tuple[tuple[str, str], ...] = ()
    pieces: tuple[tuple[str, Carrier], ...] = ()
    body: Carrier | None = None
    key: str = ""
    contributor: str = ""
    legacy: bool = False
    scope: str = uid.PUBLIC
    """Within which its key holds: that of the caller's access key."""
    consent: str = ""
    """The version of the text that the contributor agreed to."""
    address: str = ""
    """The client's network address, past the proxies that are trusted."""
    uid: str = ""
    """The uid that it had where it was exported; only an import says one."""
    origin: Mapping[str, Any] = field(default_factory=dict)
    """What else is kept of where an import found it."""

    def let_go(self) -> None:
        """Forget the pieces: as text they take more memory than the data that were read of them."""
        self.pieces, self.body = (), None


def label_record(content: bytes) -> dict[str, Any] | None:
    """Read a label record as the commit makes them, None where it is data or another's document.

    Nobody can send one: no label is called as ours are, and a row has what was sent as its `data`.
    """
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if is_label_record(value) else None


def is_label_record(value: Any) -> bool:
    """Say whether a JSON value is a label record as the commit makes them."""
    ours = value.get(PROVENANCE) if isinstance(value, dict) else None
    return (
        isinstance(ours, dict)
        and isinstance(ours.get("received_at"), str)
        and isinstance(ours.get("data"), list)
        and uid.ALONE.fullmatch(str(value.get("_id"))) is not None
    )


@dataclass(frozen=True)
class Blob:
    """Data that are bytes: as the contributor has them, or stripped of what is not to be kept."""

    tag: str
    content: bytes = field(repr=False)
    filename: str = ""
    removed: tuple[str, ...] = ()
    """What was taken out of them, in words like `exif-gps`."""
    received: str = ""
    """The hash of the bytes as they were received; empty where they are still those."""
    kind: media.Media | None = None
    """The kind of file that its input knows it to be; None where the bytes tell."""

    @property
    def received_sha256(self) -> str:
        """The SHA-256 of the bytes as they were received, in hexadecimal."""
        return self.received or self.sha256

    @once
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal (FIPS 180-4)."""
        return hashlib.sha256(self.content).hexdigest()

    @once
    def media(self) -> media.Media:
        """The kind of file: that which its input knows, else told from the bytes."""
        return self.kind or media.sniff(self.content)

    @once
    def picture(self) -> picture.Picture | None:
        """The facts of an image; None for what is none. Raises picture.Unreadable."""
        if self.media.type not in picture.FORMATS:
            return None
        return picture.look(self.content, self.media)

    @once
    def look(self) -> str:
        """The perceptual hash of an image (picture/phash.py); empty where it cannot be seen."""
        from librarian.picture.phash import phash

        if self.media.type not in picture.FORMATS:
            return ""
        try:
            return phash(self.content, self.media)
        except (picture.Unreadable, picture.TooLarge):
            return ""

    @property
    def extension(self) -> str:
        """The file extension that fits the bytes, with its dot."""
        return self.media.extension


@dataclass(frozen=True)
class Document:
    """Data or labels that are a JSON value. `sent` is its text where it came as one."""

    tag: str
    value: Any = field(repr=False)
    sent: bytes = field(default=b"", repr=False)
    filename: str = ""

    @once
    def content(self) -> bytes:
        """The bytes to keep: the text as sent, or the value in canonical JSON."""
        return self.sent or strictjson.dumps(self.value)

    @once
    def sha256(self) -> str:
        """The SHA-256 of `content`, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def received_sha256(self) -> str:
        """The SHA-256 of the bytes as they were received: nothing is taken out of JSON."""
        return self.sha256

    @property
    def media(self) -> media.Media:
        """JSON, always."""
        return JSON

    @property
    def extension(self) -> str:
        """The file extension of JSON."""
        return JSON.extension

    def row(self, key: str) -> dict[str, Any]:
        """Give the JSON object that a store of documents keeps under `key`.

        A label record is that object already; data of any JSON type stand in it as `data`, with
        the time, because what cannot be told old from new could never be cleared away.
        """
        if self.tag == LABELS:
            return dict(self.value)
        ours = {"received_at": self._kept_at}
        row = {"_id": key, "uid": key[: uid.LENGTH], "tag": self.tag, "data": self.value}
        return {**row, PROVENANCE: ours}

    @cached_property
    def _kept_at(self) -> str:
        return moment.now()


JSON = media.Media("application/json", ".json", "a JSON document")
Part = Blob | Document


@dataclass(frozen=True, slots=True)
class Record:
    """One contribution: its uid, its labels and its data, read but not yet stored."""

    uid: str
    labels: Document
    data: tuple[Part, ...]
    fingerprint: str
    keyed: bool = False
    contributor: str = ""
    sender: Mapping[str, Any] = field(default_factory=dict)
    """What else is kept of who sent it: consent, address; see PRIVACY_CONFIG."""
    looks: Mapping[str, str] = field(default_factory=dict)
    """What its pictures look like, by tag, where a validator asks for that; see Blob.look."""
    tag: ClassVar[str] = ""

    def part(self, tag: str) -> Part | None:
        """Give the data of an input, None where it was optional and not sent."""
        return next((part for part in self.data if part.tag == tag), None)


class Deposit(NamedTuple):
    """A part on its way to the actors, and the key to keep it under."""

    key: str
    part: Part

    @property
    def tag(self) -> str:
        """The tag of the part."""
        return self.part.tag


class Stored(NamedTuple):
    """Where one part lies: the actor that keeps it, and the name under which it does."""

    actor: str
    name: str
    sha256: str = ""
    """The hash of what lies there, where the actor keeps something else than it was given."""
    bytes: int = 0
    """Its size, in the same case."""


class Receipt(NamedTuple):
    """What the contributor is told about a stored contribution."""

    uid: str
    received_at: str
    labels: Labels
    data: tuple[Mapping[str, Any], ...]
    flags: tuple[Mapping[str, Any], ...] = ()
    replayed: bool = False
    spooled: bool = False
    """Whether it waits on this machine's disk for its stores."""
    token: str = ""
    """What shows that it is one's own; see librarian/signed/token.py."""
