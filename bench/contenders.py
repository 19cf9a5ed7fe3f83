"""Who is measured? Our service as an operator starts it, its peers, and nginx alone as the floor.

All do the same work: labels checked for their types, the picture opened and verified, its bytes in
a file, the labels durable, an answer in JSON; two processes each. A peer stands here twice: its
pictures need not be on the disk before it answers, or must be (`synced`), as with us.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from bench import kept, serving, wire
from bench.kept import Kept
from bench.load import Request
from bench.wire import ENCODINGS, Encoding
from tests.process import Process


@dataclass(frozen=True, kw_only=True)
class Contender:
    """One service: how it is started and spoken to, and where it keeps what it took."""

    name: str
    role: Literal["ours", "peer", "floor"]
    process: Callable[[Path, int], Process]
    """Make it, for a folder and a port. Raises Missing."""
    request: Callable[[Encoding, bytes], Request]
    kept: Callable[[Path], Kept]
    synced: bool = False
    """Whether a picture is on the disk before the answer."""
    encodings: tuple[Encoding, ...] = ENCODINGS

    @property
    def slug(self) -> str:
        """The name as the name of a folder."""
        return self.name.replace(",", "").replace(" ", "-").lower()


def contenders() -> Iterator[Contender]:
    """Give all that is installed on this machine."""
    yield Contender(
        name="librarian",
        role="ours",
        process=serving.librarian,
        request=at_upload,
        kept=kept.librarian,
        synced=True,
    )
    for synced in (False, True):
        yield from _peers(synced=synced)
    yield Contender(
        name="nginx DAV",
        role="floor",
        process=serving.nginx,
        request=lambda _, picture: wire.put("/put", picture),
        kept=kept.nginx,
        encodings=("raw",),
    )


def _peers(*, synced: bool) -> Iterator[Contender]:
    told = {"PEER_SYNCED": "yes" if synced else "no"}
    peer = partial(Contender, role="peer", synced=synced)
    after = ", synced" if synced else ""

    def sync(folder: Path, port: int) -> Process:
        return serving.flask(folder, port, told)

    def gthread(folder: Path, port: int) -> Process:
        return serving.flask(folder, port, told, "flask_peer", *serving.THREADS)

    def uvicorn(folder: Path, port: int) -> Process:
        return serving.fastapi(folder, port, told)

    def tus(folder: Path, port: int) -> Process:
        return serving.tus(folder, port, told)

    for name, made in (("Flask sync", sync), ("Flask gthread", gthread), ("FastAPI", uvicorn)):
        yield peer(name=name + after, process=made, request=at_encoding, kept=kept.peer)
    if serving.has_tus():
        yield peer(
            name="tus" + after,
            process=tus,
            request=lambda _, picture: wire.tus("/files", picture),
            kept=kept.tus,
            encodings=("raw",),
        )


def floors() -> Iterator[Contender]:
    """Give what is as quick as it can be with all that is promised, and with nothing of it."""
    for name, asked in (("all promised", "walked,hashed,synced"), ("nothing promised", "")):
        yield Contender(
            name=name,
            role="ours",
            process=partial(serving.floor, asked=asked),
            request=at_upload,
            kept=kept.peer,
            synced="synced" in asked,
        )


def at_upload(encoding: Encoding, picture: bytes) -> Request:
    """Make the request that our service takes."""
    return wire.request(encoding, "/upload", picture)


def at_encoding(encoding: Encoding, picture: bytes) -> Request:
    """Make the request that the peers take: an address for each encoding."""
    return wire.request(encoding, f"/{encoding}", picture)
