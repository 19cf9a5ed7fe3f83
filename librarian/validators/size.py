"""Is the file neither too small nor too large? Counted in bytes, as sent."""

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Blob
from librarian.units import Bytes, say_bytes


@component
class Size(Validator[Blob]):
    """Accept only files of so many bytes.

    What is larger than the whole service takes (LIBRARIAN_MAX_BYTES) is refused before, as `size`.
    """

    name = "size"
    example = {"kwargs": {"min": "1KiB", "max": "5MiB"}}

    _: KW_ONLY
    min: Annotated[Bytes, Field(description="least size, like 1KiB")] = 0
    max: Annotated[Bytes | None, Field(gt=0, description="most size, like 5MiB")] = None

    @model_validator(mode="after")
    def _some_file_fits(self) -> Self:
        if self.max is not None and self.min > self.max:
            raise ValueError(f"no file fits: min {self.min} is more than max {self.max}")
        return self

    def tells(self) -> Mapping[str, Any]:
        """Give the sizes that are set, in bytes."""
        own = {"min_bytes": self.min, "max_bytes": self.max}
        return {name: limit for name, limit in own.items() if limit}

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield `min` or `max` for a file that is too small or too large."""
        size = len(part.content)
        if size < self.min:
            message = f"This is {say_bytes(size)}; at least {say_bytes(self.min)} are needed."
            yield Problem("min", message, limit=self.min, actual=size)
        elif self.max is not None and size > self.max:
            message = f"This is {say_bytes(size)}; at most {say_bytes(self.max)} are taken."
            yield Problem("max", message, limit=self.max, actual=size)
