"""What must every actor that can undo and fetch hold to? One class of tests for all of them.

A store's own tests subclass ActorContract and give two fixtures and a method:

    actor      a component on an empty store
    reopened   another component on that same store, as another process would have
    plant      put what is not this service's into the store, as its owner might

A store of documents (`takes` says Document alone) gives back a document's row, a store of files
the very bytes that were sent.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar

import pytest

from librarian import moment, strictjson, uid
from librarian.component import Fetches, Lists, Scans, Undoes
from librarian.record import LABELS, PROVENANCE, Blob, Document, Part, Stored
from librarian.settings.binding import adapter
from librarian.stage import Exists

THREADS = 8
PAGING = (
    "librarian.actors.gridfs",
    "librarian.actors.mongo",
    "librarian.actors.s3",
    "librarian.actors.sqlite",
    "librarian.disk.appendfile",
)
"""Where things are read in pages, which are made small to see several of them."""
HOSTILE: dict[str, Any] = {
    "operator": "$where",
    "quotes": "\"'`'; DROP TABLE labels; --",
    "lines": "one\ntwo\r\nthree\u2028four\ttab",
    "nothing": "a\x00b",
    "letters": "Zoë 你好 🙂 e\u0301 \u202e",
    "formula": '=HYPERLINK("http://example.org","x")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "brackets": ']}],[{"a":1}\\',
    "largest": 2**63 - 1,
    "smallest": -(2**63) + 1,
    "fraction": 0.1,
    "whole": 1.0,
    "small": 5e-324,
    "yes": True,
    "none": None,
    "empty": "",
    "box": {"x": 1, "deep": {"list": [1, [2, {"three": "$gt"}], {}, []]}},
    "__proto__ of": "constructor",
}


def blob(number: int = 0) -> Blob:
    """Give bytes of every value, beginning as a JPEG does; each number gives others."""
    return Blob("image", b"\xff\xd8\xff" + bytes(range(256)) * 5 + str(number).encode())


def labels(key: str, number: int = 0) -> Document:
    """Give a label record as the commit makes it, full of values that break careless stores."""
    ours = {
        "received_at": f"2026-11-23T10:00:{number % 60:02}.000Z",
        "data": [{"tag": "image", "stored": [{"actor": "image", "name": f"{key}.jpg"}]}],
        "fingerprint": f"{number:064x}",
    }
    whole = {"_id": key, "uid": key[: uid.LENGTH], **HOSTILE, "number": number, PROVENANCE: ours}
    return Document(LABELS, whole)


def document(number: int = 0) -> Document:
    """Give data that are JSON, in the very text of their sender: odd order, odd spaces."""
    value = {"z": number, "a": [HOSTILE, {"$where": "1"}]}
    return Document("answers", value, json.dumps(value, indent=3).encode())


class ActorContract:
    """Subclass it as `TestTheContract` and give the fixtures `actor` and `reopened`."""

    secrets: ClassVar[Sequence[str]] = ()
    """What the fixture's component was given and must never show."""
    create_only: ClassVar[bool] = True
    """False only for a server that passes over S3's conditional puts, as rclone does: what such a
    store would overwrite is then left to another server's run of this contract."""

    @pytest.fixture
    def reopened(self, actor: Any) -> Any:
        """Give another component on the store of `actor`; subclasses make a real other one."""
        return actor

    def test_it_can_undo_and_give_back(self, actor: Any) -> None:
        assert actor.takes <= {Blob, Document}
        assert actor.takes
        assert isinstance(actor, Undoes)
        assert isinstance(actor, Fetches)

    def test_it_gives_back_what_it_kept(self, actor: Any) -> None:
        for key, part in each_kind(actor):
            stored = actor.act(key, part)
            assert_kept(actor, stored, key, part)

    def test_it_tells_beforehand_under_which_name_it_keeps(self, actor: Any) -> None:
        for key, part in each_kind(actor):
            name = actor.name_of(key, part.extension)
            assert actor.act(key, part) == Stored(actor.name, name)

    def test_another_object_on_the_same_store_sees_what_was_kept(
        self, actor: Any, reopened: Any
    ) -> None:
        for key, part in each_kind(actor):
            stored = actor.act(key, part)
            assert_kept(reopened, stored, key, part)
            if self.create_only:
                with pytest.raises(Exists):
                    reopened.act(key, part)
            reopened.undo(stored)
            assert actor.fetch(stored.name) is None

    def test_it_only_creates(self, actor: Any) -> None:
        if not self.create_only:
            pytest.skip("this server passes over the condition that the name be free")
        for (key, part), (_, new) in zip(each_kind(actor, 1), each_kind(actor, 2), strict=True):
            stored = actor.act(key, part)
            with pytest.raises(Exists):
                actor.act(key, labels(key, 2) if new.tag == LABELS else new)
            assert_kept(actor, stored, key, part)

    def test_undo_removes_that_one_alone(self, actor: Any) -> None:
        kept = [
            (actor.act(key, part), key, part)
            for number in range(5)
            for key, part in each_kind(actor, number)
        ]
        for at in (2, -1, 0):  # one in the middle, the newest, the oldest
            stored, _, _ = kept.pop(at)
            actor.undo(stored)
            assert actor.fetch(stored.name) is None
            for other, key, part in kept:
                assert_kept(actor, other, key, part)

    def test_undo_can_be_repeated_and_the_name_is_free_again(self, actor: Any) -> None:
        for key, part in each_kind(actor):
            stored = actor.act(key, part)
            actor.undo(stored)
            actor.undo(stored)
            assert actor.fetch(stored.name) is None
            assert_kept(actor, actor.act(key, part), key, part)

    def test_what_was_never_kept_is_not_there_and_undoing_it_is_no_fault(self, actor: Any) -> None:
        for key, part in each_kind(actor):
            name = actor.name_of(key, part.extension)
            assert actor.fetch(name) is None
            actor.undo(Stored(actor.name, name))
            assert actor.fetch(name) is None

    def test_ping_answers_and_keeps_nothing(self, actor: Any, reopened: Any) -> None:
        actor.ping()
        kept = [(actor.act(key, part), key, part) for key, part in each_kind(actor)]
        actor.ping()
        reopened.ping()
        for stored, key, part in kept:
            assert_kept(actor, stored, key, part)

    def test_threads_with_keys_of_their_own_all_keep(self, actor: Any) -> None:
        given = [pair for number in range(THREADS * 2) for pair in each_kind(actor, number)]
        results = at_once([partial(actor.act, key, part) for key, part in given])
        for (key, part), stored in zip(given, results, strict=True):
            assert isinstance(stored, Stored), stored
            assert_kept(actor, stored, key, part)

    def test_of_threads_with_one_key_exactly_one_keeps(self, actor: Any, reopened: Any) -> None:
        if not self.create_only:
            pytest.skip("this server passes over the condition that the name be free")
        for key, part in each_kind(actor):
            parts = [
                labels(key, number) if part.tag == LABELS else like(part, number)
                for number in range(THREADS)
            ]
            stores = [(actor, reopened)[number % 2] for number in range(THREADS)]
            results = at_once(
                [partial(store.act, key, each) for store, each in zip(stores, parts, strict=True)]
            )
            winners = [at for at, result in enumerate(results) if isinstance(result, Stored)]
            assert len(winners) == 1, results
            assert all(isinstance(r, Exists) for r in results if not isinstance(r, Stored))
            assert_kept(reopened, results[winners[0]], key, parts[winners[0]])

    def plant(self, actor: Any) -> None:
        """Put there what is the owner's own: names and documents of every other kind."""
        raise NotImplementedError

    def test_it_lists_what_it_kept_with_its_time_and_nothing_of_its_owners(
        self, actor: Any, reopened: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in PAGING:
            monkeypatch.setattr(f"{module}.PAGE", 3)
        assert issubclass(type(actor), Lists)
        assert list(actor.names()) == []
        kept = {
            actor.act(key, part).name: part
            for number in range(5)
            for key, part in each_kind(actor, number)
        }
        self.plant(actor)
        for store in (actor, reopened):
            found = list(store.names())
            assert sorted(name for name, _ in found) == sorted(kept)
            for name, at in found:
                assert abs(at - time_of(actor, kept[name])) < 3600
        name = found[0][0]
        actor.undo(Stored(actor.name, name))
        assert {name for name, _ in actor.names()} == set(kept) - {name}

    def test_it_gives_every_label_record_and_nothing_of_its_owners(
        self, actor: Any, reopened: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in PAGING:
            monkeypatch.setattr(f"{module}.PAGE", 3)
        assert issubclass(type(actor), Scans) == (Document in actor.takes)
        if Document not in actor.takes:
            return
        assert list(actor.scan()) == []
        kept = {}
        for number in (7, 3, 3, 5, 3, 3, 3, 9, 1, 3, 8):
            key = uid.mint()
            kept[key] = labels(key, number)
            actor.act(key, kept[key])
            actor.act(f"{key}-{number:08x}-answers", document(number))
        self.plant(actor)
        for store in (actor, reopened):
            found = [json.loads(each) for each in store.scan()]
            order = [(each[PROVENANCE]["received_at"], each["_id"]) for each in found]
            assert len(found) == len(kept)
            if Blob not in actor.takes:
                assert order == sorted(order)
            for each in found:
                assert strictjson.dumps(each) == strictjson.dumps(kept[each["_id"]].value)

    def test_no_secret_shows(self, actor: Any) -> None:
        shown = f"{actor!r} {actor} {adapter(type(actor)).dump_json(actor).decode()}"
        for secret in self.secrets:
            assert secret not in shown


def each_kind(actor: Any, number: int = 0) -> Iterator[tuple[str, Part]]:
    """Give a new key and a part for each kind that the actor takes."""
    if Blob in actor.takes:
        yield f"{uid.mint()}-{number:08x}", blob(number)
    if Document in actor.takes:
        key = uid.mint()
        yield key, labels(key, number)
        yield f"{uid.mint()}-{number:08x}-answers", document(number)


def time_of(actor: Any, part: Part) -> float:
    """Give the time that a store should tell: a label record's own where it keeps documents."""
    if part.tag != LABELS or Blob in actor.takes:
        return time.time()
    at = moment.seconds(part.value[PROVENANCE]["received_at"])  # type: ignore[union-attr]
    assert at is not None
    return at


FOREIGN = (
    "photo.jpg", "notes", "0123456789abcdef01234567", "0123456789abcdef01234567.jpg.part",
    "0123456789abcdef01234567.tar.gz", "0123456789ABCDEF01234567.jpg",
    ".0123456789abcdef01234567.jpg.0a1b2c3d", "0123456789abcdef0123456.jpg", "probe-0123.json",
)  # fmt: skip
"""Names of files that are not this service's, some of them nearly so."""
DOCUMENTS: tuple[dict[str, Any], ...] = (
    {"filename": "a.jpg", "x": 1},
    {"_id": "0123456789abcdef01234560", "uid": "0123456789abcdef01234560", "x": 2},
    {"_id": "0123456789abcdef01234561", PROVENANCE: "mine"},
    {"_id": "0123456789abcdef01234562", PROVENANCE: {"received_at": "yesterday", "data": 1}},
    {"_id": "notes", PROVENANCE: {"received_at": "2026-11-23T10:00:00.000Z", "data": []}},
)
"""Documents that are not this service's, some of them nearly so."""


def like(part: Part, number: int) -> Part:
    """Give a part of the same kind with another content."""
    return blob(number) if isinstance(part, Blob) else document(number)


def assert_kept(actor: Any, stored: Stored, key: str, part: Part) -> None:
    """Assert that the store gives back the bytes of a file, the row of a document."""
    found = actor.fetch(stored.name)
    assert isinstance(found, bytes)
    if isinstance(part, Blob) or Blob in actor.takes:
        assert found == part.content
    else:
        # canonical JSON tells 1, 1.0 and true apart, which == does not
        assert strictjson.dumps(json.loads(found)) == strictjson.dumps(part.row(key))


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run the calls in threads that start together; give each one's result or exception."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
