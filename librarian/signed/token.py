"""What shows that a contribution is one's own? A token that only this service can have made.

    <uid>.<HMAC-SHA-256 of the uid (RFC 2104), in base64url without padding (RFC 4648, section 5)>

Nothing is kept of it: the uid is read off the token, and the rest is made anew and compared.
"""

import base64
import hmac
import re

USE = "receipt"
"""Which key of the secret tokens are made with."""
PATTERN = r"[0-9a-f]{24}\.[A-Za-z0-9_-]{43}"
WRITTEN = re.compile(PATTERN)
CHANCE = re.compile(
    r"[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}", re.IGNORECASE
)
"""A UUID of version 4, 122 bits of chance (RFC 9562, section 5.4)."""
FEWEST_DIGITS = 8
"""Different digits that one made by chance has, all but one in 10^8."""


def make(key: bytes, uid: str) -> str:
    """Make the token of a uid."""
    made = hmac.digest(key, uid.encode(), "sha256")
    return f"{uid}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def uid_of(key: bytes, token: str) -> str | None:
    """Give the uid that a token is for, None for one that was not made with this key."""
    if not WRITTEN.fullmatch(token):
        return None
    uid = token.partition(".")[0]
    return uid if hmac.compare_digest(make(key, uid), token) else None


def unguessable(name: str) -> bool:
    """Say whether nobody can have guessed a key or pseudonym: a UUID of version 4, as it is made.

    Who names a key that is already used, and knows what was sent under it, is answered with the
    first receipt. If others can know the key (`photo-0000000001`, or a hash of the content), that
    must not let them withdraw what is not theirs. Of other forms nobody can tell by looking how
    much chance is in them.
    """
    digits = set(name.lower().replace("-", ""))
    return bool(CHANCE.fullmatch(name)) and len(digits) >= FEWEST_DIGITS
