"""How do bytes become a request, and a request of the corpus bytes? So that both can be changed.

    POST /upload?x=1
    Content-Type: image/jpeg

    the body

Whatever is broken in it is read all the same: not HTTP is tried here, but what HTTP brings.
"""

import string

from tests.corpus import Case

METHODS = {"POST", "PUT"}
PRINTABLE = set(string.printable) - set(string.whitespace)


def written(case: Case) -> bytes:
    """Write a case as bytes."""
    head = [f"{case.method} {case.target}", *(f"{name}: {value}" for name, value in case.headers)]
    return "\n".join(head).encode("latin-1", "replace") + b"\n\n" + case.body


def read(sent: bytes) -> Case:
    """Read any bytes as a request that a server would let through."""
    head, _, body = sent.partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, target = first.partition(" ")
    headers = []
    for line in lines[:40]:
        name, found, value = line.partition(":")
        if found and name.replace("-", "").isalnum() and name.isascii():
            seen = "".join(c for c in value.strip() if c >= " " and c != "\x7f")
            headers.append((name, seen))
    target = "".join(c for c in target if c in PRINTABLE)
    return Case(
        "any bytes",
        "",
        body,
        tuple((n, v) for n, v in headers if n.lower() not in ("content-length", "host")),
        target if target.startswith("/") else "/upload?" + target,
        method if method in METHODS else "POST",
    )
