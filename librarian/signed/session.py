"""What shows that a browser has given a review key? A signed cookie; nothing of it is kept here.

It says which key it was, so that it ends with that key, and when it began. Whoever changes
something by the cookie must show a second token, which only a page of this service can have read.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeTimedSerializer

USE = "desk"
"""Which key of the secret sessions are signed with."""
LASTS = 12 * 3600
"""Seconds after which a key is asked for again."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser's session at the desk."""

    scope: str
    """The scope of the review key that began it."""
    csrf: str
    """What is to be sent as X-CSRF-Token with every change."""

    def shown(self, token: str) -> bool:
        """Say whether this is the second token."""
        return hmac.compare_digest(self.csrf.encode(), token.encode("utf-8", "replace"))


class Sessions:
    """Begins sessions and knows them again, by one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        hashing = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._signer = URLSafeTimedSerializer(key, salt="librarian session", signer_kwargs=hashing)

    def begin(self, scope: str) -> tuple[str, Session]:
        """Begin a session; give its cookie, too."""
        told = [scope, secrets.token_urlsafe(18)]
        return str(self._signer.dumps(told)), self._of(told)

    def read(self, cookie: str) -> Session | None:
        """Give the session of a cookie, None for one that is over or was not made here."""
        try:
            return self._of(self._signer.loads(cookie, max_age=LASTS))
        except BadData:  # the signature is wrong, or too old
            return None

    def _of(self, told: list[str]) -> Session:
        scope, chance = told
        made = hmac.digest(self._key, f"csrf {chance}".encode(), "sha256")
        return Session(scope, made.hex())
