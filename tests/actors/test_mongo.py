"""Does the actor `mongo` keep its word, against a real server on the wire?"""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from librarian import settings, uid
from librarian.actors import mongo as module
from librarian.actors.mongo import Mongo
from librarian.problem import ConfigError
from librarian.record import PROVENANCE, Document, Stored
from librarian.selection import Selection
from librarian.settings.binding import adapter
from librarian.stage import Exists, StoreError
from tests import contract, faulty, servers
from tests.servers import fresh
from tests.threads import no_more

SECRET = "hush-hush"


def mongo(*args: Any, **kwargs: Any) -> Mongo:
    """Make one from plain text, as a configuration has it."""
    return Mongo(*args, **kwargs)


@pytest.fixture
def database(mongodb: servers.MongoServer) -> Iterator[str]:
    with mongodb.database() as name:
        yield name


@pytest.fixture
def actor(mongodb: servers.MongoServer, database: str) -> Iterator[Mongo]:
    with closing(mongo(mongodb.uri, database=database)) as made:
        yield made


@pytest.fixture
def collection(mongodb: servers.MongoServer, database: str) -> Iterator[Any]:
    """Give the collection that `actor` writes to, by another client than its own."""
    with mongodb.client() as client:
        yield client[database]["labels"]


def plant(actor: Mongo, uri: str) -> None:
    """Insert documents as an owner might, by another client."""
    with servers.MongoServer(uri).client() as client:
        for each in contract.DOCUMENTS:
            client[actor.database][actor.collection].insert_one(dict(each))


class TestTheContract(contract.ActorContract):
    @pytest.fixture(autouse=True)
    def _server(self, mongodb: servers.MongoServer) -> None:
        self.uri = mongodb.uri

    def plant(self, actor: Mongo) -> None:
        plant(actor, self.uri)

    @pytest.fixture
    def reopened(self, mongodb: servers.MongoServer, database: str) -> Iterator[Mongo]:
        with closing(mongo(mongodb.uri, database=database)) as made:
            yield made


class TestTheContractWithAPassword(contract.ActorContract):
    secrets = ("li:br/ari@n", "p@s:s/w%rd", "li%3Abr", "p%40s%3As")

    @pytest.fixture(autouse=True)
    def _server(self, guarded_mongodb: servers.MongoServer) -> None:
        self.uri = guarded_mongodb.uri

    def plant(self, actor: Mongo) -> None:
        plant(actor, self.uri)

    @pytest.fixture
    def actor(self, guarded_mongodb: servers.MongoServer) -> Iterator[Mongo]:
        server = guarded_mongodb
        made = mongo(server.user, server.password, server.address, fresh("db"), "labels")
        with closing(made):
            yield made

    @pytest.fixture
    def reopened(self, guarded_mongodb: servers.MongoServer, actor: Mongo) -> Iterator[Mongo]:
        with closing(mongo(guarded_mongodb.uri, database=actor.database)) as made:
            yield made


def test_a_label_record_is_one_document_with_its_labels_at_the_top(
    actor: Mongo, collection: Any
) -> None:
    key = uid.mint()
    actor.act(key, contract.labels(key, 7))
    found = collection.find_one({"number": 7})
    assert found["_id"] == found["uid"] == key
    assert found["box"]["x"] == 1
    assert found[PROVENANCE]["fingerprint"] == f"{7:064x}"


def test_a_write_waits_for_the_journals_of_a_majority(actor: Mongo) -> None:
    concern = actor._collection.write_concern
    assert concern.document == {"w": "majority", "j": True}


def test_neither_that_nor_the_primary_is_for_the_uri_to_change() -> None:
    uri = "mongodb://127.0.0.1/db?w=1&journal=false&readPreference=secondary&retryWrites=false"
    with closing(mongo(uri)) as made:
        assert made._collection.write_concern.document == {"w": "majority", "j": True}
        assert made._collection.read_preference.mongos_mode == "primary"
        assert made._client.get().options.retry_writes is False


def test_label_records_are_indexed_by_time_and_uid(actor: Mongo, collection: Any) -> None:
    key = uid.mint()
    actor.act(key, contract.labels(key))
    actor.close()  # waits for the index, which is made beside the record
    keys = [index["key"] for index in collection.index_information().values()]
    assert [(f"{PROVENANCE}.received_at", 1), ("_id", 1)] in keys


def test_data_alone_make_no_index(actor: Mongo, collection: Any) -> None:
    actor.act(uid.mint(), contract.document())
    actor.close()
    assert list(collection.index_information()) == ["_id_"]


def test_an_index_that_cannot_be_made_is_logged_and_the_record_stands(
    actor: Mongo, collection: Any, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"{PROVENANCE}.received_at_1__id_1"
    collection.create_index([("another", 1)], name=name)
    key = uid.mint()
    with caplog.at_level(logging.WARNING, "librarian"):
        actor.act(key, contract.labels(key))
        actor.close()
    assert "the index on _librarian.received_at was not made" in caplog.text
    assert actor.fetch(key) is not None


def test_where_no_thread_can_be_had_for_the_index_that_is_logged_and_the_record_stands(
    actor: Mongo, collection: Any, caplog: pytest.LogCaptureFixture
) -> None:
    actor.ping()  # the client itself needs threads
    key = uid.mint()
    with caplog.at_level(logging.WARNING, "librarian"), no_more():
        actor.act(key, contract.labels(key))
        actor.close()
    assert collection.count_documents({"_id": key}) == 1
    assert "the index on _librarian.received_at was not made" in caplog.text


def test_a_unique_index_of_the_owners_is_no_earlier_record(actor: Mongo, collection: Any) -> None:
    collection.create_index([("number", 1)], unique=True)
    first, second = uid.mint(), uid.mint()
    actor.act(first, contract.labels(first, 1))
    with pytest.raises(StoreError, match="unique index") as caught:
        actor.act(second, contract.labels(second, 1))
    assert not isinstance(caught.value, Exists)
    assert not caught.value.unsure
    assert actor.fetch(second) is None


def test_what_an_owner_adds_to_a_record_does_not_stop_it_from_being_read(
    actor: Mongo, collection: Any
) -> None:
    key = uid.mint()
    actor.act(key, contract.labels(key))
    seen = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
    collection.update_one({"_id": key}, {"$set": {"seen": seen, "weight": float("nan")}})
    found = json.loads(actor.fetch(key) or b"")
    assert found["seen"] == {"$date": "2026-11-23T10:30:00Z"}
    assert found["weight"] == {"$numberDouble": "NaN"}
    assert found["_id"] == key


@pytest.mark.parametrize(
    "value", [2**64, {"a\0b": 1}, "x" * (17 * 2**20)], ids=["number", "name", "size"]
)
def test_a_document_that_mongodb_cannot_hold_is_a_store_error(actor: Mongo, value: Any) -> None:
    with pytest.raises(StoreError) as caught:
        actor.act(uid.mint(), Document("answers", value))
    assert not caught.value.unsure


def test_a_wrong_password_is_a_store_error_that_says_nothing_of_it(
    guarded_mongodb: servers.MongoServer,
) -> None:
    server = guarded_mongodb
    made = mongo(server.user, SECRET, server.address, fresh("db"))
    with closing(made):
        for call in (made.ping, lambda: made.act(uid.mint(), contract.document())):
            with pytest.raises(StoreError) as caught:
                call()
            assert not caught.value.unsure
            assert "does not know this user with this password" in str(caught.value)
            for secret in (SECRET, server.user, server.address):
                assert secret not in str(caught.value)


def test_no_credentials_where_some_are_needed_is_a_store_error(
    guarded_mongodb: servers.MongoServer,
) -> None:
    with (
        closing(mongo("", "", guarded_mongodb.address, fresh("db"))) as made,
        pytest.raises(StoreError),
    ):
        made.ping()


def test_a_server_that_is_switched_off_is_told_in_time_and_works_again_when_it_is_on(
    guarded_mongodb: servers.MongoServer,
) -> None:
    server, key, later = guarded_mongodb, uid.mint(), uid.mint()
    with closing(mongo(server.uri, database=fresh("db"), timeout=2)) as made:
        made.act(key, contract.labels(key))
        server.stop()
        try:
            began = time.monotonic()
            with pytest.raises(StoreError) as caught:
                made.act(later, contract.labels(later))
            took = time.monotonic() - began
        finally:
            server.start()
        assert not caught.value.unsure
        assert took < 8  # what all of a request's storing may take
        assert made.fetch(later) is None
        assert made.fetch(key) is not None


@pytest.mark.parametrize("kind", ["dead", "hanging"])
def test_a_server_that_does_not_answer_is_a_store_error_and_nothing_is_written(
    dead_port: int, hanging_port: int, kind: str
) -> None:
    port = dead_port if kind == "dead" else hanging_port
    with closing(mongo("", "", f"127.0.0.1:{port}", "db", timeout=0.5)) as made:
        for call in (
            made.ping,
            lambda: made.act(uid.mint(), contract.document()),
            lambda: made.fetch("x"),
            lambda: made.undo(Stored("mongo", "x")),
        ):
            with pytest.raises(StoreError) as caught:
                call()
            assert not caught.value.unsure
            assert str(port) not in str(caught.value)


def test_a_lost_answer_is_told_as_unsure_and_the_document_may_be_there(
    guarded_mongodb: servers.MongoServer,
) -> None:
    server, key, database = guarded_mongodb, uid.mint(), fresh("db")
    port = int(server.address.rpartition(":")[2])
    with faulty.relay(port) as relay:
        address = f"127.0.0.1:{relay.port}/?directConnection=true"
        user, password = server.user, server.password
        made = mongo(user, password, address, database, timeout=2)
        with closing(made), closing(mongo(server.uri, database=database)) as direct:
            made.ping()
            relay.lose_answers()
            with pytest.raises(StoreError) as caught:
                made.act(key, contract.document())
            assert caught.value.unsure
            assert direct.fetch(key) is not None


def test_what_is_read_is_gone_on_with_where_the_connection_is_lost_in_its_middle(
    mongodb: servers.MongoServer, database: str, actor: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    keys = [uid.mint() for _ in range(9)]
    for number, key in enumerate(keys):
        actor.act(key, contract.labels(key, number))
    port = int(str(mongodb.address).rpartition(":")[2])
    with faulty.relay(port) as relay:
        address = f"127.0.0.1:{relay.port}/?directConnection=true"
        with closing(mongo("", "", address, database, timeout=2)) as made:
            reading = made.select(Selection())
            came = [next(reading)]
            relay.cut()
            came += reading
            assert [json.loads(each)["_id"] for each in came] == keys
            relay.lose_answers()
            with pytest.raises(StoreError):
                next(made.select(Selection()))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "url is missing"),
    "no database": ({"args": ["u", SECRET, "h"]}, "database is missing"),
    "no user": ({"args": ["", SECRET, "h", "db"]}, "without a user"),
    "a URI without database": ({"args": [f"mongodb://u:{SECRET}@h"]}, "database is missing"),
    "a URI and a password": ({"args": [f"mongodb://u:{SECRET}@h/db", "p"]}, "in place of"),
    "a URI and an url": (
        {"args": [f"mongodb://u:{SECRET}@h/db"], "kwargs": {"url": "h"}},
        "in place of",
    ),
    "a URI twice": (
        {"args": [f"mongodb://u:{SECRET}@h/db"], "kwargs": {"uri": f"mongodb://u:{SECRET}@h/db"}},
        "given twice",
    ),
    "no URI": ({"kwargs": {"uri": f"http://u:{SECRET}@h/db"}}, "begins with mongodb://"),
    "an open password": ({"args": [f"mongodb://u:{SECRET}/@h/db"]}, "%40 %3A %2F"),
    "a wrong option": ({"args": [f"mongodb://u:{SECRET}@h/db?retry=1"]}, "options"),
    "a wrong port": ({"args": [f"mongodb://u:{SECRET}@h:99999/db"]}, "not one that"),
    "srv with a port": ({"args": [f"mongodb+srv://u:{SECRET}@h:1/db"]}, "without a port"),
    "credentials in url": ({"args": ["u", "p", f"mongodb://u:{SECRET}@h", "db"]}, "no credentials"),
    "a space in url": ({"args": ["u", SECRET, "h h", "db"]}, "host[:port]"),
    "a dot in database": ({"args": ["u", SECRET, "h", "d.b"]}, "database must be"),
    "a system collection": ({"args": ["u", SECRET, "h", "db", "system.users"]}, "collection must"),
    "a number": ({"args": ["u", 12345, "h", "db"]}, "valid string"),
    "no time": ({"args": ["u", SECRET, "h", "db"], "kwargs": {"timeout": 0}}, "greater than 0"),
    "six": ({"args": ["u", SECRET, "h", "db", "c", SECRET]}, "takes 5 args at most"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_combination_is_a_startup_problem_that_quotes_no_secret(case: str) -> None:
    entry, said = WRONG[case]
    chain = json.dumps([{"actor": "mongo", **entry}])
    with pytest.raises(ConfigError) as caught:
        settings.load({"LABEL_ACTOR_CONFIG": chain, "DATA_ACTOR_CONFIG": "[]"})
    message = str(caught.value)
    assert "LABEL_ACTOR_CONFIG[0]" in message
    assert said in message
    assert SECRET not in message
    assert "12345" not in message


@pytest.mark.parametrize(
    "entry",
    [
        {"args": ["u", SECRET, "example.org", "db", "col"]},
        {"args": ["u", SECRET, "a.example:27017,b.example:27018/other?replicaSet=rs", "db"]},
        {"args": ["u", SECRET, "mongodb+srv://cluster0.example.org", "db", "col"]},
        {"args": [f"mongodb://u:{SECRET}@h:1,[::1]:2/db?replicaSet=rs&tls=true"]},
        {"args": [f"mongodb+srv://u:{SECRET}@h.example.org"], "kwargs": {"database": "d"}},
        {"kwargs": {"uri": f"mongodb://u:{SECRET}@h/db", "collection": "labels"}},
        {"kwargs": {"url": "h", "database": "db", "user": "u", "password": SECRET}},
    ],
)  # fmt: skip
def test_both_forms_bind_and_show_no_secret(entry: dict[str, Any]) -> None:
    chain = json.dumps([{"actor": "Mongo", **entry}])
    found = settings.load({"LABEL_ACTOR_CONFIG": chain, "DATA_ACTOR_CONFIG": "[]"})
    made = found.label_act[0].component
    assert isinstance(made, Mongo)
    dumped = adapter(Mongo).dump_json(made).decode()
    for shown in (repr(made), str(made), repr(found), dumped, repr(vars(made))):
        assert SECRET not in shown


@pytest.mark.parametrize(
    ("path", "source"), [("", "admin"), ("/people", "people"), ("/?authSource=x", "x")]
)
def test_a_path_of_the_url_names_the_database_that_knows_the_user(path: str, source: str) -> None:
    with closing(mongo("u", SECRET, f"127.0.0.1:1{path}", "db")) as made:
        given = made._client.get().options.pool_options._credentials
        assert (given.source, given.username, given.password) == (source, "u", SECRET)
        assert made._collection.full_name == "db.labels"


def test_making_the_component_connects_to_nothing() -> None:
    made = mongo("", "", "127.0.0.1:1", "db")
    assert made._client.take() is None


def test_a_wrong_component_says_nothing_of_its_secrets_when_made_in_python() -> None:
    with pytest.raises(ValidationError) as caught:
        mongo("u", SECRET, "")
    assert SECRET not in str(caught.value)
