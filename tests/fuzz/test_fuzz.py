"""Does the fuzzing itself work: are its inputs what they claim, and would it notice a fault?"""

import json
import random

import pytest

from tests.corpus import Case, encodings, headers, images
from tests.corpus.sending import Answer
from tests.fuzz import changes, messages, targets
from tests.fuzz.seeds import seeds

CASES = [*encodings.cases(), *headers.cases(), *images.cases()]


def test_a_request_of_the_corpus_is_the_same_after_writing_and_reading() -> None:
    plain = [case for case in CASES if case.method in messages.METHODS]
    read = [messages.read(messages.written(case)) for case in plain]
    assert len(plain) > 300
    same = [
        (new.body, new.target) == (case.body, case.target)
        for new, case in zip(read, plain, strict=True)
    ]
    assert all(same)


@pytest.mark.parametrize("name", targets.TARGETS)
def test_each_target_has_seeds_and_holds_for_some_of_them(name: str) -> None:
    found = seeds(name)
    assert len(found) >= 5
    for seed in found[:20]:
        targets.TARGETS[name](seed)


def test_the_same_dice_change_alike() -> None:
    whole = seeds("receive")
    one, other = (
        [changes.changed(dice, whole) for _ in range(50)]
        for dice in (random.Random(3), random.Random(3))
    )
    assert one == other
    assert len(set(one)) > 25


PROBLEM = {"type": "receive", "status": 400, "detail": "Broken."}


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (500, PROBLEM),
        (503, PROBLEM),
        (308, PROBLEM),
        (400, {**PROBLEM, "status": 422}),
        (400, {**PROBLEM, "detail": ""}),
        (409, {**PROBLEM, "status": 409}),
    ],
)
def test_an_answer_that_breaks_a_promise_is_noticed(status: int, document: object) -> None:
    answer = Answer(status, {"Access-Control-Allow-Origin": "*"}, json.dumps(document).encode())
    with pytest.raises(AssertionError):
        targets.see(Case("", "", b""), answer)
