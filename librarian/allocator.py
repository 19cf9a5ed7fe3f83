"""How does the C library keep memory that was freed? It keeps what most requests need again.

Pages that are given back and asked for anew with each body cost a third of the time that a body of
a megabyte takes. But glibc learns from each larger piece that is freed to keep such pieces too, in
an arena of each thread: after sixteen pictures a process would hold as much as at its worst moment.
So what usual bodies take is kept, for all threads together, and what is larger is given back. Other
C libraries do neither, and have no mallopt(3).
"""

import ctypes

LARGE = 4 * 2**20
"""Bytes from which on a piece has pages of its own, which are given back when it is freed."""
KEPT = 16 * 2**20
"""Bytes at the end of the heap that are kept when they are free."""
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""The names of malloc.h."""


def settle() -> None:
    """Set it for this process and those it makes from now on."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for name, value in ((MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, KEPT), (ARENA_MAX, 1)):
            mallopt(name, value)
