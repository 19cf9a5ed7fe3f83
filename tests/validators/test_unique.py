"""Is what was contributed before told from what is new, by the store that knows?"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from librarian import pipeline
from librarian.actors.mongo import Mongo
from librarian.actors.sqlite import Sqlite
from librarian.picture.phash import MOST, distance
from librarian.pipeline import Pipeline
from librarian.problem import ConfigError
from librarian.record import Blob, Carrier, Document, Stored, Submission
from librarian.settings import load
from librarian.stage import Failure
from librarian.trial import judged
from tests import contract, servers
from tests.pictures import make, png, scene
from tests.servers import fresh

PHOTO = make("JPEG", 320, 240)
OTHER = make("JPEG", 320, 240, seed=5)
INPUTS = '[{"type": "file", "tag": "image"}, {"type": "file", "tag": "mask", "required": false}]'
Make = Callable[..., Pipeline]


@pytest.fixture(params=["sqlite", "mongo"])
def entry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Give the entry of each label store that can find."""
    if request.param == "sqlite":
        yield {"actor": "sqlite", "args": [str(tmp_path / "labels.sqlite")]}
        return
    server: servers.MongoServer = request.getfixturevalue("mongodb")
    with server.database() as database:
        yield {"actor": "mongo", "kwargs": {"uri": server.uri, "database": database}}


@pytest.fixture
def service(entry: dict[str, Any], tmp_path: Path) -> Iterator[Make]:
    """Make services on one and the same label store, as several machines have it."""
    made: list[Pipeline] = []

    def make_one(*validators: dict[str, Any], **more: str) -> Pipeline:
        chain = [{"validator": "unique", **each} for each in validators]
        variables = {
            "INPUT_CONFIG": INPUTS,
            "DATA_VALID_CONFIG": json.dumps(chain),
            "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": [str(tmp_path / "data")]}]),
            "LABEL_ACTOR_CONFIG": json.dumps([entry]),
            "LIBRARIAN_DATA_DIR": str(tmp_path / f"own-{len(made)}"),
            **more,
        }
        made.append(pipeline.build(load(variables)))
        return made[-1]

    yield make_one
    for each in made:
        for step in each.settings.label_act:
            if isinstance(step.component, Mongo):
                step.component.close()


def sent(content: bytes = PHOTO, key: str = "", tag: str = "image", **labels: str) -> Submission:
    pieces = [(tag, Carrier("file", content, "photo.jpg"))]
    if tag != "image":
        pieces.append(("image", Carrier("file", png(scene(50, 50, len(labels) + 77)))))
    return Submission("multipart", query=tuple(labels.items()), pieces=tuple(pieces), key=key)


def refusal(service: Pipeline, submission: Submission) -> tuple[str, list[str]]:
    with pytest.raises(Failure) as caught:
        service.submit(submission)
    return caught.value.stage.slug, [problem.rule for problem in caught.value.problems]


def test_the_same_bytes_are_refused_whoever_sends_them_and_others_are_not(service: Make) -> None:
    one, another = service({}), service({})
    one.submit(sent(label="cat"))
    for each in (one, another):
        assert refusal(each, sent(label="dog")) == ("data-validation", ["seen"])
    another.submit(sent(OTHER, label="cat"))
    assert refusal(one, sent(OTHER)) == ("data-validation", ["seen"])


def test_what_is_only_flagged_is_kept_and_marked(service: Make) -> None:
    flagging = service({"on_fail": "flag"})
    assert flagging.submit(sent()).flags == ()
    (flag,) = flagging.submit(sent()).flags
    assert flag["rule"] == "seen"


def test_a_replay_is_not_refused_by_its_own_first_copy_nor_by_a_later_one(service: Make) -> None:
    refusing, flagging = service({}), service({"on_fail": "flag"})
    first = refusing.submit(sent(key="a" * 16))
    again = refusing.submit(sent(key="a" * 16))
    assert (again.uid, again.replayed) == (first.uid, True)
    assert flagging.submit(sent(key="b" * 16)).flags[0]["rule"] == "seen"
    again = refusing.submit(sent(key="a" * 16))
    assert (again.uid, again.replayed) == (first.uid, True)
    assert refusal(refusing, sent(OTHER, key="a" * 16)) == ("key-reused", ["key-reused"])
    assert refusal(refusing, sent(key="c" * 16)) == ("data-validation", ["seen"])


def test_equal_content_without_a_key_is_a_replay_where_it_is_to_be_one(service: Make) -> None:
    merging = service({}, LIBRARIAN_WITHOUT_KEY="fingerprint")
    first = merging.submit(sent(label="cat"))
    assert merging.submit(sent(label="cat")).uid == first.uid
    assert refusal(merging, sent(label="dog")) == ("data-validation", ["seen"])


def test_what_is_undone_was_not_seen(service: Make) -> None:
    made = service({})
    receipt = made.submit(sent())
    (step,) = made.settings.label_act
    step.component.undo(Stored(step.component.name, receipt.uid))
    made.submit(sent())


def test_inputs_are_compared_each_with_its_own(service: Make) -> None:
    made = service({})
    made.submit(sent())
    made.submit(sent(PHOTO, tag="mask"))
    assert refusal(made, sent(PHOTO, tag="mask", a="1"))[1] == ["seen"]


def test_pictures_that_look_alike_are_refused_and_others_are_not(service: Make) -> None:
    made = service({"kwargs": {"by": "look"}})
    image = scene(640, 480)
    receipt = made.submit(sent(png(image)))
    assert not {"phash", "phash_bands"} & receipt.data[0].keys()
    smaller = make("WEBP", 640, 480, quality=70)
    assert refusal(made, sent(smaller)) == ("data-validation", ["seen"])
    assert refusal(made, sent(png(image.resize((160, 120))))) == ("data-validation", ["seen"])
    made.submit(sent(OTHER))
    made.submit(sent(b"no picture at all"))
    made.submit(sent(b"no picture at all"))


def test_the_distance_is_the_owners_choice(service: Make) -> None:
    first = png(scene(640, 480))
    for side in range(20, 200, 10):
        near = scene(640, 480)
        near.paste(Image.new("RGB", (side, side), "white"), (200, 200))
        other = png(near)
        apart = distance(Blob("image", first).look, Blob("image", other).look)
        if apart:
            break
    assert 0 < apart <= MOST
    made = service({"kwargs": {"by": "look", "distance": apart - 1}, "on_fail": "flag"})
    made.submit(sent(first))
    assert made.submit(sent(other)).flags == ()
    wider = service({"kwargs": {"by": "look", "distance": apart}})
    assert refusal(wider, sent(png(near.resize((320, 240))))) == ("data-validation", ["seen"])


def test_bytes_are_known_that_came_before_this_was_configured(service: Make) -> None:
    service().submit(sent())
    assert refusal(service({}), sent()) == ("data-validation", ["seen"])


def test_a_photo_from_which_a_place_was_taken_out_is_known_by_what_was_received(
    service: Make,
) -> None:
    made = service({})
    photo = make("JPEG", 320, 240, gps=True)
    receipt = made.submit(sent(photo))
    assert receipt.data[0]["sha256"] != receipt.data[0]["received_sha256"]
    assert refusal(made, sent(photo)) == ("data-validation", ["seen"])


def test_of_many_at_one_time_at_least_one_passes_and_later_none(service: Make) -> None:
    made, start = service({}), threading.Barrier(6)

    def send(number: int) -> bool:
        start.wait()
        try:
            made.submit(sent(label=str(number)))
        except Failure:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert any(pool.map(send, range(6)))
    assert refusal(made, sent()) == ("data-validation", ["seen"])


def test_a_trial_asks_nobody(service: Make) -> None:
    made = service({})
    made.submit(sent())
    lines, refused = judged(made.settings, sent())
    assert not refused, lines


def variables(**more: Any) -> dict[str, str]:
    return {
        "DATA_VALID_CONFIG": '[{"validator": "unique"}]',
        "DATA_ACTOR_CONFIG": "[]",
        **{name: json.dumps(value) for name, value in more.items()},
    }


@pytest.mark.parametrize(
    "stores",
    [
        [],
        [{"actor": "print"}],
        [{"actor": "jsonl", "args": ["labels.jsonl"]}],
        [{"actor": "sqlite", "args": ["a.sqlite"]}, {"actor": "file", "args": ["labels"]}],
    ],
    ids=json.dumps,
)
def test_a_label_store_that_cannot_find_is_a_fault_of_the_configuration(stores: Any) -> None:
    with pytest.raises(ConfigError, match=r"DATA_VALID_CONFIG\[0\]: .* must be mongo or sqlite"):
        load(variables(LABEL_ACTOR_CONFIG=stores))


def test_a_label_store_that_is_away_is_no_fault_of_the_contribution(
    dead_port: int, tmp_path: Path
) -> None:
    kwargs = {"url": f"127.0.0.1:{dead_port}", "database": "db", "timeout": 0.2}
    for on_fail in ("refuse", "flag"):
        given = variables(
            LABEL_ACTOR_CONFIG=[{"actor": "mongo", "kwargs": kwargs}],
            DATA_VALID_CONFIG=[{"validator": "unique", "on_fail": on_fail}],
        )
        made = pipeline.build(load({**given, "LIBRARIAN_DATA_DIR": str(tmp_path)}))
        stage, found = refusal(made, Submission("raw", body=Carrier("body", PHOTO)))
        assert (stage, found) == (
            "label-store", ["unasked"] if on_fail == "refuse" else ["unavailable"],
        )  # fmt: skip
        made.settings.label_act[0].component.close()


def test_the_table_beside_the_records_follows_them_whoever_changes_them(tmp_path: Path) -> None:
    path = tmp_path / "labels.sqlite"
    actor = Sqlite(str(path))
    keys = [f"{number:024x}" for number in range(6)]
    for number, key in enumerate(keys[:3]):
        actor.act(key, hashed(key, number))
    with closing(sqlite3.connect(path, isolation_level=None)) as plain:
        plain.execute("INSERT INTO contributions VALUES ('x', 'x', NULL, 'no JSON')")
        plain.execute("INSERT INTO contributions VALUES ('y', 'y', NULL, '{\"_librarian\": 3}')")
        assert [uid for uid, _ in actor.find("image", "received_sha256", ["s1"])] == keys[1:2]
        assert set(actor.find("image", "phash_bands", ["0-000a", "3-000b"])) == {
            (key, f"{number:016x}") for number, key in enumerate(keys[:3])
        }
        for number, key in enumerate(keys[3:], 3):
            actor.act(key, hashed(key, number))
        assert [uid for uid, _ in actor.find("image", "received_sha256", ["s4"])] == keys[4:5]
        plain.execute("DELETE FROM contributions WHERE id = ?", (keys[4],))
        assert list(actor.find("image", "received_sha256", ["s4"])) == []
        plan = str(
            plain.execute(
                "EXPLAIN QUERY PLAN SELECT id FROM contributions_seen"
                " WHERE tag = 'image' AND name = 'received_sha256' AND value IN ('a', 'b')"
            ).fetchall()
        )
        assert "USING PRIMARY KEY" in plan
    for each in tmp_path.iterdir():
        each.unlink()
    assert list(actor.find("image", "received_sha256", ["s1"])) == []


def hashed(key: str, number: int) -> Document:
    """Give a label record of one picture with hashes that tell its number."""
    value = json.loads(contract.labels(key, number).content)
    value["_librarian"]["data"][0] |= {
        "received_sha256": f"s{number}",
        "phash": f"{number:016x}",
        "phash_bands": ["0-000a", "1-0000", "2-0000", f"3-{number:04x}"],
    }
    return Document("labels", value)


def test_mongodb_is_asked_by_an_index(mongodb: servers.MongoServer) -> None:
    database = fresh("db")
    given: dict[str, Any] = {"uri": mongodb.uri, "database": database}
    with closing(Mongo(**given)) as actor:
        actor.act("a" * 24, hashed("a" * 24, 1))
        assert list(actor.find("image", "received_sha256", ["s1", "s2"])) == [
            ("a" * 24, f"{1:016x}")
        ]
        assert list(actor.find("mask", "received_sha256", ["s1"])) == []
        actor.close()
        with mongodb.client() as client:
            keys = [i["key"] for i in client[database]["labels"].index_information().values()]
            client.drop_database(database)
    assert [("_librarian.data.received_sha256", 1)] in keys
    assert [("_librarian.data.phash_bands", 1)] in keys
