"""What does every format know of an export? Where it goes, its columns, its inputs, its box."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from librarian.exporting import naming
from librarian.exporting.boxes import Boxes
from librarian.exporting.columns import Columns
from librarian.exporting.plan import Plan, Row
from librarian.media import TEXT
from librarian.record import JSON

Kind = Literal["image", "audio", "text", "file"]


@dataclass(frozen=True, slots=True)
class Input:
    """One input as it came in: its tag, what its data are, and the media type most of them have."""

    tag: str
    kind: Kind
    media_type: str


@dataclass(frozen=True)
class Context:
    """One export on its way."""

    folder: Path
    plan: Plan
    splits: Sequence[str]
    """The splits that hold any record."""
    inputs: Sequence[Input]
    columns: Columns
    boxes: Boxes | None
    label: str
    classes: Sequence[Any]
    """Every value of that label, in order."""
    contributors: bool
    """Whether any record names its contributor."""

    @property
    def several(self) -> bool:
        """Whether records may hold more than one piece of data."""
        return len(self.inputs) > 1

    @property
    def picture(self) -> str:
        """The tag of the first input that holds pictures; empty where none does."""
        return next((each.tag for each in self.inputs if each.kind == "image"), "")

    def name(self, row: Row, item: Mapping[str, Any]) -> str:
        """Name the file of one piece of data."""
        return naming.file(row.uid, item["tag"], item["media_type"], several=self.several)

    def media_type(self, item: Mapping[str, Any]) -> str:
        """Say which kind a piece of data is: text is text, whatever its record tells."""
        told: str = item["media_type"]
        return TEXT.type if self.is_text(item["tag"]) and told != JSON.type else told

    def is_text(self, tag: str) -> bool:
        """Say whether the data of an input are text, which stands in tables as it is."""
        return any(each.tag == tag and each.kind == "text" for each in self.inputs)

    def facts(self, row: Row) -> dict[str, Any]:
        """Give what stands beside the labels: when it came, its state, its contributor."""
        body = row.body
        facts = {"_received_at": body["received_at"], "_state": body["state"]}
        if self.contributors:
            facts["_contributor"] = body.get("contributor", "")
        return facts

    def said(self, row: Row) -> dict[str, Any]:
        """Give the labels of a record as columns, and beside them what is known of it."""
        return {**self.columns.row(row.body["labels"]), **self.facts(row)}

    def item(self, row: Row, tag: str) -> Mapping[str, Any] | None:
        """Give what is known of a record's data of a tag, None where it has none."""
        return next((each for each in row.data if each["tag"] == tag), None)

    def written(self, split: str) -> Iterator[Row]:
        """Give the records of a split that are written, in order."""
        return self.plan.written(split)
