"""What is an access key, and is this one of them? Only hashes are held; all are compared.

    sha256:<64 hexadecimal digits>             of a key that `librarian key new` made
    scrypt:<ln>:<r>:<p>:<salt>:<hash>          of a key that a person chose (RFC 7914), in base64url
    key:<the key itself>                       for hosts that make secrets: `phones:key:${NAME}`

A name may stand before it: `phones:sha256:…`. A key of 256 random bits needs no salt and no slow
hash: nobody can try them through.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,512}=*")
"""What can be sent as `Authorization: Bearer` (RFC 6750, section 2.1), and no longer."""
NAMED = r"(?:([A-Za-z0-9_.-]{1,64}):)?"
ENTRY = (
    r"(?:[A-Za-z0-9_.-]{1,64}:)?(?:sha256:[0-9A-Fa-f]{64}|key:[A-Za-z0-9._~+/-]{32,512}=*"
    r"|scrypt:[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}:[A-Za-z0-9_=-]{1,200}:[A-Za-z0-9_=-]{1,60})"
)
PREFIX = "librarian_"
"""Before keys that are made here, so that scanners find them where they should not be."""
RANDOM_BYTES = 32
SHORTEST_CHOSEN = 12
LN, R, P = 14, 8, 1
"""The cost of keys that people chose: 16 MiB and some 40 ms for each look (OWASP's least)."""
MOST_LN, MOST_R, MOST_P = 16, 8, 4
MEMORY = 2 * 128 * MOST_R * 2**MOST_LN
QUEUE = 1.0
"""Seconds to wait for another slow look of this process."""


class Busy(Exception):
    """Too many unknown keys are being looked at just now."""


@dataclass(frozen=True, slots=True)
class Key:
    """One configured key: its hash, never the key itself."""

    name: str
    digest: bytes = field(repr=False)
    salt: bytes = field(default=b"", repr=False)
    cost: tuple[int, int, int] | None = None
    """ln, r and p of scrypt; None for sha256."""

    @property
    def scope(self) -> str:
        """Tell its callers from all others without telling the hash, whatever its name."""
        return f"access {hashlib.sha256(self.salt + self.digest).hexdigest()[:32]}"

    def of(self, token: str) -> bytes:
        """Hash a key that was sent as this one was."""
        if self.cost is None:
            return hashlib.sha256(token.encode()).digest()
        return _scrypt(token, self.salt, *self.cost)


def parse(entry: object) -> Key:
    """Read an entry of the configuration. Raises ValueError, which quotes nothing of it."""
    if not isinstance(entry, str) or not re.fullmatch(ENTRY, entry.strip()):
        raise ValueError(
            "must be sha256:… or scrypt:…, with or without NAME: before it, as `librarian key new`"
            " and `librarian key hash` print it, or key: and a random key of 32 characters or more"
        )
    name, scheme, rest = re.split(rf"^{NAMED}(sha256|scrypt|key):", entry.strip(), maxsplit=1)[1:]
    if scheme == "sha256":
        return Key(name or "", bytes.fromhex(rest))
    if scheme == "key":
        return Key(name or "", hashlib.sha256(rest.encode()).digest())
    *numbers, salt, digest = rest.split(":")
    ln, r, p = map(int, numbers)
    if not (10 <= ln <= MOST_LN and 1 <= r <= MOST_R and 1 <= p <= MOST_P):
        raise ValueError(
            f"asks for another cost than 10 to {MOST_LN}, 1 to {MOST_R}, 1 to {MOST_P}"
        )
    try:
        key = Key(name or "", _unwritten(digest), _unwritten(salt), (ln, r, p))
    except binascii.Error:
        raise ValueError("has a salt or a hash that is no base64url") from None
    if len(key.salt) < 8 or len(key.digest) != 32:
        raise ValueError("needs a salt of 8 bytes or more and a hash of 32")
    return key


def make() -> str:
    """Make a key of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def entry_of(made: str, name: str = "") -> str:
    """Give the entry to store for a key that was made."""
    return _named(name, f"sha256:{hashlib.sha256(made.encode()).hexdigest()}")


def entry_of_chosen(chosen: str, name: str = "") -> str:
    """Give the entry to store for a key that a person chose. Raises ValueError if it cannot be."""
    if not TOKEN.fullmatch(chosen) or len(chosen) < SHORTEST_CHOSEN:
        raise ValueError(
            f"a key has {SHORTEST_CHOSEN} to 512 letters, digits and - . _ ~ + /, for it is sent"
            " in a header"
        )
    salt = secrets.token_bytes(16)
    digest = _scrypt(chosen, salt, LN, R, P)
    return _named(name, f"scrypt:{LN}:{R}:{P}:{_written(salt)}:{_written(digest)}")


class Keyring:
    """Every configured key, the quick ones and those whose hash is slow on purpose."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._quick = [key for key in keys if key.cost is None]
        self._slow = [key for key in keys if key.cost is not None]
        self._seen: dict[bytes, tuple[Key, ...]] = {}
        self._secret = secrets.token_bytes(32)
        self._one = threading.Lock()

    def find(self, token: str) -> tuple[Key, ...]:
        """Give the configured keys that a sent one is: several where it is listed for two uses.

        A slow hash is computed once for each right key and process, and for wrong ones by one
        thread at a time. Raises Busy.
        """
        return _matching(token, self._quick) or (self._slowly(token) if self._slow else ())

    def _slowly(self, token: str) -> tuple[Key, ...]:
        mark = hmac.digest(self._secret, token.encode(), "sha256")
        if mark not in self._seen:
            if not self._one.acquire(timeout=QUEUE):
                raise Busy
            try:
                found = _matching(token, self._slow)
            finally:
                self._one.release()
            if not found:
                return ()
            self._seen[mark] = found
        return self._seen[mark]


def _matching(token: str, keys: Sequence[Key]) -> tuple[Key, ...]:
    """Compare with every key, also after one is found."""
    same = [hmac.compare_digest(key.of(token), key.digest) for key in keys]
    return tuple(key for key, is_same in zip(keys, same, strict=True) if is_same)


def _scrypt(token: str, salt: bytes, ln: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(token.encode(), salt=salt, n=2**ln, r=r, p=p, maxmem=MEMORY, dklen=32)


def _named(name: str, entry: str) -> str:
    entry = f"{name}:{entry}" if name else entry
    if not re.fullmatch(ENTRY, entry):
        raise ValueError("a name has up to 64 letters, digits and _ . -")
    return entry


def _written(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _unwritten(text: str) -> bytes:
    padded = text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)
    return base64.b64decode(padded, altchars=b"-_", validate=True)
