"""Is what is stored told at least once, whatever receivers and processes do?"""

import itertools
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

from librarian import uid
from librarian.actors.webhook import Webhook
from librarian.chain import Step
from librarian.outbox import Outbox
from librarian.outbox.sender import LONGEST, Sender
from librarian.record import PROVENANCE
from librarian.settings.binding import adapter
from tests.contract import labels
from tests.receiver import Receiver, receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
DAY = 86400.0


class Bench:
    """An outbox, a sender and a clock that the test sets."""

    def __init__(self, folder: Path, *receivers: Receiver, **params: Any) -> None:
        self.folder, self.outbox, self.at = folder, Outbox(folder), time.time()
        urls = [each.url for each in receivers]
        self.hooks: list[Webhook] = [
            adapter(Webhook).validate_python({"url": url, "secret": SECRET, **params})
            for url in urls
        ]
        self.sender = self.another()

    def another(self) -> Sender:
        """Make the sender of another process."""
        steps = [Step(hook, f"LABEL_ACTOR_CONFIG[{n}]") for n, hook in enumerate(self.hooks)]
        return Sender(self.outbox, steps, lambda: self.at)

    def put(self, count: int = 1, hook: int = 0) -> list[str]:
        """Let some records wait for a receiver."""
        keys = [uid.mint() for _ in range(count)]
        for key in keys:
            self.outbox.put(self.hooks[hook].outlet, key, labels(key).value)
        return keys

    def waiting(self) -> set[str]:
        return {delivery.uid for delivery in self.outbox.waiting()}

    def dead(self) -> list[str]:
        return [path.name[:24] for path in (self.folder / "dead").glob("*.json")]


def test_what_waits_is_sent_and_forgotten(tmp_path: Path) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        keys = bench.put(3)
        assert bench.sender.round() == 3
        assert sorted(there.ids()) == sorted(keys)
        told = [json.loads(posted.body)["data"] for posted in there.came]
        assert {each["_id"]: each for each in told} == {key: labels(key).value for key in keys}
        assert bench.waiting() == set()
        assert bench.sender.round() == 0


def test_a_record_waits_once_for_each_receiver(tmp_path: Path) -> None:
    with receiver() as one, receiver() as two:
        bench = Bench(tmp_path, one, two)
        key = uid.mint()
        for _ in range(3):
            for hook in bench.hooks:
                bench.outbox.put(hook.outlet, key, labels(key).value)
        assert bench.sender.round() == 2
        assert (one.ids(), two.ids()) == ([key], [key])


def test_a_receiver_that_is_down_is_left_alone_longer_each_time_and_another_is_not(
    tmp_path: Path,
) -> None:
    with receiver() as down, receiver() as up:
        bench = Bench(tmp_path, down, up)
        down.status = 503
        keys, others = bench.put(5), bench.put(5, 1)
        assert bench.sender.round() == 5
        assert sorted(up.ids()) == sorted(others)
        tries, began = [], bench.at
        while bench.at < began + 2000:
            seen = len(down.came)
            bench.sender.round()
            if len(down.came) > seen:
                tries.append(bench.at)
            bench.at += 0.5
        pauses = [b - a for a, b in itertools.pairwise(tries)]
        assert len(tries) < 25
        assert max(pauses) > LONGEST / 2 - 1
        assert all(pause <= LONGEST + 1 for pause in pauses)
        down.status = 200
        bench.at += LONGEST
        assert bench.sender.round() == 5
        assert set(down.ids()) == set(keys)
        assert bench.waiting() == set()


def test_one_record_that_is_refused_holds_up_no_other(tmp_path: Path) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        odd, *fine = bench.put(4)
        there.refuses = lambda posted: posted.headers["webhook-id"] == odd
        assert bench.sender.round() == 3
        assert bench.waiting() == {odd}
        assert bench.sender.round() == 0
        assert there.ids().count(odd) == 1, "it stands aside for a while"
        fine += bench.put(2)
        assert bench.sender.round() == 2
        there.refuses = lambda _: False
        bench.at += LONGEST
        assert bench.sender.round() == 1
        assert bench.waiting() == set()


def test_what_is_not_taken_in_time_is_put_aside_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there, max_age="2d")
        there.status = 500
        (key,) = bench.put()
        bench.at += 2 * DAY - 60
        bench.sender.round()
        assert bench.waiting() == {key}
        bench.at += LONGEST
        with caplog.at_level(logging.ERROR, "librarian"):
            bench.sender.round()
        assert bench.waiting() == set()
        assert bench.dead() == [key]
        assert f"did not take {key} in time" in caplog.text


def test_what_is_for_a_receiver_that_is_configured_no_more_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as there, receiver() as later:
        (key,) = Bench(tmp_path, there).put()
        with caplog.at_level(logging.ERROR, "librarian"):
            other = Bench(tmp_path, later)
            assert [other.sender.round() for _ in range(3)] == [0, 0, 0]
        assert caplog.text.count("configured no more") == 1
        assert other.waiting() == {key}
        assert Bench(tmp_path, there).sender.round() == 1


def test_a_file_that_was_spoilt_is_put_aside_and_the_others_are_sent(tmp_path: Path) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        spoilt, *fine = bench.put(3)
        (path,) = (tmp_path / "waiting").glob(f"{spoilt}-*.json")
        path.write_bytes(b'{"_id": ')
        assert bench.sender.round() == 2
        assert sorted(there.ids()) == sorted(fine)
        assert bench.dead() == [spoilt]


def test_a_bug_that_one_record_meets_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        odd, *fine = bench.put(3)
        (path,) = (tmp_path / "waiting").glob(f"{odd}-*.json")
        path.write_text(json.dumps({"_id": odd, PROVENANCE: "not what the commit makes"}))
        assert bench.sender.round() == 2
        assert sorted(there.ids()) == sorted(fine)
        assert bench.waiting() == {odd}
        assert "a bug met the delivery" in caplog.text


def test_the_sender_goes_on_after_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        looking, bugs = bench.outbox.waiting, iter([RuntimeError("a bug")])

        def waiting() -> Any:
            for bug in bugs:
                raise bug
            return looking()

        monkeypatch.setattr(bench.outbox, "waiting", waiting)
        keys = bench.put(1)
        bench.sender.start()
        there.wait_for(1)
        bench.sender.stop()
        assert there.ids() == keys


def test_of_several_processes_one_sends_and_another_goes_on_when_it_ends(tmp_path: Path) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        senders = [bench.another() for _ in range(3)]
        for sender in senders:
            sender.start()
        keys = bench.put(3)
        assert {posted.headers["webhook-id"] for posted in there.wait_for(3)} == set(keys)
        for sender in senders[:2]:
            sender.stop()
        keys += bench.put(3)
        there.wait_for(6)
        senders[2].stop()
        assert sorted(there.ids()) == sorted(keys), "each once"


def test_a_process_killed_before_it_could_forget_sends_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as there:
        bench = Bench(tmp_path, there)
        (key,) = bench.put()
        with monkeypatch.context() as dying:
            dying.setattr(Outbox, "remove", killed)
            with pytest.raises(KeyboardInterrupt):
                bench.sender.round()
        assert bench.another().round() == 1
        assert there.ids() == [key, key]


def killed(*_: object) -> None:
    raise KeyboardInterrupt
