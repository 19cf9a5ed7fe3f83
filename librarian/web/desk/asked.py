"""Which records does an address at the desk mean? The filters of /records, and words to search for.

A form sends the fields that were left empty, too; they say nothing. A label and its value are asked
for in two fields beside each other, so that any label can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from librarian.collection import Cursor, Entry, Selection
from librarian.problem import Problem
from librarian.stage import RECEIVE, Failure
from librarian.web import asked
from librarian.web.asked import WHERE

WORDS, LABEL, VALUE = "q", "label", "value"
LONGEST = 200
"""Characters that can be searched for."""
SHOWN = 60
"""Records on a page of the gallery."""
DAY = "T23:59:59.999Z"


@dataclass(frozen=True)
class Asked:
    """What is to be seen: which records, which words in them, after which place."""

    selection: Selection = field(default_factory=Selection)
    after: Cursor | None = None
    words: str = ""
    said: tuple[tuple[str, str], ...] = ()
    """The filters as they were given, without those that say nothing."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """The same for the fields of the form."""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the state is asked for."""
        return any(name != "state" for name, _ in self.said)

    def fits(self, entry: Entry) -> bool:
        """Say whether the words are found in a record."""
        return not self.words or self.words in " ".join(_texts(entry)).casefold()

    def query(self, **changed: str) -> str:
        """Write the query of an address with the same filters but for those that are told."""
        kept = [(name, value) for name, value in self.said if name not in changed]
        told = urlencode([*kept, *((name, value) for name, value in changed.items() if value)])
        return f"?{told}" if told else ""


def read(pairs: Sequence[tuple[str, str]]) -> Asked:
    """Read the query of an address at the desk. Raises Failure (`receive`)."""
    said = [(name, value.strip()) for name, value in pairs if value.strip()]
    found = dict(said)
    label, value = found.pop(LABEL, ""), found.pop(VALUE, "")
    said = [(name, value) for name, value in said if name not in (LABEL, VALUE)]
    if label and value:
        said.append((f"{WHERE}{label}", value))
    elif label or value:
        lacks = "value" if label else "label"
        raise Failure(RECEIVE, Problem(lacks, f"To look for a label, say its {lacks}, too."))
    words = found.get(WORDS, "")
    if len(words) > LONGEST:
        raise Failure(RECEIVE, Problem(WORDS, f"Search for at most {LONGEST} characters."))
    filters = [(name, value) for name, value in said if name != WORDS]
    page = asked.page_of(tuple(_whole_days(filters)))
    kept = tuple(pair for pair in said if pair[0] != "cursor")
    return Asked(page.selection, page.after, words.casefold(), kept, dict(kept))


def _whole_days(filters: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Let a day that is the last one asked for be meant with all its hours."""
    return [
        (name, value + DAY if name == "until" and len(value) == len("2026-11-24") else value)
        for name, value in filters
    ]


def _texts(entry: Entry) -> list[str]:
    """Give what can be searched: values, names of files, reasons and flags; not the service's."""
    texts = [entry.uid, entry.reason, entry.contributor]
    texts += [str(flag.get("message", "")) for flag in entry.flags]
    texts += [str(item.get("filename", "")) for item in entry.data]
    return texts + [str(value) for value in _values(entry.labels)]


def _values(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for each in value.values() for leaf in _values(each)]
    if isinstance(value, list):
        return [leaf for each in value for leaf in _values(each)]
    return [value]
