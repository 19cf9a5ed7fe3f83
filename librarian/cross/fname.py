"""Does the label say the name that the file really came with?"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from typing import Annotated, Any

from pydantic import Field

from librarian import paths
from librarian.component import CrossValidator, component
from librarian.plain import say, say_place
from librarian.problem import Problem
from librarian.record import LABELS, Record


@component
class Fname(CrossValidator):
    """Check that a label equals the file name that the data came with.

    Folders before a name do not count, nor how its accents are composed. Where there is no such
    label, or the data came without a name (base64 and raw bodies do), nothing is compared.
    """

    name = "fname"
    example = {"args": ["filename"]}

    label: Annotated[paths.LabelName, Field(description="the label that says the name")] = (
        "filename"
    )
    _: KW_ONLY
    input: Annotated[str, Field(description="tag of the data; empty: the first with a name")] = ""

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as text."""
        return {self.label: "str"}

    def tells(self) -> Mapping[str, Any]:
        """Give the label that says the name."""
        return {"filename": {"label": self.label, "input": self.input}}

    def check(self, record: Record) -> Iterator[Problem]:
        """Yield a name that is another (`fname`) or no text (`type`)."""
        path = paths.path_of(self.label)
        claimed = paths.find(record.labels.value, path)
        true = next((p.filename for p in record.data if p.filename and self._sees(p.tag)), "")
        if claimed is paths.ABSENT or not true:
            return
        if not isinstance(claimed, str):
            message = f"{say_place(path)} must be text."
            yield Problem("type", message, (LABELS, *path), limit="str")
        elif _bare(claimed) != _bare(true):
            message = f"{say_place(path)} is {say(claimed)}, but the file is called {say(true)}."
            yield Problem("fname", message, (LABELS, *path), limit=_bare(true), actual=claimed)

    def _sees(self, tag: str) -> bool:
        return self.input in ("", tag)


def _bare(name: str) -> str:
    """Give a file's name alone, in the composed form (Unicode NFC)."""
    return unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
