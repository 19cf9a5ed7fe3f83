"""How do long contents get round a parser? Cut out; the small rest is parsed, and they return.

Parsers look at every byte, and copy it once or twice; of a picture there is nothing to be parsed.
What stands for a content is a random word, which nobody could have sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from librarian import chance

LONG = 4096
"""Bytes from which on a content is cut out."""
WORD = 32
"""Letters of what stands for one."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without its long contents, and what stands for each of them in it."""

    rest: bytes
    contents: dict[str, memoryview]

    @classmethod
    def of(cls, text: bytes, spans: Iterable[tuple[int, int]]) -> "Cut":
        """Cut out what lies from each start to its end, in order."""
        rest: list[bytes] = []
        contents: dict[str, memoryview] = {}
        at, view = 0, memoryview(text)
        for start, end in spans:
            word = chance.token_hex(WORD // 2)
            contents[word] = view[start:end]
            rest += (text[at:start], word.encode())
            at = end
        rest.append(text[at:])
        return cls(b"".join(rest), contents)
