"""Which names and values has the query of an address? As the standard library reads them, at once.

The form is that of the HTML Standard (application/x-www-form-urlencoded), strictly UTF-8. A name
without a value has an empty one.
"""

from urllib.parse import unquote


class TooMany(Exception):
    """There are more pairs than are taken."""


def pairs(text: str, most: int) -> tuple[tuple[str, str], ...]:
    """Take a query apart, in order. Raises TooMany, and UnicodeDecodeError."""
    if text.count("&") >= most:
        raise TooMany
    parted = [each.partition("=") for each in text.split("&") if each]
    if "%" not in text and "+" not in text:
        return tuple([(name, value) for name, _, value in parted])
    return tuple([(_decoded(name), _decoded(value)) for name, _, value in parted])


def _decoded(text: str) -> str:
    spaced = text.replace("+", " ")
    return unquote(spaced, errors="strict") if "%" in spaced else spaced
