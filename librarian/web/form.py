"""Which fields has the page's form? One for each input and each label, read off the contract.

Without a script the form sends itself. What a form cannot say (a switch that is off, a list, a file
as base64, a header) is put right here before it is read as any other request is. Sent twice, as by
an impatient finger or by reloading the answer, it is one contribution: each page that is shown has
a mark of its own, and the idempotency key follows from that and from what was filled in.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from librarian import media
from librarian.contract import fields, labels_schema, media_types
from librarian.reading import Intake
from librarian.record import Carrier, Submission
from librarian.settings import Settings
from librarian.web.field import Field, field

AGREED, ACCESS, ONCE = "_consent", "_key", "_once"
"""The fields of the tick beside what a person agrees to, of the access key, and of the page's mark;
no label can be called so."""


@dataclass(frozen=True)
class Picker:
    """One input as the form asks for it."""

    tag: str
    id: str
    written: bool
    required: bool
    accept: tuple[str, ...]

    @property
    def family(self) -> str:
        """The one family of media types that is taken (`image`), empty where there are several."""
        families = {each.partition("/")[0] for each in self.accept}
        return families.pop() if len(families) == 1 else ""

    @property
    def kinds(self) -> str:
        """What is taken, as people call it: `JPEG, PNG, WebP`."""
        known = [media.KNOWN[each] for each in self.accept if each in media.KNOWN]
        said = [each.word.partition(" ")[2].partition(",")[0] for each in known]
        return ", ".join(map(_short, said))


def pickers(settings: Settings) -> list[Picker]:
    """Give the inputs, in order."""
    return [
        Picker(
            intake.tag,
            f"in-{index}",
            _written(intake),
            intake.required,
            tuple(media_types(settings, intake.tag)),
        )
        for index, intake in enumerate(settings.intakes)
    ]


def asked(settings: Settings) -> list[Field]:
    """Give the labels: each that the configuration names, or one that is free."""
    told = [
        field(name, schema, index, required=required)
        for index, (name, schema, required) in enumerate(fields(labels_schema(settings)))
    ]
    return told or [field("label", {}, 0, required=False)]


def derived(contract: Mapping[str, Any]) -> set[str]:
    """Name the labels that follow from the picture: its name, the box on it, ratio and turn."""
    box = contract["box"] or {"labels": {}}
    ratio = box.get("ratio", {}).get("label")
    told = (*box["labels"].values(), box.get("turn"), ratio, contract["filename"])
    chosen = {each["name"] for each in contract["fields"] if "enum" in each["schema"]}
    return {name for name in told if name and name not in chosen}


def key(submission: Submission) -> str:
    """Give the access key that a person filled in, empty where there is none."""
    return _told(submission, ACCESS)


def understand(submission: Submission, settings: Settings) -> None:
    """Put what the person meant in the place of what the plain form sent."""
    by_name = {each.name: each for each in asked(settings)}
    to_text = {each.tag for each in settings.intakes if _only_base64(each)}
    pieces = list(_meant(submission, by_name, to_text))
    there = {name for name, _ in pieces}
    off = [
        (each.name, Carrier("field", "false"))
        for each in by_name.values()
        if each.kind == "switch" and each.name not in there
    ]
    submission.consent = _told(submission, AGREED) or submission.consent
    submission.key = submission.key or _once(submission)
    submission.pieces = (*pieces, *off)


def _once(submission: Submission) -> str:
    """Make the idempotency key of a form: what was filled in, on which page that was shown."""
    if not _told(submission, ONCE):
        return ""
    made = hashlib.sha256()
    for name, carrier in submission.pieces:
        if name == ACCESS:
            continue  # nothing that can be seen follows from it
        content = carrier.value if isinstance(carrier.value, bytes) else str(carrier.value).encode()
        made.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return made.hexdigest()


def _told(submission: Submission, name: str) -> str:
    """Give the text of a field of the form's own."""
    told = (str(c.value) for n, c in submission.pieces if n == name and c.kind == "field")
    return next(told, "").strip()


def _meant(
    submission: Submission, by_name: Mapping[str, Field], to_text: set[str]
) -> Iterator[tuple[str, Carrier]]:
    for name, sent in submission.pieces:
        carrier = _typed(sent)
        kind = by_name[name].kind if name in by_name else ""
        if carrier.kind == "field" and (carrier.value == "" or name in (AGREED, ACCESS, ONCE)):
            continue  # a form sends the fields that were left empty, too
        if kind == "list" and carrier.kind == "field":
            for line in filter(None, map(str.strip, carrier.value.splitlines())):
                yield name, Carrier("field", line)
        elif carrier.kind == "file" and name in to_text:
            yield name, Carrier("field", base64.b64encode(carrier.value).decode())
        else:
            yield name, carrier


def _typed(sent: Carrier) -> Carrier:
    """Give a text as it was typed: a form sends each line break as two characters (HTML)."""
    return sent._replace(value=sent.value.replace("\r\n", "\n")) if sent.kind == "field" else sent


def _written(intake: Intake) -> bool:
    """Say whether people type this input rather than choose a file."""
    return any(way.name in ("text", "json") for way in intake.ways)


def _only_base64(intake: Intake) -> bool:
    names = {way.name for way in intake.ways}
    return "base64" in names and "file" not in names


def _short(word: str) -> str:
    """Shorten what a kind of file is called: `JPEG image` to `JPEG`."""
    return word.rpartition(" ")[0] if word.endswith((" image", " sound", " video")) else word
