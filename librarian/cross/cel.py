"""Do labels and data fit together as the owner's own expression says?"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from librarian.component import CrossValidator, component
from librarian.cross.expression import LONGEST, Expression, compiled
from librarian.picture import Unreadable
from librarian.problem import Problem
from librarian.record import LABELS, Document, Part, Record

INPUTS = "inputs"
"""The variable that holds every input, also one whose tag is no name of CEL's."""


def _compiles(source: str) -> str:
    compiled(source)
    return source


@component
class Cel(CrossValidator):
    """Check labels and data by an expression of your own, in Google's CEL.

    It sees `labels`, and each input under its tag: of a file `bytes`, `media_type`, `sha256` and
    `filename`, of a picture also `width`, `height`, `frames` and `orientation`, of JSON data the
    value itself. `inputs["my-photo"]` is the same by any tag, and `has(inputs.mask)` says whether
    an optional one was sent. CEL never mixes whole numbers with others: write `double(labels.x)`.
    What cannot be worked out (a label is missing) is refused too: test with `has(labels.x)`. The
    macros all, exists, exists_one and filter go through lists, but not inside of each other.
    """

    name = "cel"
    example = {
        "args": [
            "double(labels.x) + double(labels.width) <= double(image.width)",
            "The box stands out of the picture on the right.",
        ]
    }

    expression: Annotated[
        str,
        Field(min_length=1, max_length=LONGEST, description="what must be true; needs [rules]"),
        AfterValidator(_compiles),
    ]
    message: Annotated[
        str, Field(max_length=300, description="what the contributor is told where it is not")
    ] = ""

    @cached_property
    def _compiled(self) -> Expression:
        return compiled(self.expression)

    def inputs(self) -> frozenset[str]:
        """Name the inputs that it looks at."""
        return self._compiled.free - {LABELS, INPUTS}

    def check(self, record: Record) -> Iterator[Problem]:
        """Yield what is not so (`cel`), what cannot be worked out, or is too much to go through."""
        inputs = {part.tag: _facts(part) for part in record.data}
        known = {**inputs, INPUTS: inputs, LABELS: record.labels.value}
        values = {name: known[name] for name in self._compiled.names if name in known}
        if not self._compiled.fits(values):
            yield self._problem("values", "There are too many labels here for a rule")
            return
        try:
            held = self._compiled.program.execute(values)
        except Exception as error:  # what CEL cannot work out it tells by some six kinds of them
            yield self._problem("evaluation", f"A rule cannot be worked out, {_why(error)}")
            return
        if held is False:
            told = self._problem("cel", "Labels and data do not fit together, by the rule")
            yield replace(told, message=self.message) if self.message else told
        elif held is not True:
            yield self._problem("evaluation", "A rule says neither true nor false")

    def _problem(self, rule: str, said: str) -> Problem:
        message = f"{said}: {self.expression}"
        return Problem(rule, message, (LABELS,), limit=self.expression)


def _facts(part: Part) -> Any:
    """Say what an expression may know of one piece of data."""
    if isinstance(part, Document):
        return part.value
    facts = {
        "bytes": len(part.content),
        "media_type": part.media.type,
        "sha256": part.sha256,
        "filename": part.filename,
    }
    try:
        seen = part.picture
    except Unreadable:
        seen = None  # for `img` to refuse; asking for its width cannot be worked out
    if seen is None:
        return facts
    own = ("width", "height", "frames", "orientation")
    return {**facts, **{name: getattr(seen, name) for name in own}}


def _why(error: Exception) -> str:
    """Say in plain words why CEL gave up."""
    if isinstance(error, KeyError):
        return f"there is no “{str(error.args[0])[:60]}”"
    if isinstance(error, TypeError):
        return "a value is of another kind than it needs"
    if isinstance(error, ArithmeticError):
        return "a number is too large, or a division is by zero"
    return "a value is missing or cannot be read as what it needs"
