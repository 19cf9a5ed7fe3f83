"""Into which split does a record go? Always the same one, for its hash decides and nothing else.

Weighted rendezvous hashing: each split draws a number from the record's key and its own name, its
share makes the number larger, and the largest wins (C. Schindelhauer, G. Schomaker, "Weighted
Distributed Hash Tables", 2005, the logarithmic method). So the order of the splits says nothing,
other records say nothing, and where shares change only about as many records move as must.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Splits:
    """The splits and their shares, which add up to one."""

    shares: Mapping[str, float]

    def of(self, key: str) -> str:
        """Choose the split of a key."""
        if len(self.shares) == 1:
            return next(iter(self.shares))
        return max(self.shares, key=lambda name: self.shares[name] / -math.log(_drawn(name, key)))

    @classmethod
    def read(cls, text: str) -> "Splits":
        """Read `train=0.8,val=0.1,test=0.1`. Raises ValueError, in words that people understand."""
        shares: dict[str, float] = {}
        for each in text.split(","):
            name, _, share = (word.strip() for word in each.partition("="))
            if not NAME.fullmatch(name):
                raise ValueError(
                    f"“{name[:40]}” names no split; write small letters, like train=0.8,test=0.2"
                )
            if name in shares:
                raise ValueError(f"“{name}” is there twice")
            try:
                shares[name] = float(share)
            except ValueError:
                raise ValueError(f"“{share[:40]}” is no share; write {name}=0.8") from None
            if not 0 < shares[name] <= 1:
                raise ValueError(f"the share of {name} is more than 0 and at most 1")
        total = math.fsum(shares.values())
        if abs(total - 1) > ROUNDING:
            raise ValueError(f"the shares are {total:.6g} together; they must be 1")
        return cls(shares)


def _drawn(name: str, key: str) -> float:
    """Draw a number between 0 and 1, neither of them, which looks like chance and never is."""
    digest = hashlib.sha256(f"{name}\0{key}".encode()).digest()
    return ((int.from_bytes(digest[:8], "big") >> 12) + 0.5) / 2**52
