"""What can be shown on this stream? Colours on a terminal that wants them, lines as long as it."""

import os
import shutil
import textwrap
from collections.abc import Iterator
from typing import TextIO

BOLD, RED, GREEN, YELLOW, PLAIN = "\033[1m", "\033[31m", "\033[32m", "\033[33m", "\033[0m"
NARROWEST = 40


def in_colour(stream: TextIO) -> bool:
    """Say whether colours are shown: on a terminal, unless NO_COLOR is set (no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def painted(text: str, colour: str, stream: TextIO) -> str:
    """Give the text in a colour where there are any."""
    return f"{colour}{text}{PLAIN}" if in_colour(stream) else text


def wrapped(head: str, text: str, stream: TextIO) -> Iterator[str]:
    """Yield a line, and on a terminal as many as it takes, the later ones indented as the head."""
    if not stream.isatty():
        yield head + text
        return
    width = max(NARROWEST, shutil.get_terminal_size().columns)
    yield from textwrap.wrap(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
