"""How many pixels may this process decode at one time? So many that its memory stays bounded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONE_TIME = 64_000_000
"""A decoded pixel takes three or four bytes, an animation's twice or three times that."""


class PixelBudget:
    """At most so many pixels are decoded at one time; one picture above that is decoded alone."""

    def __init__(self, pixels: int) -> None:
        self._total = pixels
        self._free = pixels
        self._changed = threading.Condition()
        self._door = threading.Lock()

    @contextmanager
    def hold(self, pixels: int) -> Iterator[None]:
        """Wait until so many pixels are free, and keep them while the block runs."""
        wanted = min(pixels, self._total)
        with self._door, self._changed:  # one waits at the door, so that small never starve large
            self._changed.wait_for(lambda: self._free >= wanted)
            self._free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self._free += wanted
                self._changed.notify_all()


PIXELS = PixelBudget(AT_ONE_TIME)
