"""What is taken out of data before they are kept? Where they come from, or all they say beside it.

`location` blanks in place: the file stays as long as it was, and nothing else of it changes. `all`
leaves out whatever is not pixels, colours or orientation. What is stored is never encoded anew.
"""

from dataclasses import replace
from typing import NamedTuple

from librarian import media
from librarian.picture import Unreadable
from librarian.picture.jpeg import Jpeg
from librarian.privacy import gif, heif, jpeg, png, tiff, webp
from librarian.privacy.clean import Cleaner, Unsafe
from librarian.problem import Problem
from librarian.record import Blob, Part
from librarian.stage import DATA_VALIDATION, TYPE, Failure


class Format(NamedTuple):
    """How a format loses the places it tells, and how everything but its picture."""

    cleaned: Cleaner
    bare: Cleaner


FORMATS: dict[str, Format] = {
    media.JPEG.type: Format(jpeg.cleaned, jpeg.bare),
    media.PNG.type: Format(png.cleaned, png.bare),
    media.WEBP.type: Format(webp.cleaned, webp.bare),
    media.GIF.type: Format(gif.cleaned, gif.bare),
    media.AVIF.type: Format(heif.cleaned, heif.bare),
    media.HEIC.type: Format(heif.cleaned, heif.bare),
    media.TIFF.type: Format(tiff.cleaned, tiff.bare),
}
PLACELESS = frozenset({media.BMP.type})
"""Formats of pictures that have no room for words."""


def is_closed(media_type: str) -> bool:
    """Say whether files of this type may tell a place that cannot be taken out of them."""
    seen = media_type.startswith(("image/", "video/"))
    return seen and media_type not in FORMATS and media_type not in PLACELESS


def fault(part: Part) -> Problem | None:
    """Say why a part cannot be taken where places are to be taken out."""
    if isinstance(part, Blob) and is_closed(part.media.type):
        message = (
            f"This is {part.media.word}; where it was taken cannot be removed from it. Send a"
            " JPEG, PNG or WebP."
        )
        return Problem("location", message, (part.tag,), TYPE.slug, None, part.media.type)
    return None


def stripped(part: Part, *, everything: bool) -> Part:
    """Give a part without the place it was made in, the same part where it told none.

    Raises Failure (`data-validation`) where that cannot be done for sure.
    """
    if not isinstance(part, Blob) or part.media.type not in FORMATS:
        return part
    known = FORMATS[part.media.type]
    strip = known.bare if everything else known.cleaned
    plain = None if everything else _plain(part)
    try:
        content, removed = jpeg.cleaned(part.content, plain) if plain else strip(part.content)
    except Unsafe:
        message = (
            "What this file says about where it was taken cannot be removed safely; please save"
            " it anew, or send it in another format."
        )
        problem = Problem("location", message, (part.tag,))
        raise Failure(DATA_VALIDATION, problem) from None
    if content == part.content:
        return part
    return replace(part, content=content, received=part.sha256, removed=removed)


def _plain(part: Blob) -> Jpeg | None:
    """Give what was found out about a plain JPEG's file, which then need not be walked again."""
    try:
        seen = part.picture
    except Unreadable:
        return None
    return seen.jpeg if seen else None
