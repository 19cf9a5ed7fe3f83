"""What is told of an export in a terminal? How many records went where, and what is missing."""

from collections.abc import Iterator
from pathlib import Path

from librarian.exporting import Summary

SHOWN = 100
"""Records that are named; more are counted."""


def lines(summary: Summary, folder: Path) -> Iterator[str]:
    """Say what became of an export."""
    for uid, reason in summary.faults[:SHOWN]:
        yield f"{uid}: {reason}."
    if (more := len(summary.faults) - SHOWN) > 0:
        yield f"... and {more:,} more; manifest.json names them all."
    if summary.left_out:
        yield f"{_records(summary.left_out)} without a picture left out"
    if summary.without_box:
        yield f"{_records(summary.without_box)} without a box on the picture"
    counts = ", ".join(f"{split} {count:,}" for split, count in summary.counts.items())
    yield f"{counts} in {folder}"
    if summary.faults:
        yield f"{_records(len(summary.faults))} missing; --resume tries these again"


def _records(count: int) -> str:
    return f"{count:,} record{'' if count == 1 else 's'}"
