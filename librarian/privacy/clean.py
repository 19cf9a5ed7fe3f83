"""What comes of a block of metadata? The same number of bytes, and words for what was blanked."""

from collections.abc import Callable
from typing import NamedTuple

ZERO = b"\0"
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


class Sheet:
    """A file whose pieces are replaced in place, and words for all that was taken out."""

    def __init__(self, content: bytes) -> None:
        self.content = bytearray(content)
        self._removed: dict[str, None] = {}

    def put(self, at: int, clean: Clean) -> bool:
        """Put a cleaned piece in its place; say whether anything of it was taken out."""
        if clean.removed:
            self.content[at : at + len(clean.content)] = clean.content
            self.note(*clean.removed)
        return bool(clean.removed)

    def blank(self, start: int, end: int, word: str) -> bool:
        """Blank a piece; say whether there was anything."""
        return self.put(start, blanked(bytes(self.content[start:end]), word))

    def note(self, *words: str) -> None:
        """Remember what was taken out."""
        self._removed.update(dict.fromkeys(words))

    def clean(self) -> Clean:
        """Give the whole file as it is now."""
        return Clean(bytes(self.content), tuple(self._removed))
