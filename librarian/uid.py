"""Where does a record's uid come from? Minted before anything is stored: 24 hexadecimal digits.

Without a key it is laid out as a BSON ObjectId (seconds, then random), so that uids sort by time;
with a key, or from content, it is derived, so that a retry meets the same uid on any machine.
"""

import hashlib
import re
import secrets
import time

KEY = re.compile(r"[A-Za-z0-9_-]{16,128}")
"""What a client may send as an idempotency key."""
LENGTH = 24


def mint() -> str:
    """Make a new uid: four bytes of time, eight of chance (BSON specification, ObjectId)."""
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"


def derive(scope: str, key: str) -> str:
    """Derive the uid of a key within the scope of its caller."""
    return hashlib.sha256(f"{scope}\0{key}".encode()).hexdigest()[:LENGTH]
