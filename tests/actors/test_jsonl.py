"""Does the actor jsonl keep documents as one line each?"""

import json
from pathlib import Path
from typing import Any

import pytest

from librarian.actors.jsonl import Jsonl
from tests.actors.local import LocalStoreContract
from tests.contract import DOCUMENTS, document, labels

KEY = "0123456789abcdef01234567"


class TestTheContract(LocalStoreContract):
    @pytest.fixture
    def actor(self, tmp_path: Path) -> Jsonl:
        return Jsonl(str(tmp_path / "made" / "labels.jsonl"))

    @pytest.fixture
    def reopened(self, actor: Jsonl) -> Jsonl:
        return Jsonl(actor.path)

    def plant(self, actor: Any) -> None:
        text = Path(actor.path).read_text("utf-8")
        more = "".join(f"{json.dumps(each)}\n" for each in DOCUMENTS)
        Path(actor.path).write_text(text + more, "utf-8")


def test_the_file_holds_labels_and_data_in_the_order_of_their_coming(tmp_path: Path) -> None:
    actor = Jsonl(str(tmp_path / "labels.jsonl"))
    actor.act(KEY, labels(KEY))
    data = document()
    actor.act(f"{KEY}-answers", data)
    lines = (tmp_path / "labels.jsonl").read_text("utf-8").split("\n")
    assert [json.loads(line) for line in lines[:-1]] == [
        labels(KEY).value,
        data.row(f"{KEY}-answers"),
    ]
    assert lines[-1] == ""
