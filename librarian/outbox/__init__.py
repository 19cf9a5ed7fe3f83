"""What is stored and still to be sent on? One file for each record and receiver, on this machine.

A delivery is in the outbox once its file is on the disk (fsync), before the contributor is told of
the record; it is removed once the receiver has taken it. So it is sent at least once, though a
process be killed or the receiver be down; it may be sent twice, and its uid tells.

    waiting/<uid>-<outlet>.json   a label record that is to be sent to one receiver
    dead/<the same>               what was not taken in time
    locks/                        who sends

The folder belongs to one machine: file locks (flock) are how its processes agree.
"""

import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from librarian import strictjson
from librarian.disk import folder
from librarian.disk.locks import locked
from librarian.stage import Exists

NAME = re.compile(r"([0-9a-f]{24})-([0-9a-f]{8})\.json")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One label record on its way to one receiver, and since when it waits, in Unix time."""

    name: str
    since: float

    @property
    def uid(self) -> str:
        """The record's uid."""
        return self.name[:24]

    @property
    def outlet(self) -> str:
        """What tells its receiver from others."""
        return self.name[25:33]


class Outbox:
    """The deliveries of one machine that wait for their receivers."""

    def __init__(self, directory: Path) -> None:
        self._waiting, self._dead = directory / "waiting", directory / "dead"
        self._locks = directory / "locks"

    def put(self, outlet: str, uid: str, label: Mapping[str, Any]) -> None:
        """Keep a delivery, durably before it returns; one that waits already is enough.

        Raises StoreError.
        """
        with suppress(Exists):
            folder.create(self._waiting, f"{uid}-{outlet}.json", strictjson.dumps(label))

    def waiting(self) -> list[Delivery]:
        """List what waits, in order of arrival. Raises StoreError."""
        found = []
        with folder.told("the outbox could not be read"):
            folder.make(self._waiting)
            with os.scandir(self._waiting) as entries:
                for each in entries:
                    if NAME.fullmatch(each.name):
                        found.append(Delivery(each.name, each.stat().st_mtime))
        return sorted(found, key=lambda delivery: delivery.since)

    def read(self, delivery: Delivery) -> dict[str, Any] | None:
        """Read a label record, None where it waits no more. Raises StoreError, NotJson."""
        content = folder.read(self._waiting, delivery.name)
        if content is None:
            return None
        label: dict[str, Any] = strictjson.loads(content)
        return label

    def remove(self, delivery: Delivery) -> None:
        """Forget what was taken. Raises StoreError."""
        folder.remove(self._waiting, delivery.name)

    def forget(self, uid: str) -> None:
        """Remove every delivery of one record, also what was put aside. Raises StoreError."""
        for place in (self._waiting, self._dead):
            with folder.told("the outbox could not be read"):
                found = [path.name for path in place.glob(f"{uid}-*.json")]
            for name in found:
                folder.remove(place, name)

    def bury(self, delivery: Delivery) -> None:
        """Put aside for good what was not taken in time. Raises StoreError."""
        with folder.told("a delivery could not be put aside"):
            folder.make(self._dead)
            (self._waiting / delivery.name).rename(self._dead / delivery.name)
            folder.sync(self._dead)
            folder.sync(self._waiting)

    def buried(self) -> int:
        """Count what was put aside for good."""
        return sum(1 for path in self._dead.glob("*.json") if NAME.fullmatch(path.name))

    def elected(self) -> AbstractContextManager[bool]:
        """Say whether this process is the machine's one sender, for as long as it holds this."""
        return locked(self._locks / "sender", wait=False)
