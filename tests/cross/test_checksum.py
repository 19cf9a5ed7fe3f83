import hashlib
from typing import Any

import pytest

from librarian.record import Blob, Document
from tests.configured import contradictions, cross

DATA = Blob("image", b"some bytes")
SUM = hashlib.sha256(b"some bytes").hexdigest()


@pytest.mark.parametrize("claimed", [SUM, SUM.upper()])
def test_the_sum_of_the_data_is_fine_in_any_case(claimed: str) -> None:
    assert contradictions(cross("checksum"), {"sha256": claimed}, DATA) == []


def test_the_sum_of_other_data_is_refused() -> None:
    other = hashlib.sha256(b"other bytes").hexdigest()
    found = contradictions(cross("checksum"), {"sha256": other}, DATA)
    assert found == [("checksum", ("labels", "sha256"))]


@pytest.mark.parametrize("odd", ["", SUM[:-1], SUM + "\n", "g" * 64, "٣" * 64, 3, None])
def test_what_is_no_sum_is_refused(odd: Any) -> None:
    found = contradictions(cross("checksum"), {"sha256": odd}, DATA)
    assert found == [("pattern", ("labels", "sha256"))]


def test_without_a_sum_there_is_nothing_to_compare() -> None:
    assert contradictions(cross("checksum"), {}, DATA) == []


def test_a_sum_of_data_that_did_not_come_is_refused() -> None:
    found = contradictions(cross("checksum", input="mask"), {"sha256": SUM}, DATA)
    assert found == [("data", ("labels", "sha256"))]


def test_the_label_and_the_input_can_be_named() -> None:
    mask = Document("mask", [1], b"[ 1 ]")
    step = cross("checksum", "sums.mask", input="mask")
    true = hashlib.sha256(b"[ 1 ]").hexdigest()
    assert contradictions(step, {"sums": {"mask": true}}, DATA, mask) == []
    assert contradictions(step, {"sums": {"mask": SUM}}, DATA, mask) != []
    assert step.declares() == {"sums.mask": "str"}
