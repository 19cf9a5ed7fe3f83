"""How does the C library keep memory that was freed? It gives back at once what was large.

glibc learns from each large piece that is freed to keep such pieces for later, in an arena of each
thread: after sixteen pictures a process would hold as much as at its worst moment. Other C
libraries do not, and have no mallopt(3).
"""

import ctypes

LARGE = 256 * 2**10
"""Bytes from which on a piece has pages of its own, which are given back when it is freed."""
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""The names of malloc.h."""


def settle() -> None:
    """Set it for this process and those it makes from now on."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for name, value in ((MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, LARGE), (ARENA_MAX, 2)):
            mallopt(name, value)
