"""Are these the data that the sender had? A label holds their SHA-256 (FIPS 180-4)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY
from typing import Annotated

from pydantic import Field

from librarian import paths
from librarian.component import CrossValidator, component
from librarian.plain import say_place
from librarian.problem import Problem
from librarian.record import LABELS, Record

DIGEST = re.compile(r"[0-9a-fA-F]{64}")


@component
class Checksum(CrossValidator):
    """Check that a label holds the SHA-256 of the data, in hexadecimal.

    It is that of the bytes as sent, of base64 text that of what it stands for. Labels without it
    are let through: that it is there, `type` or `key` checks.
    """

    name = "checksum"
    example = {"args": ["sha256"]}

    label: Annotated[paths.LabelName, Field(description="the label that holds it")] = "sha256"
    _: KW_ONLY
    input: Annotated[str, Field(description="tag of the data; empty: the first")] = ""

    def declares(self) -> Mapping[str, str]:
        """Say how text is read: as text."""
        return {self.label: "str"}

    def check(self, record: Record) -> Iterator[Problem]:
        """Yield a sum that is another (`checksum`), none (`pattern`), or of nothing (`data`)."""
        path = paths.path_of(self.label)
        claimed = paths.find(record.labels.value, path)
        if claimed is paths.ABSENT:
            return
        place = say_place(path)
        part = next((part for part in record.data if self.input in ("", part.tag)), None)
        if not isinstance(claimed, str) or not DIGEST.fullmatch(claimed):
            message = f"{place} must be a SHA-256: 64 hexadecimal digits."
            yield Problem("pattern", message, (LABELS, *path), limit=DIGEST.pattern)
        elif part is None:
            message = f"{place} is there, but not the data it is the sum of."
            yield Problem("data", message, (LABELS, *path))
        elif claimed.lower() != part.sha256:
            message = f"{place} is not the sum of the data that came; were they changed on the way?"
            yield Problem("checksum", message, (LABELS, *path), limit=part.sha256, actual=claimed)
