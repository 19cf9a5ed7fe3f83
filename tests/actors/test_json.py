"""Does the actor json keep documents as one valid JSON array?"""

import json
from pathlib import Path
from typing import Any

import pytest

from librarian.actors.json import Json
from tests.actors.local import LocalStoreContract
from tests.contract import DOCUMENTS, document, labels

KEY = "0123456789abcdef01234567"


class TestTheContract(LocalStoreContract):
    @pytest.fixture
    def actor(self, tmp_path: Path) -> Json:
        return Json(str(tmp_path / "made" / "labels.json"))

    @pytest.fixture
    def reopened(self, actor: Json) -> Json:
        return Json(actor.path)

    def plant(self, actor: Any) -> None:
        text = Path(actor.path).read_text("utf-8")
        more = "".join(f",{json.dumps(each)}" for each in DOCUMENTS)
        Path(actor.path).write_text(f"{text.rstrip().removesuffix(']')}{more}]", "utf-8")


def test_the_file_holds_labels_and_data_in_the_order_of_their_coming(tmp_path: Path) -> None:
    actor = Json(str(tmp_path / "labels.json"))
    actor.act(KEY, labels(KEY))
    data = document()
    actor.act(f"{KEY}-answers", data)
    assert json.loads((tmp_path / "labels.json").read_text("utf-8")) == [
        labels(KEY).value,
        data.row(f"{KEY}-answers"),
    ]


def test_a_file_that_the_service_of_2020_kept_is_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    old = [{"filename": "a.jpg", "x": 1}, {"filename": "b.jpg", "x": 2}]
    path.write_text(json.dumps(old))
    Json(str(path)).act(KEY, labels(KEY))
    assert json.loads(path.read_text("utf-8")) == [*old, labels(KEY).value]
