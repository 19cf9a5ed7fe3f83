"""Was this contributed before: the same bytes, or a picture that looks the same?"""

from collections.abc import Iterator
from dataclasses import KW_ONLY
from typing import Annotated, Literal

from pydantic import Field

from librarian import seen
from librarian.component import Validator, component
from librarian.picture import phash
from librarian.problem import Problem
from librarian.record import Blob
from librarian.stage import LABEL_STORE, StoreError


@component
class Unique(Validator[Blob]):
    """Refuse or flag what was contributed before: the same bytes, or a picture that looks alike.

    It asks the label store, which must be `mongo` or `sqlite`, for records of the same input. One
    that is sent again under its key was not seen before. Of two that come in the same moment both
    may pass. By `look`, pictures count as alike whose perceptual hashes of 64 bits differ in
    `distance` bits at most, whatever their format and size; blank ones all look alike, so put
    `quality` before it. Such hashes are kept from the day on which this is configured.
    """

    name = "unique"
    example = {"kwargs": {"by": "look", "distance": 4}}
    looks_back = True

    by: Annotated[
        Literal["bytes", "look"], Field(description="what must be new: the bytes, or the look")
    ] = "bytes"
    _: KW_ONLY
    distance: Annotated[
        int, Field(ge=0, le=phash.MOST, description="bits that may differ, for by look")
    ] = 4

    @property
    def compares_looks(self) -> bool:
        """Whether it asks by what pictures look like."""
        return self.by == "look"

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield what was seen before (`seen`), or that it cannot be told just now (`unasked`)."""
        try:
            known = self._alike(part) if self.by == "look" else self._same(part)
        except StoreError:
            message = "It cannot be told just now whether this came before; send it again later."
            yield Problem("unasked", message, stage=LABEL_STORE.slug)
            return
        if known and self.by == "look":
            yield Problem("seen", "A picture that looks like this one was contributed before.")
        elif known:
            yield Problem("seen", "This was contributed before.")

    def _same(self, part: Blob) -> bool:
        return seen.before(part.tag, seen.BYTES, [part.received_sha256])

    def _alike(self, part: Blob) -> bool:
        look = part.look
        if not look:
            return False  # no picture, or a broken one, which `img` refuses
        asked = phash.near(look, self.distance)

        def fits(other: str) -> bool:
            return phash.distance(look, other) <= self.distance

        return seen.before(part.tag, seen.BANDS, asked, fits)
