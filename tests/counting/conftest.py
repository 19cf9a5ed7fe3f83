"""How do the tests of counting hold on a busy machine? Time stands still, servers may be slow."""

import time

import pytest

from librarian.counting import storage


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give the time that everything is told."""
    standing = Clock()
    monkeypatch.setattr(time, "time", standing)
    return standing


@pytest.fixture(autouse=True)
def patience(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let servers that are there take their time; one that is not is given up as in service."""
    if "dead_port" not in request.fixturenames:
        monkeypatch.setattr(storage, "SECONDS", 30)
