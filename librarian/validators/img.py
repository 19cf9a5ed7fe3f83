"""Is this a genuine image, whole, of an accepted format and size? Decided from its bytes."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from librarian import picture
from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Blob
from librarian.stage import TYPE

Format = Literal["JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP"]


@component
class Img(Validator[Blob]):
    """Accept only a genuine image, whole, of an accepted format and size."""

    name = "img"
    example = {"kwargs": {"h": 0, "w": 0}}

    h: Annotated[int, Field(ge=0, description="height in pixels; 0 accepts any")] = 0
    w: Annotated[int, Field(ge=0, description="width in pixels; 0 accepts any")] = 0
    formats: Annotated[tuple[Format, ...], Field(min_length=1, description="formats accepted")] = (
        "JPEG", "PNG", "WEBP", "GIF", "AVIF",
    )  # fmt: skip

    def accepts(self) -> frozenset[str]:
        """Say which media types it lets through."""
        return frozenset(kind for kind, name in picture.FORMATS.items() if name in self.formats)

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield what is wrong: another kind of file (stage `type`), broken, of another size."""
        if part.media.type not in self.accepts():
            yield Problem("format", f"This is {part.media.word}.", stage=TYPE.slug)
            return
        try:
            facts = part.picture
            with picture.decoded(part.content, part.media):
                pass
        except picture.Unreadable as error:
            yield Problem(error.rule, f"{error}.")
            return
        if facts is None:
            return
        if self.h and facts.height != self.h:
            yield Problem("height", "wrong height", limit=self.h, actual=facts.height)
