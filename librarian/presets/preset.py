"""What does a preset say? All in which collecting crops differs from collecting sounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from librarian.presets.labels import Label, schema
from librarian.settings.declared import INPUT

ENGLISH = "en"
Entry = Mapping[str, Any]
"""An entry of a chain, as the configuration has it."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the page says, in one language."""

    title: str
    introduction: str
    caption: str
    """What stands over the field of the preset's own label."""


@dataclass(frozen=True, slots=True)
class Preset:
    """One kind of collection, ready to serve: what comes in, what is checked, what people read."""

    name: str
    help: str
    """What is collected, for somebody who chooses."""
    intake: Entry
    actor: str
    """Which actor keeps its data on this machine."""
    folder: str
    """What its data are called, in a folder's name and an S3 prefix."""
    labels: str
    """The labels that are asked for unless others are named, as an owner writes them."""
    words: Mapping[str, Words]
    data_valid: Sequence[Entry]
    label_valid: Sequence[Entry] = ()
    cross_valid: Sequence[Entry] = ()
    taken: frozenset[str] = field(default=frozenset())
    """Names of labels that the preset has itself."""

    def said(self, language: str) -> Words:
        """Give the words in a language, in English where the preset does not speak it."""
        return self.words.get(language, self.words[ENGLISH])

    def checks(self, labels: Sequence[Label], language: str) -> dict[str, Any]:
        """Give the JSON variables of what comes in and how it is checked."""
        asked = [{"validator": "schema", "args": [schema(labels, self._captions(language))]}]
        return {
            INPUT: dict(self.intake),
            "LABEL_VALID_CONFIG": [*self.label_valid, *(asked if labels else [])],
            "DATA_VALID_CONFIG": list(self.data_valid),
            "CROSS_VALID_CONFIG": list(self.cross_valid),
        }

    def _captions(self, language: str) -> dict[str, str]:
        own, _, _ = self.labels.partition(":")
        caption = self.said(language).caption
        return {own: caption} if caption else {}
