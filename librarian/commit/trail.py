"""Where is a withdrawal noted where the label store cannot? In a file of lines, on this machine."""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from librarian.disk import folder
from librarian.disk.locks import locked
from librarian.state import Event, event

log = logging.getLogger(__name__)


class Trail:
    """The events of one machine, one JSON object on each line of `events.jsonl`."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "events.jsonl"
        self._lock = directory / "lock"

    def note(self, told: Event) -> None:
        """Add an event, durably; done twice, it is done once. Raises StoreError."""
        with locked(self._lock), folder.told("the event could not be noted"):
            if told in self.events(told.uid):
                return
            new = not self._path.exists()
            with self._path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                torn = size and os.pread(file.fileno(), 1, size - 1) != b"\n"
                file.write((b"\n" if torn else b"") + told.content + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if new:
                folder.sync(self._path.parent)

    def events(self, uid: str = "") -> Iterator[Event]:
        """Yield what was noted, of one record or of all, oldest first. Raises StoreError."""
        with folder.told("the events could not be read"):
            try:
                file = self._path.open("rb")
            except FileNotFoundError:
                return
            with file:
                for line in file:
                    try:
                        told = event(json.loads(line))
                    except ValueError:
                        log.warning("a line of the events was broken off; it is passed over")
                        continue
                    if uid in ("", told.uid):
                        yield told
