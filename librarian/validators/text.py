"""Are these bytes text, as long and of the form that is wanted?"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from librarian import media
from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Blob
from librarian.stage import TYPE

CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""What no text holds: control characters but for tabs, line ends and form feeds."""


def _encoding(name: str) -> str:
    try:
        "".encode(name)  # not codecs.lookup(), which knows base64 and zip too
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError("is no text encoding known here; utf-8 and latin-1 are") from None


def _pattern(regex: str) -> str:
    try:
        re.compile(regex)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is no regular expression: {error}") from None
    return regex


@component
class Text(Validator[Blob]):
    """Accept only text: of one encoding, so long, of a form.

    Characters are counted as Unicode counts them, line ends too. The form is a regular expression
    of Python's that the whole text must match.
    """

    name = "text"
    example = {"kwargs": {"min_length": 1, "max_length": 2000}}

    encoding: Annotated[
        str, AfterValidator(_encoding), Field(description="how characters stand in bytes")
    ] = "utf-8"
    _: KW_ONLY
    min_length: Annotated[int, Field(ge=0, description="least number of characters")] = 0
    max_length: Annotated[int | None, Field(ge=1, description="most characters")] = None
    regex: Annotated[
        str, AfterValidator(_pattern), Field(description="form of the whole text; empty: any")
    ] = ""

    @model_validator(mode="after")
    def _some_text_fits(self) -> Self:
        if self.max_length is not None and self.min_length > self.max_length:
            bounds = f"min_length {self.min_length} is more than max_length {self.max_length}"
            raise ValueError(f"no text fits: {bounds}")
        return self

    def tells(self) -> Mapping[str, Any]:
        """Give the lengths that are set, in characters."""
        own = {"min_length": self.min_length, "max_length": self.max_length}
        return {name: limit for name, limit in own.items() if limit}

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield `encoding` (stage `type`) for what is no text, and every limit it breaks."""
        try:
            text = part.content.decode(self.encoding).removeprefix("\ufeff")
        except (UnicodeError, ValueError):
            text = "\0"
        if CONTROL.search(text):
            message = f"This is not text in {self.encoding.upper()}."
            seen = media.sniff(part.content).type
            yield Problem("encoding", message, (), TYPE.slug, self.encoding, seen)
            return
        length = len(text)
        if length < self.min_length:
            message = f"This text has {length} characters; at least {self.min_length} are needed."
            yield Problem("min_length", message, limit=self.min_length, actual=length)
        elif self.max_length is not None and length > self.max_length:
            message = f"This text has {length} characters; at most {self.max_length} are taken."
            yield Problem("max_length", message, limit=self.max_length, actual=length)
        if self.regex and not re.fullmatch(self.regex, text):
            message = "This text does not have the form that is asked for."
            yield Problem("pattern", message, limit=self.regex)
