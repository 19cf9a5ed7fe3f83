"""How is a good request made a bad one? By the changes that accidents and attackers make."""

import random
from collections.abc import Callable, Sequence

TOKENS = (
    b"\0", b"\xff", b"\r\n", b"\n\n", b"\r\n\r\n", b"--b", b"--b--", b"=", b"&", b"%00", b"%",
    b"+", b"[", b"]", b"{", b"}", b'"', b"\\", b"NaN", b"1e999", b"-1", b"9" * 40, b"$where",
    b"_id", b"uid", b"..", b"../", b"\xed\xa0\x80", b"\xff\xd8\xff", b"\xff\xd9", b"IEND",
    b"GIF89a", b"RIFF", b"\x7f\xff\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\0", b"%PDF-",
    b"PK\x05\x06", b"<script>", b"data:;base64,", b"image=", b"labels=", b"x=1&x=2", b"name=",
    b"filename=", b"Content-Disposition: form-data; ", b"Content-Type: ", b"Idempotency-Key: ",
    b"Transfer-Encoding: chunked",
)  # fmt: skip
Change = Callable[[random.Random, bytes, bytes], bytes]


def changed(dice: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Choose a seed and change it some times over."""
    sent = dice.choice(seeds)
    for _ in range(dice.choice((0, 1, 1, 2, 3, 5, 9))):
        sent = dice.choice(CHANGES)(dice, sent, dice.choice(seeds))
    return sent


def _cut(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    return sent[: dice.randrange(len(sent) + 1)]


def _flip(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    at = dice.randrange(len(sent) + 1)
    return sent[:at] + bytes([dice.randrange(256)]) + sent[at + 1 :]


def _insert(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    at = dice.randrange(len(sent) + 1)
    return sent[:at] + dice.choice(TOKENS) * dice.choice((1, 1, 1, 2, 50)) + sent[at:]


def _overwrite(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    at, token = dice.randrange(len(sent) + 1), dice.choice(TOKENS)
    return sent[:at] + token + sent[at + len(token) :]


def _remove(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    at = dice.randrange(len(sent) + 1)
    return sent[:at] + sent[at + dice.randrange(1, 40) :]


def _repeat(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    at = dice.randrange(len(sent) + 1)
    return sent[:at] + sent[at : at + dice.randrange(1, 200)] * dice.randrange(2, 9) + sent[at:]


def _splice(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    return sent[: dice.randrange(len(sent) + 1)] + other[dice.randrange(len(other) + 1) :]


def _swap_bodies(dice: random.Random, sent: bytes, other: bytes) -> bytes:
    return sent.partition(b"\n\n")[0] + b"\n\n" + other.partition(b"\n\n")[2]


CHANGES: tuple[Change, ...] = (
    _cut, _flip, _flip, _insert, _insert, _overwrite, _remove, _repeat, _splice, _swap_bodies,
)  # fmt: skip
