"""Is what came in printed as one line each, and is a terminal that is gone a fault of the store?"""

import io
import os
import sys
from typing import Any

import pytest

from librarian.actors.print import Print
from librarian.record import LABELS, Blob, Document
from librarian.stage import StoreError
from tests.pictures import make


def test_labels_are_printed_whole_and_of_data_the_kind_and_the_size(
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo = Blob("image", make("PNG", 8, 8))
    Print().act("a" * 24, Document(LABELS, {"label": "cat"}))
    Print().act("a" * 24, photo)
    labels, data = capsys.readouterr().out.splitlines()
    assert labels == f'{"a" * 24} labels: {{"label":"cat"}}'
    assert f"{len(photo.content)} bytes" in data
    assert photo.sha256 in data


def test_where_nobody_reads_any_more_it_is_a_fault_of_the_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    raw: Any = io.FileIO(writes, "w")
    with io.TextIOWrapper(raw, write_through=True) as unread:
        monkeypatch.setattr(sys, "stdout", unread)
        with pytest.raises(StoreError, match="EPIPE"):
            Print().act("a" * 24, Document(LABELS, {"label": "cat"}))
