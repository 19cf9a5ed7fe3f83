"""Does a text have the asked form? As a whole it matches a regular expression of Python's."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo

from librarian import paths
from librarian.component import Validator, component
from librarian.plain import say_place
from librarian.problem import Problem, nearest
from librarian.record import Document

FORM = "x-form"
"""The keyword of a schema under which a pattern is told in plain words (an annotation)."""


def _pattern(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a regular expression, as text")  # noqa: TRY004 - pydantic asks it
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        place = getattr(error, "pos", None)
        where = "" if place is None else f" (wrong at character {place + 1})"
        raise ValueError(f"is no regular expression as Python reads them{where}") from None


def _of_patterns(forms: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
    known = info.data.get("patterns", forms)
    for name in forms:
        if name not in known:
            raise ValueError(f"“{name}” has no expression here.{nearest(name, known)}")
    return forms


@component
class Regex(Validator[Document]):
    r"""Check that texts match, as a whole, a regular expression.

    The expressions are Python's (`re`). Say in `forms` in plain words what is asked for: the
    contributor reads it. A label that is absent is no fault here: `type` or `key` checks that.
    """

    name = "regex"
    example = {
        "args": [{"plate": "[A-Z]{1,3}-[0-9]{1,4}"}],
        "kwargs": {"forms": {"plate": "capital letters, a dash and digits"}},
    }

    patterns: Annotated[
        Mapping[str, Annotated[re.Pattern[str], BeforeValidator(_pattern)]],
        AfterValidator(paths.checked),
        Field(description="label name to regular expression", min_length=1),
    ]
    _: KW_ONLY
    forms: Annotated[
        Mapping[str, str],
        AfterValidator(_of_patterns),
        Field(description="label name to what is asked for, in plain words"),
    ] = Field(default_factory=dict)
    max_length: Annotated[
        int, Field(ge=1, description="characters at most; longer text is refused unread")
    ] = 1000

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as text."""
        return dict.fromkeys(self.patterns, "str")

    def schema(self) -> Mapping[str, Any]:
        """Give the JSON Schema of the labels it lets through."""
        own: dict[str, dict[str, Any]] = {
            name: {
                "type": "string",
                "maxLength": self.max_length,
                "pattern": f"^(?:{pattern.pattern})$",
            }
            for name, pattern in self.patterns.items()
        }
        for name, form in self.forms.items():
            own[name][FORM] = form
        return paths.as_schema(own, self.patterns)

    def check(self, part: Document) -> Iterator[Problem]:
        """Yield what is no text (`type`), too long (`maxLength`) or does not match (`pattern`)."""
        for name, pattern in self.patterns.items():
            path = paths.path_of(name)
            value = paths.find(part.value, path)
            if value is paths.ABSENT:
                continue
            if not isinstance(value, str):
                yield Problem("type", f"{say_place(path)} must be text.", path, limit="str")
            elif len(value) > self.max_length:
                message = f"{say_place(path)} must have at most {self.max_length} characters."
                yield Problem("maxLength", message, path, limit=self.max_length, actual=len(value))
            elif not pattern.fullmatch(value):
                form = self.forms.get(name)
                wanted = f"must be {form}" if form else "does not have the asked form"
                yield Problem(
                    "pattern", f"{say_place(path)} {wanted}.", path, limit=pattern.pattern
                )
