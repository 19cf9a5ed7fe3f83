"""Is this a kind of file that is taken? By its bytes where they tell, else by its name."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from mimetypes import MimeTypes
from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from librarian import media
from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Blob
from librarian.stage import TYPE

EXTENSION = re.compile(r"\.?[a-z0-9][a-z0-9_+-]*(?:\.[a-z0-9]+)*")
MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/(?:\*|[a-z0-9][a-z0-9!#$&^_.+-]*)")
ALIASES = {
    "image/jpg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "text/xml": "application/xml",
}
OTHERWISE = {
    ".jpeg": "image/jpeg", ".tiff": "image/tiff", ".heif": "image/heic", ".htm": "text/html",
    ".opus": "audio/ogg", ".oga": "audio/ogg", ".m4v": "video/mp4", ".mp4": "audio/mp4",
}  # fmt: skip
"""Extensions beside the usual one of a kind that bytes tell."""
NAMES = MimeTypes(filenames=())
"""Python's own table of extensions, the same on every machine."""


SHOWN: Mapping[str, frozenset[str]] = {
    extension: frozenset(
        {kind for kind, known in media.KNOWN.items() if known.extension == extension}
        | {kind for other, kind in OTHERWISE.items() if other == extension}
    )
    for extension in (*OTHERWISE, *(known.extension for known in media.KNOWN.values()))
}
"""The media types that bytes under an extension show."""
NONE: frozenset[str] = frozenset()
"""What is shown under all other extensions: their bytes cannot tell."""


def _entry(value: object) -> object:
    if not isinstance(value, str):
        return value
    entry = value.strip().lower()
    if MEDIA_TYPE.fullmatch(entry):
        return ALIASES.get(entry, entry)
    if EXTENSION.fullmatch(entry):
        return f".{entry.removeprefix('.')}"
    raise ValueError('is neither an extension, like ".pdf", nor a media type, like "audio/*"')


def _some(kinds: tuple[str, ...]) -> tuple[str, ...]:
    # not min_length, which complains of an empty list whenever an entry is wrong
    if not kinds:
        raise ValueError("must name at least one kind of file")
    return kinds


@component
class File(Validator[Blob]):
    """Accept only files of these kinds, named by extensions or media types.

    A kind that bytes show (a picture, a sound, a PDF, ...) is told from the bytes, whatever the
    file's name says. Kinds that bytes cannot show (.csv is text like any other, .docx a ZIP
    archive) are told from the name; a file without a name is none of those.
    """

    name = "file"
    example = {"args": [[".jpg", "application/pdf", "audio/*", "csv"]]}

    kinds: Annotated[
        tuple[Annotated[str, BeforeValidator(_entry)], ...],
        AfterValidator(_some),
        Field(
            description="extensions and media types taken, like .pdf or audio/*",
            json_schema_extra={"minItems": 1},
        ),
    ]
    _: KW_ONLY
    true_name: Annotated[
        bool, Field(description="refuse also a file whose name says another kind than its bytes")
    ] = False

    def accepts(self) -> frozenset[str] | None:
        """Say which media types it lets through; None where a name may decide."""
        found: set[str] = set()
        for entry in self.kinds:
            kinds = SHOWN.get(entry) or {kind for kind in media.KNOWN if _covers(entry, kind)}
            if not kinds:
                return None
            found |= kinds
        return frozenset(found)

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield `format` for another kind of file and, if asked to, `name` for an untrue name."""
        kind, filename = part.media, part.filename.lower()
        if not any(_fits(entry, kind, filename) for entry in self.kinds):
            said = media.one_of([entry.removeprefix(".").upper() if entry[0] == "." else entry
                                 for entry in self.kinds])  # fmt: skip
            message = f"This is {kind.word}; send {said}."
            yield Problem("format", message, (), TYPE.slug, list(self.kinds), kind.type)
        elif self.true_name:
            extension = PurePosixPath(filename).suffix
            if extension in SHOWN and kind.type not in SHOWN[extension]:
                message = f"This file is called {extension}, but it is {kind.word}."
                yield Problem("name", message, (), TYPE.slug, kind.extension, extension)


def _fits(entry: str, kind: media.Media, filename: str) -> bool:
    """Say whether a file is of the kind of an entry: by its bytes, else by its name."""
    if entry.startswith("."):
        shown = SHOWN.get(entry, NONE)
        return kind.type in shown or (
            not shown and kind in media.CARRIERS and filename.endswith(entry)
        )
    if _covers(entry, kind.type):
        return True
    if kind not in media.CARRIERS:
        return False
    named, _ = NAMES.guess_type(PurePosixPath(filename).name, strict=False)
    return named is not None and named not in media.KNOWN and _covers(entry, named)


def _covers(entry: str, kind: str) -> bool:
    """Say whether a media type, or a family of them (`audio/*`), names this one."""
    return entry == kind or (entry.endswith("/*") and kind.startswith(entry[:-1]))
