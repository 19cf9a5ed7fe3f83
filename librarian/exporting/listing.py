"""Which records are exported, and what of each? Read once, in the order of time.

Of what the service wrote beside the labels, an export holds what trainers and a later import need:
no address, no place in a store, and of the contributor another name than the pseudonym.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from librarian.collection.entry import Entry
from librarian.exporting import classes, naming
from librarian.exporting.columns import Gathering
from librarian.exporting.context import Input, Kind
from librarian.exporting.plan import Body
from librarian.media import TEXT
from librarian.picture import FORMATS as PICTURES
from librarian.record import JSON, PROVENANCE

TEXTS = frozenset({TEXT.type, JSON.type})
FACTS = (
    "tag", "sha256", "bytes", "media_type", "width", "height", "orientation", "frames", "stored",
)  # fmt: skip


@dataclass
class Listing:
    """Looks at records as they go by: their columns, their inputs, their classes."""

    label: str = ""
    columns: Gathering = field(default_factory=Gathering)
    kinds: dict[str, Counter[str]] = field(default_factory=dict)
    """How often each media type came, by tag."""
    words: set[str] = field(default_factory=set)
    contributors: bool = False
    imported: bool = False
    """Whether any of them was imported, and so came earlier than its store says."""

    def bodies(self, entries: Iterable[Entry]) -> Iterator[tuple[Body, Mapping[str, Any]]]:
        """Yield what is exported of each record, and what ties it to others."""
        for entry in entries:
            body = _body(entry)
            self.columns.add(body["labels"])
            for item in body["data"]:
                self.kinds.setdefault(item["tag"], Counter())[item["media_type"]] += 1
            if self.label and len(self.words) <= classes.MOST:
                self.words.add(classes.word(body["labels"], self.label))
            self.imported = self.imported or "imported" in entry.whole[PROVENANCE]
            self.contributors = self.contributors or "contributor" in body
            yield body, _ties(entry, body)

    def doubtful(self, tag: str) -> bool:
        """Say whether records tell other kinds of an input than text."""
        return not TEXTS.issuperset(self.kinds.get(tag, ()))

    def inputs(self, tags: Iterable[str], texts: Collection[str]) -> list[Input]:
        """Describe the inputs, in the order of the configuration.

        `texts` names those that brought nothing but text, whatever their records tell.
        """
        order = [*tags, *sorted(self.kinds)]
        seen = {tag: self.kinds[tag] for tag in dict.fromkeys(order) if tag in self.kinds}
        for tag in seen.keys() & texts:
            seen[tag] = Counter({TEXT.type: seen[tag].total()})
        return [Input(tag, _kind(kinds), _most(kinds)) for tag, kinds in seen.items()]


def _body(entry: Entry) -> Body:
    ours = entry.whole[PROVENANCE]
    body: Body = {
        "uid": entry.uid,
        "received_at": ours.get("imported", {}).get("received_at", entry.received_at),
        "state": entry.state,
        "labels": dict(entry.labels),
        "data": [{name: each[name] for name in FACTS if name in each} for each in entry.data],
    }
    if entry.contributor:
        body["contributor"] = naming.contributor(entry.contributor)
    if "consent" in ours:
        body["consent"] = ours["consent"]["version"]
    return body


def _ties(entry: Entry, body: Body) -> dict[str, Any]:
    """Say what ties a record to others: who sent it, and its first piece of data."""
    first: Mapping[str, Any] = entry.data[0] if entry.data else {}
    look = first.get("phash", "")
    if not look and first.get("media_type") in PICTURES:
        look = None  # it is looked at when it is asked for
    return {
        "contributor": body.get("contributor", ""),
        "sha256": first.get("received_sha256", first.get("sha256", "")),
        "look": look,
    }


def _kind(seen: Counter[str]) -> Kind:
    if TEXTS.issuperset(seen):
        return "text"
    if PICTURES.keys() >= seen.keys():
        return "image"
    return "audio" if all(each.startswith("audio/") for each in seen) else "file"


def _most(seen: Counter[str]) -> str:
    """Give the media type that came most often; of several the first by name."""
    return min(seen, key=lambda each: (-seen[each], each))
