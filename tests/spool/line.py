"""What do the tests of the spool share? Real stores, a commit with its journal, and a spool."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from librarian.actors.file import File
from librarian.actors.sqlite import Sqlite
from librarian.actors.webhook import Webhook
from librarian.chain import Step
from librarian.commit import Commit
from librarian.commit.journal import Journal
from librarian.commit.settler import Settler
from librarian.outbox import Outbox
from librarian.record import PROVENANCE, Receipt, Record
from librarian.settings.binding import adapter
from librarian.settings.spool import SpoolConfig
from librarian.spool import Spool
from librarian.spool.acceptance import Acceptance
from librarian.spool.deliverer import Deliverer
from librarian.stage import StoreError
from tests.commit.test_commit import Bench, Gate, Watched, refused
from tests.commit.test_settler import age

HOOK = adapter(Webhook).validate_python(
    {"url": "https://127.0.0.1:1/", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
)
"""Told of every record, by the outbox."""


class Store(Watched):
    """A real store that may be switched off."""

    def ping(self) -> None:
        if self.fault is refused:
            raise StoreError("the store is down")


def spool_of(folder: Path, **more: Any) -> Spool:
    return Spool(SpoolConfig(directory=str(folder / "spool"), **more))


@dataclass
class Line:
    """One process's view of a service with a spool, over the stores of a folder."""

    folder: Path
    more: dict[str, Any] = field(default_factory=dict)
    gate: Gate = lambda: None

    def __post_init__(self) -> None:
        self.bench = Bench(self.folder)
        self.spool = spool_of(self.folder, **self.more)
        self.data = Store(File(str(self.bench.files)), self.gate)
        self.mark = Store(Sqlite(str(self.bench.labels)), self.gate)
        self.outbox = Outbox(self.folder / "outbox")
        self.journal = Journal(self.folder / "journal")
        self.commit = Commit.of(
            [Step(self.data, "DATA_ACTOR_CONFIG[0]")],
            [Step(self.mark, "LABEL_ACTOR_CONFIG[0]"), Step(HOOK, "LABEL_ACTOR_CONFIG[1]")],
            journal=self.journal,
            outbox=self.outbox,
            spool=self.spool,
        )
        self.acceptance = Acceptance(self.commit, self.spool)
        self.deliverer = Deliverer(self.spool, self.commit)

    def take(self, record: Record) -> Receipt:
        return self.acceptance.store(record, ({"rule": "seen"},), "config")

    def off(self, *stores: Store) -> None:
        for store in stores or (self.data, self.mark):
            store.fault, store.blind, store.broken_undo = refused, True, True

    def refuse_marks(self) -> None:
        """Have the label store answer questions and take no record."""
        self.mark.fault = refused

    def on(self) -> None:
        for store in (self.data, self.mark):
            store.fault, store.blind, store.broken_undo = (lambda act: act()), False, False

    def ends(self) -> list[str]:
        """Deliver once around; say what became of each."""
        return [end for _, end in self.deliverer.round()]

    def settle(self) -> None:
        """Have everything settled that the journal has left, whatever its age."""
        settler = Settler(self.commit)
        settler.settle()
        age(self.journal.folder)
        settler.settle()

    def traces(self) -> list[str]:
        """Name all that the spool has of records: what waits, and then what led to it."""
        return [*self.spool.names(), *(path.name for path in self.spool._uids.glob("*"))]

    def assert_once(self, record: Record) -> None:
        """Look past the service: one record, its data intact, nothing else, nothing waiting."""
        whole = self.bench.mark(record.uid)
        assert whole is not None
        (place,) = whole[PROVENANCE]["data"][0]["stored"]
        assert self.bench.kept() == {place["name"]: record.data[0].content}
        assert whole[PROVENANCE]["fingerprint"] == record.fingerprint
        assert {n: v for n, v in whole.items() if n in record.labels.value} == record.labels.value
        assert not self.traces()
        assert not list(self.journal.left())

    def assert_told(self, record: Record) -> None:
        """Look whether the record waits to be told, and no other."""
        assert [(d.uid, d.outlet) for d in self.outbox.waiting()] == [(record.uid, HOOK.outlet)]


def reason(spool: Spool) -> list[str]:
    return [str(spool.why(name)["reason"]) for name in spool.buried()]


def as_json(path: Path) -> Any:
    return json.loads(path.read_bytes())
