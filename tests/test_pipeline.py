"""Does the service without the web keep to its order, its limits and its promises?"""

import base64
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from librarian.chain import Step
from librarian.component import Validator, component
from librarian.pipeline import Pipeline, build
from librarian.problem import Problem
from librarian.record import Carrier, Document, Submission
from librarian.selection import Selection
from librarian.settings import load
from librarian.stage import Failure
from tests.pictures import make

PHOTO = make("JPEG", 40, 30)


def pipeline(folder: Path, *label_checks: Any, **variables: str) -> Pipeline:
    """Make a service over local stores, with validators of a test's own."""
    settings = load({"LIBRARIAN_DATA_DIR": str(folder), **variables})
    steps = tuple(Step(check, "LABEL_VALID_CONFIG[0]") for check in label_checks)
    return build(settings.model_copy(update={"label_valid": steps}))


def submission(content: bytes = PHOTO, **labels: str) -> Submission:
    return Submission("raw", query=tuple(labels.items()), body=Carrier("body", content))


@component
class Slow(Validator[Document]):
    """Wait until it is let go."""

    name = "slow"

    @cached_property
    def reached(self) -> threading.Semaphore:
        return threading.Semaphore(0)

    @cached_property
    def go(self) -> threading.Event:
        return threading.Event()

    def check(self, part: Document) -> Iterator[Problem]:
        self.reached.release()
        self.go.wait(30)
        yield from ()


def test_more_at_one_time_than_allowed_wait_a_moment_and_are_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("librarian.pipeline.PLACE_WITHIN", 0.1)
    slow = Slow()
    assert not slow.go.is_set()
    service = pipeline(tmp_path, slow, LIBRARIAN_MAX_IN_FLIGHT="2")
    receipts: list[str] = []
    threads = [
        threading.Thread(target=lambda: receipts.append(service.submit(submission()).uid))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        assert slow.reached.acquire(timeout=10)
    with pytest.raises(Failure) as turned_away:
        service.submit(submission())
    assert turned_away.value.stage.slug == "overload"
    assert turned_away.value.stage.retry_after > 0
    slow.go.set()
    for thread in threads:
        thread.join(10)
    receipts.append(service.submit(submission()).uid)
    assert len(set(receipts)) == 3


def test_text_is_not_kept_in_memory_beside_the_data_that_were_read_of_it(tmp_path: Path) -> None:
    class Text(str):
        """A text that can be watched."""

    slow = Slow()
    service = pipeline(tmp_path, slow)
    text = Text(base64.b64encode(PHOTO).decode())
    alive = weakref.ref(text)
    sent = Submission("form", pieces=(("image", Carrier("field", text)),))
    del text
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(service.submit, sent)
        assert slow.reached.acquire(timeout=10)
        assert alive() is None
        slow.go.set()
        assert taken.result(10).data[0]["bytes"] == len(PHOTO)


def test_a_refused_one_gives_its_place_back(tmp_path: Path) -> None:
    service = pipeline(tmp_path, LIBRARIAN_MAX_IN_FLIGHT="1")
    for _ in range(3):
        with pytest.raises(Failure) as refused:
            service.submit(submission(PHOTO[:100]))
        assert refused.value.stage.slug == "data-validation"
    assert service.submit(submission()).uid


def test_a_fault_that_only_flags_is_kept_with_the_record(tmp_path: Path) -> None:
    service = build(
        load(
            {
                "LABEL_VALID_CONFIG": (
                    '[{"validator": "range", "args": [{"x": [0, 9]}], "on_fail": "flag"}]'
                ),
                "DATA_ACTOR_CONFIG": "[]",
                "LABEL_ACTOR_CONFIG": f'[{{"actor": "sqlite", "args": ["{tmp_path}/l"]}}]',
                "LIBRARIAN_DATA_DIR": str(tmp_path),
            }
        )
    )
    receipt = service.submit(submission(x="12"))
    assert [flag["stage"] for flag in receipt.flags] == ["label-validation"]
    plain = service.submit(submission(x="3"))
    assert plain.flags == ()
    assert service.collection is not None
    for asked, wanted in (("flagged", receipt.uid), ("received", plain.uid)):
        found = service.collection.select(Selection.read([asked]))
        assert [entry.uid for entry in found] == [wanted]
    reviewed = service.collection.amend(receipt.uid, "approved", by="anna")
    assert reviewed is not None
    assert reviewed.before == "flagged"
    assert [e.what for e in service.collection.events()] == ["approved"]


def test_labels_and_data_are_both_told_of_but_not_what_needs_both(tmp_path: Path) -> None:
    cross = '[{"validator": "inside"}]'
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]", "CROSS_VALID_CONFIG": cross}
    checks = {
        "LABEL_VALID_CONFIG": '[{"validator": "type", "args": [{"x": "int"}]}]',
        "DATA_VALID_CONFIG": '[{"validator": "img", "kwargs": {"min_width": 100}}]',
    }
    service = build(load({**stores, **checks}))
    with pytest.raises(Failure) as refused:
        service.submit(submission(x="far", y="1", width="9999", height="1"))
    assert [p.stage for p in refused.value.problems] == ["label-validation", "data-validation"]
    assert refused.value.stage.slug == "label-validation"
