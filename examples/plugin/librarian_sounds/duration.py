"""Is a sound neither too short nor too long? Told from the file's own count of samples."""

import io
import wave
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any

from pydantic import Field

from librarian.component import Validator, component
from librarian.problem import Problem
from librarian.record import Blob


@component
class Duration(Validator[Blob]):
    """Accept only WAV sounds of so many seconds."""

    name = "duration"
    example = {"kwargs": {"min": 0.5, "max": 10}}

    _: KW_ONLY
    min: Annotated[float, Field(ge=0, description="least length, in seconds")] = 0.0
    max: Annotated[float, Field(gt=0, description="most length, in seconds")] = 60.0

    def accepts(self) -> frozenset[str]:
        """Let WAV sounds through."""
        return frozenset({"audio/wav"})

    def tells(self) -> Mapping[str, Any]:
        """Give the bounds, in seconds."""
        return {"min_seconds": self.min, "max_seconds": self.max}

    def check(self, part: Blob) -> Iterator[Problem]:
        """Yield `format`, `min` or `max`; a file that cannot be read is refused as `type`."""
        try:
            with wave.open(io.BytesIO(part.content)) as sound:
                seconds = sound.getnframes() / sound.getframerate()
        except (wave.Error, EOFError, ZeroDivisionError):
            yield Problem("format", "This is no WAV sound; please send one.", stage="type")
            return
        if seconds < self.min:
            message = f"This sound has {seconds:.1f} s; at least {self.min:g} s are needed."
            yield Problem("min", message, limit=self.min, actual=seconds)
        elif seconds > self.max:
            message = f"This sound has {seconds:.1f} s; at most {self.max:g} s are taken."
            yield Problem("max", message, limit=self.max, actual=seconds)
