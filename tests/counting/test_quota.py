"""Are exactly as many records kept as a quota says, and is a place never lost or counted twice?"""

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from librarian.commit import UNSETTLED
from librarian.counting import quota
from librarian.counting.quota import Quotas
from librarian.counting.storage import Counting
from librarian.pipeline import Pipeline, build
from librarian.problem import Problem
from librarian.record import LABELS, Carrier, Document, Receipt, Record, Submission
from librarian.settings import load
from librarian.settings.quota import QuotaConfig
from librarian.stage import LABEL_STORE, Failure
from librarian.uid import mint
from tests.counting.conftest import Clock
from tests.counting.storages import KINDS, uri_of

Make = Callable[..., Pipeline]
MOOD = '[{"label": "mood", "most": 2}]'
KEY = "a-key-of-this-client"


@pytest.fixture
def service(tmp_path: Path) -> Make:
    """Make a pipeline that takes text; keyword arguments are its variables."""

    def make(**variables: str) -> Pipeline:
        stores = {
            "INPUT_CONFIG": '{"type": "text", "tag": "text"}',
            "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": [str(tmp_path / "data")]}]),
            "LABEL_ACTOR_CONFIG": json.dumps(
                [{"actor": "sqlite", "args": [str(tmp_path / "labels.sqlite")]}]
            ),
            "LIBRARIAN_DATA_DIR": str(tmp_path / "own"),
        }
        return build(load({**stores, **variables}))

    return make


def send(service: Pipeline, text: str = "hello", **more: Any) -> Receipt:
    labels = more.pop("labels", {"mood": "happy"})
    pieces = (("text", Carrier("member", text)), (LABELS, Carrier("member", labels)))
    return service.submit(Submission("json", pieces=pieces, **more))


def refusal(service: Pipeline, text: str = "hello", **more: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        send(service, text, **more)
    return caught.value


def test_enough_of_a_value_is_told_in_plain_words(service: Make) -> None:
    running = service(QUOTA_CONFIG=MOOD)
    send(running)
    send(running)
    failure = refusal(running)
    (problem,) = failure.problems
    assert (failure.stage.slug, failure.retryable, failure.retry_after) == ("rate-limit", False, 0)
    assert problem == Problem(
        "quota", "Enough has been collected of “happy”; thank you.", (LABELS, "mood"),
        "rate-limit", 2,
    )  # fmt: skip
    send(running, labels={"mood": "sad"})
    send(running, labels={"other": "happy"})
    send(running, labels={"other": "happy"})
    send(running, labels={"other": "happy"})


def test_a_number_and_its_text_are_two_values(service: Make) -> None:
    running = service(QUOTA_CONFIG='[{"label": "n", "most": 1}]')
    for value in (1, "1", True, None, [1], 1.5):
        send(running, labels={"n": value})
        assert refusal(running, labels={"n": value}).problems[0].rule == "quota"


def test_a_replay_is_neither_refused_nor_counted(service: Make) -> None:
    running = service(QUOTA_CONFIG=MOOD)
    for _ in range(3):
        first = send(running, key=KEY)
    assert first.replayed
    send(running)
    assert refusal(running).problems[0].rule == "quota"
    assert send(running, key=KEY).replayed


def test_a_key_that_was_used_for_something_else_is_told_so_and_not_counted(service: Make) -> None:
    running = service(QUOTA_CONFIG=MOOD)
    send(running, key=KEY)
    for _ in range(3):
        assert refusal(running, "another text", key=KEY).stage.slug == "key-reused"
    send(running)
    assert refusal(running, "another text", key=KEY).stage.slug == "key-reused"


def test_what_waits_in_the_spool_counts_and_its_replay_does_not(
    service: Make, tmp_path: Path
) -> None:
    spool = {"SPOOL_DIRECTORY": str(tmp_path / "spool"), "SPOOL_WHEN": "always"}
    running = service(QUOTA_CONFIG=MOOD, **spool)
    assert send(running, key=KEY).spooled
    for _ in range(3):
        again = send(running, key=KEY)
        assert again.spooled
        assert again.replayed
    send(running)
    assert refusal(running).problems[0].rule == "quota"
    assert send(running, key=KEY).replayed


def test_what_the_validators_refuse_takes_no_place(service: Make) -> None:
    running = service(
        QUOTA_CONFIG=MOOD, DATA_VALID_CONFIG='[{"validator": "text", "kwargs": {"max_length": 9}}]'
    )
    for _ in range(3):
        assert refusal(running, "far too long a text").stage.slug == "data-validation"
    send(running)
    send(running)


def test_what_a_store_does_not_take_gives_its_place_back(service: Make, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    running = service(QUOTA_CONFIG=MOOD)
    for _ in range(2):
        assert refusal(running).stage.slug == "data-store"
    (tmp_path / "data").unlink()
    send(running)
    send(running)
    assert refusal(running).problems[0].rule == "quota"


def test_a_quota_of_each_contributor_and_day_begins_anew_at_midnight(
    service: Make, clock: Clock
) -> None:
    noon = clock.now = clock.now // quota.DAY * quota.DAY + quota.DAY / 2
    running = service(QUOTA_CONFIG='[{"per": "contributor", "every": "day", "most": 1}]')
    for who in ("contributor-1", "contributor-2", ""):
        send(running, contributor=who)
        failure = refusal(running, contributor=who)
        assert (failure.retryable, failure.retry_after) == (True, quota.DAY // 2)
        assert "tomorrow" in failure.problems[0].message
    clock.now = noon + quota.DAY / 2 + 1
    for who in ("contributor-1", ""):
        send(running, contributor=who)


def test_every_quota_that_is_full_is_told_and_the_others_keep_their_places(service: Make) -> None:
    three = [
        {"label": "mood", "most": 1},
        {"label": "place", "most": 1},
        {"every": "day", "most": 4},
    ]
    running = service(QUOTA_CONFIG=json.dumps(three))
    send(running, labels={"mood": "happy", "place": "here"})
    both = refusal(running, labels={"mood": "happy", "place": "here"})
    assert [problem.path for problem in both.problems] == [(LABELS, "mood"), (LABELS, "place")]
    for _ in range(4):
        refusal(running, labels={"mood": "sad", "place": "here"})
    send(running, labels={"mood": "sad", "place": "there"})


def test_weeks_begin_on_a_monday() -> None:
    saturday = 1_795_219_200 + 3600  # 2026-11-21
    length, before = quota.WINDOWS["week"]
    begun = (saturday + before) // length * length - before
    assert time.gmtime(begun)[:7] == (2026, 11, 16, 0, 0, 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_of_many_who_send_at_once_exactly_as_many_are_stored(
    kind: str, request: pytest.FixtureRequest, service: Make, tmp_path: Path
) -> None:
    more = {"RATE_STORAGE": uri_of(kind, request)}
    services = [service(QUOTA_CONFIG='[{"label": "mood", "most": 10}]', **more) for _ in range(2)]
    began = threading.Barrier(10)
    answers: list[str] = []

    def ask(number: int) -> None:
        began.wait(30)
        for turn in range(4):
            try:
                send(services[number % 2], f"text {number} {turn}", key=f"{KEY}-{number}-{turn}")
                answers.append("stored")
            except Failure as failure:
                answers.append(failure.problems[0].rule)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(answers)) == ["quota", "stored"]
    assert answers.count("stored") == 10
    assert len(list((tmp_path / "data").rglob("*.txt"))) == 10


def a_record() -> Record:
    return Record(mint(), Document(LABELS, {"mood": "happy"}), (), "fingerprint")


def a_receipt(*, replayed: bool = False) -> Receipt:
    return Receipt("0" * 24, "2026-11-24T00:00:00Z", {}, (), replayed=replayed)


def test_an_answer_that_leaves_it_open_counts(tmp_path: Path) -> None:
    quotas = Quotas([QuotaConfig(label="mood", most=1)], Counting("", tmp_path), 8)

    def unsettled() -> Receipt:
        raise Failure(LABEL_STORE, Problem(UNSETTLED, "It is not certain."))

    with pytest.raises(Failure, match=UNSETTLED):
        quotas.counted(a_record(), unsettled)
    with pytest.raises(Failure, match="quota"):
        quotas.counted(a_record(), a_receipt)


def test_a_replay_that_shows_only_in_the_store_gives_its_place_back(tmp_path: Path) -> None:
    quotas = Quotas([QuotaConfig(label="mood", most=1)], Counting("", tmp_path), 8)
    for _ in range(3):
        assert quotas.counted(a_record(), lambda: a_receipt(replayed=True)).replayed
    assert not quotas.counted(a_record(), a_receipt).replayed


def test_a_bug_gives_the_place_back(tmp_path: Path) -> None:
    quotas = Quotas([QuotaConfig(label="mood", most=1)], Counting("", tmp_path), 8)

    def broken() -> Receipt:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        quotas.counted(a_record(), broken)
    assert quotas.counted(a_record(), a_receipt)


@pytest.mark.parametrize("scheme", ["redis://:canary@", "mongodb://u:canary@"])
def test_while_the_storage_is_away_nothing_is_stored(
    scheme: str, service: Make, dead_port: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = service(QUOTA_CONFIG=MOOD, RATE_STORAGE=f"{scheme}127.0.0.1:{dead_port}")
    failure = refusal(running)
    assert (failure.stage.slug, failure.problems[0].rule) == ("overload", "quota-unavailable")
    assert failure.retryable
    assert not (tmp_path / "data").exists()
    assert "nothing is stored" in caplog.text
    assert "canary" not in caplog.text


def test_a_quota_is_said_on_a_terminal() -> None:
    said = [
        quota.said(QuotaConfig(label="mood", most=5)),
        quota.said(QuotaConfig(per="contributor", every="day", most=20)),
        quota.said(QuotaConfig(most=9)),
    ]
    assert said == [
        "at most 5 records for each value of mood",
        "at most 20 records for each contributor and day",
        "at most 9 records",
    ]
    assert all(re.fullmatch(r"[ -~]+", each) for each in said)
