"""Where do the tests of counting count? In files, a real Redis and a real MongoDB, each in turn."""

from pathlib import Path

import pytest

from librarian.counting.storage import Counting
from tests.servers import fresh

KINDS = ("files", "redis", "mongodb")


def uri_of(kind: str, request: pytest.FixtureRequest) -> str:
    """Give the URI of a storage nobody else counts in under our names."""
    if kind == "redis":
        return str(request.getfixturevalue("redis").uri)
    if kind == "mongodb":
        server = request.getfixturevalue("mongodb")
        return f"{server.uri.split('?')[0].rstrip('/')}/{fresh('counting')}"
    return ""


def counting(kind: str, request: pytest.FixtureRequest, folder: Path) -> Counting:
    """Give a storage of this kind."""
    return Counting(uri_of(kind, request), folder)
