"""Where does a record's uid come from? Minted before anything is stored: 24 hexadecimal digits.

Without a key it is laid out as a BSON ObjectId (seconds, then random), so that uids sort by time;
with a key, or from content, it is derived, so that a retry meets the same uid on any machine.
"""

import hashlib
import re
import time

from librarian import chance

KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
"""What a client may send as an idempotency key."""
PUBLIC = "key"
"""The scope of all callers without an access key: their idempotency keys are one another's."""
LENGTH = 24
ALONE = re.compile(r"[0-9a-f]{24}")
"""A uid and nothing else: what a label record is kept under."""
NAMED = r"[0-9a-f]{24}(?:-[0-9a-f]{8})?(?:-[A-Za-z0-9_-]{1,64})?"
"""What a piece of data is kept under: the uid, the attempt, the tag (a regular expression)."""


def mint() -> str:
    """Make a new uid: four bytes of time, eight of chance (BSON specification, ObjectId)."""
    return f"{int(time.time()):08x}{chance.token_hex(8)}"


def derive(scope: str, key: str) -> str:
    """Derive the uid of a key within the scope of its caller."""
    return hashlib.sha256(f"{scope}\0{key}".encode()).hexdigest()[:LENGTH]
