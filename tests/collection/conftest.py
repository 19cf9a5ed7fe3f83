"""Which collections does a test look at? One on each store that can keep label records."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from librarian import moment, uid
from librarian.actors.file import File
from librarian.actors.json import Json
from librarian.actors.jsonl import Jsonl
from librarian.actors.mongo import Mongo
from librarian.actors.s3 import S3
from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.collection import Collection, Entry
from librarian.commit import Commit
from librarian.commit.journal import Journal
from librarian.commit.settler import Settler
from librarian.commit.trail import Trail
from librarian.record import LABELS, PROVENANCE, Blob, Document, Receipt, Record
from tests.servers import fresh

AMENDING = ("sqlite", "json", "jsonl", "mongo")
FIXED = ("file", "rclone")


def mongo(uri: str, database: str) -> Mongo:
    made: Any = Mongo
    found: Mongo = made(uri, database=database)
    return found


def s3(server: Any, bucket: str, prefix: str) -> S3:
    made: Any = S3
    keys = (server.access_key, server.secret_key)
    found: S3 = made(*keys, bucket, prefix, endpoint=server.endpoint)
    return found


class Bench:
    """A service's commit over one label store and a folder of files, and its collection."""

    def __init__(self, folder: Path, mark: Any) -> None:
        self.folder, self.mark = folder, mark
        self.data = File(str(folder / "data"))
        self.journal = Journal(folder / "journal")
        self.commit = Commit.of(
            [Step(self.data, "DATA_ACTOR_CONFIG[0]")],
            [Step(mark, "LABEL_ACTOR_CONFIG[0]")],
            journal=self.journal,
            trail=Trail(folder / "audit"),
        )
        found = Collection.of(self.commit)
        assert found is not None
        self.collection = found

    def record(
        self, labels: Mapping[str, Any], *, contributor: str = "", keyed: bool = True
    ) -> Record:
        """Make a record as a request brings it; its picture is its own."""
        own = uid.derive("a test", uid.mint()) if keyed else uid.mint()
        data = (Blob("image", b"\xff\xd8\xff" + own.encode()),)
        document = Document(LABELS, labels)
        return Record(own, document, data, f"print {own}", keyed=keyed, contributor=contributor)

    def store(self, record: Record, *flags: Mapping[str, Any]) -> Receipt:
        """Store a record, or send it again."""
        return self.commit.store(record, flags, "config")

    def add(self, labels: Mapping[str, Any], *flags: Mapping[str, Any], **more: Any) -> str:
        """Store a new record and give its uid."""
        return self.store(self.record(labels, **more), *flags).uid

    def put(self, seconds: float, **members: Any) -> str:
        """Put a label record there that was received so long after a moment; give its uid."""
        own = uid.mint()
        labels = members.pop("labels", {})
        ours = {"received_at": moment.written(1.8e9 + seconds), "data": [], **members}
        whole = {"_id": own, "uid": own, **labels, PROVENANCE: ours}
        self.mark.act(own, Document(LABELS, whole))
        return own

    def entry(self, own: str) -> Entry:
        """Give a record that must be there."""
        found = self.collection.get(own)
        assert found is not None
        return found

    def files(self) -> list[str]:
        """Name the data that are there."""
        folder = Path(self.data.directory)
        return sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []

    def settle(self, times: int = 3) -> None:
        """Look into the journal as the service does, some time later each time."""
        settler = Settler(self.commit, clock=iter(2e9 + n * 1000 for n in range(99)).__next__)
        for _ in range(times):
            settler.settle()


@contextmanager
def marks(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Make an empty label store of a kind."""
    if kind == "mongo":
        server = request.getfixturevalue("mongodb")
        with server.database() as database, closing(mongo(server.uri, database)) as made:
            yield made
    elif kind in ("rclone", "moto"):
        server = request.getfixturevalue(kind)
        with closing(s3(server, server.new_bucket(), f"{fresh('labels')}/")) as made:
            yield made
    else:
        local = {"sqlite": Sqlite, "json": Json, "jsonl": Jsonl, "file": File}[kind]
        yield local(str(folder / f"labels-{kind}"))


@pytest.fixture(params=[*AMENDING, *FIXED])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Give a collection on each label store there is."""
    with marks(request.param, tmp_path, request) as mark:
        yield Bench(tmp_path, mark)


@pytest.fixture(params=AMENDING)
def amending(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Give a collection on each label store that can amend."""
    with marks(request.param, tmp_path, request) as mark:
        yield Bench(tmp_path, mark)


@pytest.fixture(params=FIXED)
def fixed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """Give a collection on each label store that cannot."""
    with marks(request.param, tmp_path, request) as mark:
        yield Bench(tmp_path, mark)
