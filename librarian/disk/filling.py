"""How is a new file filled? Its content is written whole, then waited for until it is on the disk.

What is large is not kept in memory besides: it is seldom read soon, and pages of memory cost a lot
to use for the first time where a virtual machine gives free memory back to its host. Linux lets go
of them once the disk has them (readv(2), RWF_DONTCACHE, since 6.14).
"""

import errno
import os
import sys

LARGE = 128 * 2**10
"""Bytes from which on it was seen to pay; for less it makes no difference."""
DONTCACHE = 0x80
"""RWF_DONTCACHE, for which Python 3.11 has no name."""
UNKNOWN = frozenset({errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS})
"""What is answered where the system, or the disk's file system, knows no such writing."""
HERE = -1
"""The file's own position, as an offset of pwritev2(2)."""


def fill(opened: int, content: bytes) -> None:
    """Write a file's content, and wait until it is on the disk. Raises OSError."""
    done = _uncached(opened, content) if len(content) >= LARGE else 0
    while done < len(content):
        done += os.write(opened, memoryview(content)[done:])
    os.fsync(opened)


def _uncached(opened: int, content: bytes) -> int:
    """Write what can be so without keeping it in memory; say how many bytes. Raises OSError."""
    if sys.platform != "linux":
        return 0
    try:
        return os.pwritev(opened, [content], HERE, DONTCACHE)
    except OSError as error:
        if error.errno in UNKNOWN:
            return 0
        raise
