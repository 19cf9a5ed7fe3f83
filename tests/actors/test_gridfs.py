"""Does the actor `gridfs` keep its word, against a real server on the wire?"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import gridfs as drivers
import pytest
from bson import ObjectId
from pydantic import ValidationError

from librarian import uid
from librarian.actors import gridfs
from librarian.actors.gridfs import CHUNK, Gridfs
from librarian.record import Blob, Stored
from librarian.stage import Exists, StoreError
from tests import contract, faulty, servers
from tests.pictures import make
from tests.servers import fresh

LARGE = Blob("image", make("PNG", 64, 48) + bytes(range(256)) * 40 * 256)
"""Ten chunks and a piece of one."""


def actor_on(*args: Any, **kwargs: Any) -> Gridfs:
    """Make one from plain text, as a configuration has it."""
    return Gridfs(*args, **kwargs)


@pytest.fixture
def database(mongodb: servers.MongoServer) -> Iterator[str]:
    name = fresh("db")
    yield name
    with mongodb.client() as client:
        client.drop_database(name)


@pytest.fixture
def actor(mongodb: servers.MongoServer, database: str) -> Iterator[Gridfs]:
    with closing(actor_on(mongodb.uri, database=database)) as made:
        yield made


@pytest.fixture
def there(mongodb: servers.MongoServer, database: str) -> Iterator[Any]:
    """Give the database that `actor` writes to, by another client than its own."""
    with mongodb.client() as client:
        yield client[database]


def left(there: Any) -> tuple[int, int]:
    """Count the files and the chunks that are there."""
    return there["fs.files"].count_documents({}), there["fs.chunks"].count_documents({})


class TestTheContract(contract.ActorContract):
    secrets = ("li:br/ari@n", "p@s:s/w%rd", "li%3Abr", "p%40s%3As")

    @pytest.fixture(autouse=True)
    def _server(self, guarded_mongodb: servers.MongoServer) -> None:
        self.uri = guarded_mongodb.uri

    @pytest.fixture
    def actor(self, guarded_mongodb: servers.MongoServer) -> Iterator[Gridfs]:
        server = guarded_mongodb
        made = actor_on(server.user, server.password, server.address, fresh("db"), "pictures")
        with closing(made):
            yield made

    @pytest.fixture
    def reopened(self, actor: Gridfs) -> Iterator[Gridfs]:
        with closing(actor_on(self.uri, database=actor.database, bucket="pictures")) as made:
            yield made

    def plant(self, actor: Gridfs) -> None:
        """Put files there as an owner might, by a driver."""
        with servers.MongoServer(self.uri).client() as client:
            bucket = drivers.GridFSBucket(client[actor.database], actor.bucket)
            bucket.upload_from_stream("photo.jpg", b"the owner's own")
            for name in ("photo", "0123456789abcdef01234567", *contract.FOREIGN[-3:]):
                bucket.upload_from_stream_with_id(name, "photo.jpg", b"the owner's own")


def test_any_driver_can_read_what_is_kept(actor: Gridfs, there: Any) -> None:
    key = uid.mint()
    for part in (LARGE, Blob("image", b"\xff\xd8\xff"), Blob("image", b"")):
        actor.act(key, part)
        bucket = drivers.GridFSBucket(there)
        with bucket.open_download_stream(key) as file:
            assert file.read() == part.content
            assert file.filename == key + part.extension
            assert file.chunk_size == CHUNK
            assert abs(file.upload_date.replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(
                hours=1
            )
            assert file.metadata == {
                "uid": key,
                "contentType": part.media.type,
                "sha256": hashlib.sha256(part.content).hexdigest(),
            }
        actor.undo(Stored("gridfs", key))
        assert left(there) == (0, 0)


def test_the_indexes_are_those_of_the_specification(actor: Gridfs, there: Any) -> None:
    actor.act(uid.mint(), LARGE)
    chunks = there["fs.chunks"].index_information().values()
    assert ([("files_id", 1), ("n", 1)], True) in [(i["key"], i.get("unique")) for i in chunks]
    files = there["fs.files"].index_information().values()
    assert [("filename", 1), ("uploadDate", 1)] in [index["key"] for index in files]


class Killed(BaseException):
    """The process ends here, with nothing of it done any more."""


def killed_at(monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    """Let the process die at its so many-th call to the server."""
    told, calls = Gridfs._told, iter(range(100))

    def dying(self: Gridfs) -> Any:
        if next(calls) == call:
            raise Killed
        return told(self)

    monkeypatch.setattr(Gridfs, "_told", dying)


@pytest.mark.parametrize("call", range(3))
def test_what_a_killed_process_wrote_is_no_file_is_listed_and_can_be_undone(
    actor: Gridfs, there: Any, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    actor.act(uid.mint(), LARGE)
    key, before = uid.mint(), left(there)
    monkeypatch.setattr(gridfs, "TOGETHER", 7)
    with monkeypatch.context() as dying:
        killed_at(dying, call + 1)
        with pytest.raises(Killed):
            actor.act(key, LARGE)
    assert left(there) == (before[0], before[1] + (1, 8, 11)[call])
    assert actor.fetch(key) is None
    assert key in {name for name, _ in actor.names()}
    actor.undo(Stored("gridfs", key))
    assert left(there) == before


@pytest.mark.parametrize("call", range(3))
def test_an_undo_that_was_killed_is_brought_to_an_end_by_the_next(
    actor: Gridfs, there: Any, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    key = uid.mint()
    stored = actor.act(key, LARGE)
    with monkeypatch.context() as dying:
        killed_at(dying, call)
        with pytest.raises(Killed):
            actor.undo(stored)
    assert left(there) == ((1, 11), (0, 11), (0, 1))[call]
    assert (actor.fetch(key) is None) == (call > 0)
    assert [name for name, _ in actor.names()] == [key]
    actor.undo(stored)
    assert left(there) == (0, 0)


def begun(there: Any, key: str, seconds: float) -> ObjectId:
    """Leave what a process that died so many seconds ago had begun."""
    claim = ObjectId.from_datetime(datetime.now(UTC) - timedelta(seconds=seconds))
    rows = [{"files_id": key, "n": n, "claim": claim, "data": b"old"} for n in range(3)]
    there["fs.chunks"].insert_many([{**rows[0], "_id": claim}, *rows[1:]])
    return claim


def test_what_died_long_ago_is_written_anew(actor: Gridfs, there: Any) -> None:
    key = uid.mint()
    begun(there, key, 3600)
    actor.act(key, LARGE)
    assert actor.fetch(key) == LARGE.content
    assert left(there) == (1, 11)


def test_what_another_is_writing_is_waited_for_and_never_taken_for_kept(
    actor: Gridfs, mongodb: servers.MongoServer, there: Any, database: str
) -> None:
    key = uid.mint()
    begun(there, key, 1)
    with (
        closing(actor_on(mongodb.uri, database=database, timeout=2)) as hasty,
        pytest.raises(StoreError, match="another is writing") as caught,
    ):
        hasty.act(key, LARGE)
    assert not isinstance(caught.value, Exists)
    assert left(there) == (0, 3)


def test_a_file_whose_chunks_were_taken_away_is_a_store_error(actor: Gridfs, there: Any) -> None:
    key = uid.mint()
    actor.act(key, LARGE)
    there["fs.chunks"].delete_one({"files_id": key, "n": 4})
    with pytest.raises(StoreError, match="missing"):
        actor.fetch(key)


def test_a_connection_that_breaks_off_in_the_middle_leaves_what_can_be_undone(
    guarded_mongodb: servers.MongoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, key, database = guarded_mongodb, uid.mint(), fresh("db")
    with faulty.relay(int(server.address.rpartition(":")[2])) as relay:
        address = f"127.0.0.1:{relay.port}/?directConnection=true"
        made = actor_on(server.user, server.password, address, database, timeout=2)
        with closing(made), closing(actor_on(server.uri, database=database)) as direct:
            made.act(uid.mint(), LARGE)
            claim = Gridfs._claim

            def then_lost(self: Gridfs, first: Any) -> None:
                claim(self, first)
                relay.lose_answers()

            with monkeypatch.context() as breaking:
                breaking.setattr(Gridfs, "_claim", then_lost)
                with pytest.raises(StoreError) as caught:
                    made.act(key, LARGE)
            assert caught.value.unsure
            direct.undo(Stored("gridfs", key))
            with server.client() as client:
                assert left(client[database]) == (1, 11)


def test_a_server_that_does_not_answer_is_told_in_time(hanging_port: int, dead_port: int) -> None:
    for port in (hanging_port, dead_port):
        with closing(actor_on("", "", f"127.0.0.1:{port}", "db", timeout=0.3)) as made:
            began = time.monotonic()
            for call in (made.ping, lambda: made.act(uid.mint(), LARGE), lambda: made.fetch("x")):
                with pytest.raises(StoreError) as caught:
                    call()
                assert not caught.value.unsure
                assert str(port) not in str(caught.value)
            assert time.monotonic() - began < 8


@pytest.mark.parametrize("bucket", ["", "system.x", "a$b", "x" * 101])
def test_a_bucket_that_mongodb_does_not_take_is_a_fault_of_the_configuration(bucket: str) -> None:
    with pytest.raises(ValidationError, match="bucket"):
        actor_on("", "", "localhost", "db", bucket)
