"""Does `reconcile` find what does not agree, mend exactly that, and leave all else alone?

The stores are real; age is real where a disk keeps it, and else the time compared with is moved.
"""

import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from librarian import cli, uid
from librarian.actors.file import File
from librarian.actors.image import Image
from librarian.actors.jsonl import Jsonl
from librarian.actors.mongo import Mongo
from librarian.actors.s3 import S3
from librarian.actors.sqlite import Sqlite
from librarian.chain import Step
from librarian.commit import Attempt, Commit
from librarian.commit.journal import Journal
from librarian.progress import Progress
from librarian.reconcile import Finding, Look, NoMark, Unreadable, look_at, run
from librarian.reconcile.report import Tally
from librarian.record import LABELS, PROVENANCE, Blob, Document, Part, Record, Stored
from librarian.settings.spool import SpoolConfig
from librarian.spool import Spool
from librarian.spool.entry import Entry
from tests import servers
from tests.servers import fresh

HOUR = 3600
OLD, OLDER, YOUNG = 2 * HOUR, 3 * HOUR, HOUR / 2
Found = tuple[str, str, str]


def written(ago: float) -> str:
    at = datetime.fromtimestamp(time.time() - ago, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def steps(chain: str, *components: Any) -> list[Step]:
    return [Step(each, f"{chain}_ACTOR_CONFIG[{n}]") for n, each in enumerate(components)]


class Bench:
    """A service's stores, filled through its own commit, then meddled with."""

    def __init__(
        self, data: list[Any], labels: list[Any], journal: Path, *, several: bool = False
    ) -> None:
        self.data, self.labels, self.journal = data, labels, Journal(journal)
        self.commit = Commit.of(
            steps("DATA", *data), steps("LABEL", *labels), journal=self.journal, several=several
        )

    def store(self, *data: Part, keyed: bool = False) -> str:
        """Store a record, as a request would."""
        own = uid.derive("a test", uid.mint()) if keyed else uid.mint()
        parts = data or (Blob("image", b"\xff\xd8\xff" + own.encode()),)
        made = Record(own, Document(LABELS, {"label": "cat"}), parts, "print of it", keyed=keyed)
        return self.commit.store(made, (), "config").uid

    def look(self, **asked: Any) -> tuple[list[Finding], Look]:
        """Compare the stores of another process of this service."""
        look = look_at(self.commit, Progress(io.StringIO()), tags=["image"], **asked)
        return list(run(look)), look

    def found(self, **asked: Any) -> list[Found]:
        return sorted((f.group, f.fault, f.name) for f in self.look(**asked)[0])

    def fixed(self, **asked: Any) -> list[tuple[str, str]]:
        return sorted((f.name, f.done) for f in self.look(fix=True, **asked)[0])

    def everything(self) -> dict[str, Any]:
        """Read all stores and the journal, names and contents."""
        kept: dict[str, Any] = {}
        for place, store in enumerate((*self.data, *self.labels)):
            for name, _ in store.names():
                kept[f"{place} {name}"] = store.fetch(name)
        for path in self.journal.folder.glob("*.left"):
            kept[path.name] = path.read_bytes()
        return kept


def record(own: str, ago: float, *stored: tuple[str, str]) -> dict[str, Any]:
    """Make a label record by hand, with where its data lie."""
    places = [{"actor": actor, "name": name} for actor, name in stored]
    data = [{"tag": "image", "sha256": "0" * 64, "bytes": 1, "stored": places}]
    ours = {"received_at": written(ago), "data": data, "fingerprint": own}
    return {"_id": own, "uid": own, "label": "dog", PROVENANCE: ours}


def keep(store: Any, whole: Mapping[str, Any]) -> str:
    name: str = store.act(whole["_id"], Document(LABELS, whole)).name
    return name


def age(folder: Path, ago: float = OLD) -> None:
    """Let the files of a folder be older."""
    at = time.time() - ago
    for path in folder.iterdir():
        os.utime(path, (at, at))


@pytest.fixture
def local(tmp_path: Path) -> Bench:
    """Give images on disk, the mark in SQLite, copies in a file of lines and a folder."""
    labels = [
        Jsonl(str(tmp_path / "labels.jsonl")),
        File(str(tmp_path / "copies")),
        Sqlite(str(tmp_path / "labels.sqlite")),
    ]
    return Bench([File(str(tmp_path / "data"))], labels, tmp_path / "journal")


def test_what_the_service_stored_agrees(local: Bench, tmp_path: Path) -> None:
    for keyed in (False, True, False):
        local.store(keyed=keyed)
    for now in (None, time.time() + OLD):
        for deep in (False, True):
            found, look = local.look(now=now, deep=deep, fix=True)
            assert not found
            assert not look.young
            assert not look.notes
            assert look.checked["orphans"] == look.checked["records"] == 3
            assert look.checked["copies"] == 6


@pytest.fixture
def meddled(local: Bench, tmp_path: Path) -> tuple[Bench, list[Found]]:
    """Plant every kind of fault, old, and the same once more, young; tell the old ones."""
    jsonl, folder, mark = local.labels
    (data,) = local.data
    first = keep(mark, record(uid.mint(), OLDER))  # there was a mark before all of this
    for copy in (jsonl, folder):
        keep(copy, json.loads(mark.fetch(first)))
    local.store()
    old: list[Found] = []

    for tail in ("", "-0a1b2c3d", "-image", "-0a1b2c3d-image"):
        name = data.act(f"{uid.mint()}{tail}", Blob("image", b"GIF89a")).name
        old.append(("orphans", "no record", name))
    own = uid.mint()
    keep(mark, record(own, OLD, ("file", f"{own}.gif")))
    old.append(("records", "data missing", f"{own}.gif"))
    old += [("copies", "missing", own), ("copies", "missing", f"{own}.json")]
    left = record(uid.mint(), OLD, ("file", f"{own}.jpg"))
    named = data.act(left["_id"], Blob("image", b"GIF89a")).name
    left[PROVENANCE]["data"][0]["stored"] = [{"actor": "file", "name": named}]
    old.append(("copies", "no mark", keep(jsonl, left)))
    old.append(("orphans", "no record", named))
    other = uid.mint()
    keep(mark, winner := record(other, OLD))
    keep(jsonl, winner)
    keep(folder, record(other, OLD + 60))
    old.append(("copies", "differs", f"{other}.json"))
    broken = uid.mint()
    named = data.act(f"{broken}-00112233", Blob("image", b"x")).name
    writes = [["DATA_ACTOR_CONFIG[0]", named]]
    old += [("intents", "no end", broken), ("orphans", "no record", named)]
    at = time.time() - OLD
    leave(local, {"uid": broken, "attempt": "00112233", "writes": writes, "at": at})
    age(tmp_path / "data")

    data.act(uid.mint(), Blob("image", b"GIF89a"))
    data.act(f"{uid.mint()}-0a1b2c3d", Blob("image", b"GIF89a"))
    keep(mark, record(uid.mint(), YOUNG))
    keep(jsonl, record(uid.mint(), YOUNG))
    leave(local, {"uid": uid.mint(), "attempt": "", "writes": [], "at": time.time() - YOUNG})
    for name in ("photo.jpg", f"{uid.mint()}-thumb.jpg", f"{uid.mint()}.jpg.bak"):
        (tmp_path / "data" / name).write_bytes(b"the owner's own")
    age_all_but_young(tmp_path / "data")
    return local, sorted(old)


def leave(bench: Bench, intent: dict[str, Any]) -> None:
    """Leave an intent in the journal, as one that could not bring it to an end."""
    with bench.journal.noted({**intent, "open": True}):
        pass


def age_all_but_young(folder: Path) -> None:
    """Let what an owner put there be old too: it is not its youth that protects it."""
    for path in folder.iterdir():
        if path.read_bytes() == b"the owner's own":
            os.utime(path, (0, 0))


def test_a_dry_look_finds_each_kind_and_changes_nothing(
    meddled: tuple[Bench, list[Found]], tmp_path: Path
) -> None:
    bench, planted = meddled
    before = bench.everything()
    files = {path: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert bench.found() == planted
    assert bench.found(deep=True) == planted
    assert bench.everything() == before
    assert {path: path.read_bytes() for path in (tmp_path / "data").iterdir()} == files


def test_fix_mends_exactly_what_can_be_mended_and_a_second_look_finds_only_the_rest(
    meddled: tuple[Bench, list[Found]], tmp_path: Path
) -> None:
    bench, planted = meddled
    before = bench.everything()
    files = {path.name for path in (tmp_path / "data").iterdir()}
    found, look = bench.look(fix=True)
    settled = next(f for f in found if f.group == "intents")
    assert settled.done == "settled"
    # settling the intent has removed the data of its attempt, which are then no finding
    (undone,) = {f for f in planted if f not in {(g.group, g.fault, g.name) for g in found}}
    assert undone[2].endswith("-00112233.txt")
    assert {f.mended for f in found if f.group != "records"} == {True}
    lost = [f for f in found if not f.mended]
    assert [(f.fault, f.done) for f in lost] == [("data missing", "")]
    assert look.young == 6  # two data, an intent, a copy, and a mark that both copies lack
    gone = {name for group, _, name in planted if group == "orphans"}
    assert {path.name for path in (tmp_path / "data").iterdir()} == files - gone
    after = bench.everything()
    changed = {name for name in before if before[name] != after.get(name)}
    assert len(changed) == len(gone) + 3  # beside them the intent, one copy gone, one anew
    assert len(set(after) - set(before)) == 2  # two copies of one mark
    jsonl, folder, mark = bench.labels
    for group, fault, name in planted:
        if group == "copies" and fault != "no mark":
            own = name.removesuffix(".json")
            copy = folder if name.endswith(".json") else jsonl
            assert json.loads(copy.fetch(name)) == json.loads(mark.fetch(own))
    assert bench.found(fix=True) == [f for f in planted if f[0] == "records"]
    assert bench.everything() == after


def test_data_changed_on_the_disk_are_found_by_a_deep_look_alone(
    local: Bench, tmp_path: Path
) -> None:
    own = local.store()
    (path,) = (tmp_path / "data").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert not local.found()
    assert local.found(deep=True) == [("records", "data changed", f"{own}.jpg")]
    assert local.fixed(deep=True) == [(f"{own}.jpg", "")]


def test_documents_and_converted_images_are_not_compared_by_a_hash_that_is_not_theirs(
    tmp_path: Path,
) -> None:
    from tests.pictures import make

    places: list[Any] = [
        Jsonl(str(tmp_path / "data.jsonl")),
        Image(str(tmp_path / "png"), convert="PNG"),
    ]
    chain = steps("DATA", *places)
    chain = [Step(s.component, s.path, tag) for s, tag in zip(chain, ("a", "image"), strict=True)]
    bench = Bench(places, [Sqlite(str(tmp_path / "l.sqlite"))], tmp_path / "j", several=True)
    bench.commit = Commit.of(chain, steps("LABEL", *bench.labels), several=True)
    own = bench.store(Document("a", {"b": 1}, b'{ "b" : 1 }'), Blob("image", make("JPEG", 8, 8)))
    assert not bench.found(deep=True, now=time.time() + OLD)
    places[0].undo(Stored("jsonl", f"{own}-a"))
    shutil.rmtree(tmp_path / "png")
    lost = [("records", "data missing", f"{own}-{end}") for end in ("a", "image.png")]
    assert bench.found(deep=True) == bench.found() == lost


def test_labels_and_data_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    places = [File(str(tmp_path / "all")), File(str(tmp_path / "all"))]
    bench = Bench(places[:1], places[1:], tmp_path / "journal")
    own = bench.store(keyed=True)
    sentence = Document("sentence", {PROVENANCE: {"received_at": "", "data": []}, "_id": own})
    bench.store(sentence, keyed=True)
    orphan = places[0].act(f"{uid.mint()}-01234567", Blob("image", b"GIF89a")).name
    (tmp_path / "all" / f"{own}.txt").write_text("the owner's own, beside the record")
    age(tmp_path / "all")
    assert bench.fixed() == [(orphan, "removed")]
    assert not bench.found(now=time.time() + OLD)
    assert len(list((tmp_path / "all").iterdir())) == 5


def test_a_record_whose_mark_appears_during_the_look_keeps_its_data(
    local: Bench, tmp_path: Path
) -> None:
    local.store()
    (data,), (*_, mark) = local.data, local.labels
    own = uid.mint()
    name = data.act(own, Blob("image", b"GIF89a")).name
    gone = data.act(uid.mint(), Blob("image", b"GIF89a")).name
    age(tmp_path / "data")
    look = look_at(local.commit, Progress(io.StringIO()), fix=True)
    marked = look.marked

    def just_before(uid: str) -> Any:
        if uid == own and mark.fetch(own) is None:
            keep(mark, record(own, 0, ("file", name)))
        return marked(uid)

    look.marked = just_before  # type: ignore[method-assign]
    assert [(f.name, f.done) for f in run(look)] == [(gone, "removed")]
    assert data.fetch(name) == b"GIF89a"


def test_data_removed_with_their_record_during_the_look_are_not_missed(
    local: Bench, tmp_path: Path
) -> None:
    own = local.store()
    (data,), (*_, mark) = local.data, local.labels
    data.undo(Stored("file", f"{own}.jpg"))
    look = look_at(local.commit, Progress(io.StringIO()), fix=True)
    marked = look.marked

    def just_before(uid: str) -> Any:
        mark.undo(Stored("sqlite", own))
        return marked(uid)

    look.marked = just_before  # type: ignore[method-assign]
    assert not list(run(look))


def test_with_another_label_store_than_before_nothing_is_removed(
    local: Bench, tmp_path: Path
) -> None:
    """An owner who names a new collection must not lose what the old one names."""
    for _ in range(25):
        local.store()
    age(tmp_path / "data")
    before = local.everything()
    empty = Sqlite(str(tmp_path / "new.sqlite"))
    other = Bench(local.data, [empty], tmp_path / "journal")
    for _ in range(3):
        found, look = other.look(fix=True, now=time.time() + OLD)
        assert len(found) == 25
        assert not any(f.mended for f in found)
        assert "right one" in look.notes[0]
        assert local.everything() == {**local.everything(), **before}
        keep(empty, record(uid.mint(), OLD))


def test_a_mark_added_behind_an_older_label_store_removes_nothing_of_it(
    local: Bench, tmp_path: Path
) -> None:
    earlier = Sqlite(str(tmp_path / "labels.sqlite"))
    for _ in range(3):
        local.store()
    before = local.everything()
    added = Jsonl(str(tmp_path / "added.jsonl"))
    other = Bench(local.data, [earlier, added], tmp_path / "journal")
    for _ in range(30):
        other.store()
    found, _ = other.look(fix=True, now=time.time() + OLD)
    assert {f.done for f in found} == {"left: it is older than every mark"}
    assert len(found) == 3
    assert before.items() <= local.everything().items()


def test_a_store_that_cannot_be_read_ends_the_look_before_anything_is_removed(
    local: Bench, tmp_path: Path
) -> None:
    local.data[0].act(uid.mint(), Blob("image", b"GIF89a"))
    age(tmp_path / "data")
    (tmp_path / "labels.sqlite").write_bytes(b"these are notes, and no database; " * 100)
    with pytest.raises(Unreadable, match=r"^LABEL_ACTOR_CONFIG\[2\] could not be read: "):
        local.look(fix=True)
    assert len(list((tmp_path / "data").iterdir())) == 1


def test_what_waits_in_the_spool_keeps_its_data_and_copies(local: Bench, tmp_path: Path) -> None:
    keep(local.labels[-1], record(uid.mint(), OLDER))
    local.store()
    spooled, lost = uid.mint(), uid.mint()
    names = [local.data[0].act(own, Blob("image", b"GIF89a")).name for own in (spooled, lost)]
    for own in (spooled, lost):
        keep(local.labels[0], record(own, OLD))
    age(tmp_path / "data")
    spool = Spool(SpoolConfig(directory=str(tmp_path / "spool")))
    waiting = Record(spooled, Document("labels", {}), (), "print", keyed=True)
    spool.put(Entry(waiting, (), "config", Attempt.at(waiting)))
    local.commit = replace(local.commit, spool=spool)
    assert [name for name, done in local.fixed() if done == "removed"] == sorted([lost, names[1]])
    assert local.data[0].fetch(names[0])
    assert local.labels[0].fetch(spooled)


def test_an_intent_of_a_store_configured_no_more_is_told_and_kept(local: Bench) -> None:
    intent = {"uid": uid.mint(), "attempt": "", "writes": [["DATA_ACTOR_CONFIG[7]", "x.jpg"]]}
    leave(local, {**intent, "at": time.time() - OLD})
    assert local.fixed() == [(intent["uid"], "could not be settled")]
    assert local.journal.waiting() == 1


def test_while_the_service_settles_its_intents_are_left_to_it(local: Bench) -> None:
    leave(local, {"uid": uid.mint(), "attempt": "", "writes": [], "at": time.time() - OLD})
    with local.journal.elected() as mine:
        assert mine
        found, look = local.look(fix=True)
    assert not found
    assert len(look.notes) == 1
    assert len(local.fixed()) == 1


def test_without_a_mark_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(NoMark):
        look_at(Commit.of(steps("DATA", File(str(tmp_path))), []), Progress(io.StringIO()))


def at(actor: Any, *args: Any, **kwargs: Any) -> Any:
    """Make a component from plain text, as a configuration has it."""
    return actor(*args, **kwargs)


def keys_of(server: servers.S3Server) -> tuple[str, str]:
    return server.access_key, server.secret_key


@pytest.fixture
def remote(
    mongodb: servers.MongoServer, rclone: servers.S3Server, tmp_path: Path
) -> Iterator[Bench]:
    """Give images in S3, the mark in one collection of MongoDB and a copy in another."""
    database, bucket = fresh("db"), rclone.new_bucket()
    with (
        closing(at(S3, *keys_of(rclone), bucket, "images/", endpoint=rclone.endpoint)) as data,
        closing(at(Mongo, mongodb.uri, database=database, collection="copies")) as copies,
        closing(at(Mongo, mongodb.uri, database=database)) as mark,
    ):
        yield Bench([data], [copies, mark], tmp_path / "journal")
        with mongodb.client() as client:
            client.drop_database(database)


def test_remote_stores_are_compared_and_mended_alike(remote: Bench) -> None:
    (data,), (copies, mark) = remote.data, remote.labels
    keep(mark, record(uid.mint(), OLDER))
    remote.store(keyed=True)
    lost = remote.store()
    data.undo(Stored("S3", f"images/{lost}.jpg"))
    image = Blob("image", b"GIF89a")
    orphans = [data.act(f"{uid.mint()}{tail}", image).name for tail in ("", "-0a1b2c3d")]
    keep(copies, record(left := uid.mint(), 0))
    copies.undo(Stored("mongo", lost))
    before = remote.everything()
    now = time.time() + OLD
    missing = ("records", "data missing", f"images/{lost}.jpg")
    young = [("copies", "missing", mark_of(remote)), missing]
    assert remote.found() == young
    planted = sorted(
        [
            *young,
            ("copies", "missing", lost),
            ("copies", "no mark", left),
            *(("orphans", "no record", name) for name in orphans),
        ]
    )
    assert remote.found(now=now) == planted
    assert remote.everything() == before
    found, _ = remote.look(now=now, fix=True)
    assert sorted((f.group, f.fault, f.name) for f in found) == planted
    assert [f.name for f in found if not f.mended] == [f"images/{lost}.jpg"]
    after = remote.everything()
    assert {name.split()[1] for name in set(before) - set(after)} == {*orphans, left}
    assert copies.fetch(lost) == mark.fetch(lost)
    assert remote.found(now=now, deep=True) == [missing]


def mark_of(remote: Bench) -> str:
    """Give the oldest record of the mark."""
    first = json.loads(next(iter(remote.labels[-1].scan())))
    return str(first["_id"])


def test_documents_in_a_database_have_an_age_too(
    mongodb: servers.MongoServer, tmp_path: Path
) -> None:
    """A keyed document's name tells no time, and a database keeps none of its own."""
    with closing(at(Mongo, mongodb.uri, database=fresh("db"), collection="data")) as data:
        bench = Bench([data], [Sqlite(str(tmp_path / "labels.sqlite"))], tmp_path / "journal")
        bench.store(Document("sentence", "It rains."), keyed=True)
        orphan = data.act(f"{uid.derive('', 'x')}-01234567", Document("sentence", "No.")).name
        assert not bench.found()
        assert bench.fixed(now=time.time() + OLD) == [(orphan, "removed")]
        assert not bench.found(now=time.time() + OLD)
        with mongodb.client() as client:
            client.drop_database(data.database)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_shows_on_a_terminal_alone() -> None:
    for stream in (io.StringIO(), Terminal()):
        assert list(Progress(stream).over(range(7), "reading", 7)) == list(range(7))
        assert stream.getvalue().startswith("\r\x1b[Kreading [") == stream.isatty()
        assert stream.getvalue().endswith("\r\x1b[K") == stream.isatty()


def test_the_table_counts_what_was_found_and_mended(meddled: tuple[Bench, list[Found]]) -> None:
    bench, planted = meddled
    found, look = bench.look()
    tally = Tally()
    lines = [tally.add(finding) for finding in found]
    assert len({line.index(f.name) for line, f in zip(lines, found, strict=True)}) == 1
    head, *rows = list(tally.table(look))
    assert head.split() == ["checked", "found", "mended"]
    assert rows[0].split()[-2:] == [str(sum(f[0] == "orphans" for f in planted)), "0"]
    assert len({len(row) for row in (head, *rows[:4])}) == 1
    assert not tally.clean


@pytest.fixture
def ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Any:
    """Give a way to run the command here, with data that no record names in its stores."""
    for name in list(os.environ):
        if name.startswith("LIBRARIAN_") or name.endswith("_CONFIG"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def command(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["librarian", "reconcile", *args])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return command


def test_the_command_tells_by_its_exit_whether_all_agrees(ended: Any, tmp_path: Path) -> None:
    chains = (
        "--label-actor-config",
        '[{"actor": "sqlite", "args": ["labels.sqlite"]}]',
        "--data-actor-config",
        '[{"actor": "file", "args": ["data"]}]',
    )
    code, out, err = ended(*chains)
    assert (code, err) == (0, "")
    assert "checked" in out
    own, image = uid.mint(), Blob("image", b"GIF89a")
    whole = record(own, OLD, ("file", File("data").act(own, image).name))
    whole[PROVENANCE]["data"][0]["sha256"] = image.sha256
    keep(Sqlite("labels.sqlite"), whole)
    name = File("data").act(uid.mint(), image).name
    assert ended(*chains)[0] == 0
    age(tmp_path / "data")
    code, out, _ = ended(*chains)
    assert code == 1
    assert f"no record    DATA_ACTOR_CONFIG[0]   {name}\n" in out
    assert "--fix" in out
    assert File("data").fetch(name) is not None
    code, out, _ = ended("--fix", *chains)
    assert code == 0
    assert f"{name}  removed\n" in out
    assert File("data").fetch(name) is None
    assert ended("--deep", *chains)[0] == 0


def test_the_command_refuses_a_configuration_without_a_mark(ended: Any) -> None:
    chains = ("--label-actor-config", "[]", "--data-actor-config", "[]")
    code, out, err = ended(*chains)
    assert (code, out) == (2, "")
    assert "LABEL_ACTOR_CONFIG" in err


def test_the_command_says_which_store_could_not_be_read(ended: Any, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    chains = (
        "--label-actor-config",
        '[{"actor": "sqlite", "args": ["taken/labels.sqlite"]}]',
        "--data-actor-config",
        "[]",
    )
    code, _, err = ended(*chains)
    assert code == 1
    assert err.startswith("LABEL_ACTOR_CONFIG[0] could not be read: ")
    assert str(tmp_path) not in err
