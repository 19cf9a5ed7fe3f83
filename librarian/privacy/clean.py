"""What comes of a block of metadata? The same number of bytes, and words for what was blanked."""

from collections.abc import Callable
from typing import NamedTuple

ZERO = b"\0"
TOO_SHORT = 4
"""Bytes behind a picture's end that tell no place."""
Cleaner = Callable[[bytes], "Clean"]


class Unsafe(ValueError):
    """The bytes cannot be taken apart so that nothing of a place could stay behind."""


class Clean(NamedTuple):
    """A block after blanking, as long as before, and what was taken out of it."""

    content: bytes
    removed: tuple[str, ...] = ()


def blanked(block: bytes, word: str, fill: bytes = ZERO) -> Clean:
    """Blank a whole block; one that was blank already is left alone."""
    if not block.strip(ZERO + b" "):
        return Clean(block)
    return Clean(fill * len(block), (word,))


def joined(pieces: list[bytes], cleaner: Cleaner) -> tuple[list[bytes], tuple[str, ...]]:
    """Clean what is one block in several pieces, and cut it into the same pieces again."""
    whole, removed = cleaner(b"".join(pieces))
    cut, at = [], 0
    for piece in pieces:
        cut.append(whole[at : at + len(piece)])
        at += len(piece)
    return cut, removed


class Few:
    """Cleans the first few blocks of one kind in a file; those after them are emptied unread.

    No camera writes many, and each takes time to read.
    """

    def __init__(self, cleaner: Cleaner, emptied: Cleaner, most: int = 16) -> None:
        self._cleaner, self._emptied, self._left = cleaner, emptied, most

    def __call__(self, block: bytes) -> Clean:
        """Clean or empty one block."""
        self._left -= 1
        return self._cleaner(block) if self._left >= 0 else self._emptied(block)


class Sheet:
    """A file whose pieces are replaced in place, and words for all that was taken out."""

    def __init__(self, content: bytes) -> None:
        self.content: bytes | bytearray = content
        self._removed: dict[str, None] = {}

    def put(self, at: int, clean: Clean) -> bool:
        """Put a cleaned piece in its place; say whether anything of it was taken out."""
        if clean.removed:
            if not isinstance(self.content, bytearray):  # most files are left as they are
                self.content = bytearray(self.content)
            self.content[at : at + len(clean.content)] = clean.content
            self.note(*clean.removed)
        return bool(clean.removed)

    def blank(self, start: int, end: int, word: str) -> bool:
        """Blank a piece; say whether there was anything."""
        return self.put(start, blanked(bytes(self.content[start:end]), word))

    def trailer(self, end: int) -> None:
        """Blank what follows a picture's end, but for a line break or such."""
        if len(self.content) - end > TOO_SHORT:
            self.blank(end, len(self.content), "trailer")

    def note(self, *words: str) -> None:
        """Remember what was taken out."""
        self._removed.update(dict.fromkeys(words))

    def clean(self) -> Clean:
        """Give the whole file as it is now."""
        return Clean(bytes(self.content), tuple(self._removed))
