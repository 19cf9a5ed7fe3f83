"""Which pages may send? An origin exactly, or every origin below a domain: https://*.example.org.

An origin is scheme, host and port, as browsers send it (RFC 6454, section 6.2). The star stands for
one name or several, each whole: `https://a.example.org` and `https://a.b.example.org` match, the
domain itself, `https://evilexample.org` and `https://example.org.evil.com` do not.
"""

import re
from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator

EVERY = "*"
NAME = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
STARRED = re.compile(rf"[a-z][a-z0-9+.-]*://\*(?:\.{NAME}){{2,}}(?::[0-9]{{1,5}})?")
EXACT = re.compile(
    rf"[a-z][a-z0-9+.-]*://(?:{NAME}(?:\.{NAME})*|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?"
)
USUAL = {"http": ":80", "https": ":443"}
"""Ports that browsers leave out."""


def _checked(entry: str) -> str:
    """Give an entry as browsers write origins. Raises ValueError, which quotes nothing."""
    origin = entry.strip().lower()
    scheme, _, _ = origin.partition("://")
    origin = origin.removesuffix(USUAL.get(scheme, "\0"))
    if origin in (EVERY, "null") or EXACT.fullmatch(origin) or STARRED.fullmatch(origin):
        return origin
    if "*" in origin:
        raise ValueError(
            "a star stands alone for every page, or for what is before a domain of two names or"
            " more: https://*.example.org"
        )
    raise ValueError(
        "must be an origin, scheme://host or scheme://host:port, with nothing after it and a host"
        " in ASCII (xn--…): https://example.org"
    )


Origin = Annotated[str, AfterValidator(_checked)]
"""One entry of LIBRARIAN_ORIGINS."""


def matches(origin: str, entries: Collection[str]) -> bool:
    """Say whether a browser's Origin is among the entries."""
    return EVERY in entries or origin in entries or any(_below(origin, e) for e in entries)


def _below(origin: str, entry: str) -> bool:
    before, star, domain = entry.partition("*")
    if not star or not origin.startswith(before) or not origin.endswith(domain):
        return False
    between = origin[len(before) : len(origin) - len(domain)]
    return bool(re.fullmatch(rf"{NAME}(?:\.{NAME})*", between))
