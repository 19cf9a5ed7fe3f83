"""Does a served service tell of what it stored, over kills and receivers that are down?"""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.actors.test_webhook import SECRET, assert_signed
from tests.conftest import needed
from tests.e2e.stack import Stack, service
from tests.pictures import make
from tests.process import free_port
from tests.receiver import receiver

PHOTO = make("JPEG", 64, 48)


def variables(tmp_path: Path, url: str) -> dict[str, str]:
    labels = [
        {"actor": "sqlite", "args": [str(tmp_path / "labels.sqlite")]},
        {"actor": "webhook", "args": [url, SECRET]},
    ]
    return {
        "DATA_ACTOR_CONFIG": json.dumps([{"actor": "file", "args": [str(tmp_path / "data")]}]),
        "LABEL_ACTOR_CONFIG": json.dumps(labels),
        "LIBRARIAN_DATA_DIR": str(tmp_path / "own"),
        "LIBRARIAN_WORKERS": "2",
    }


def put(stack: Stack) -> Any:
    answer = stack.request("POST", "/put?label=cat", fields={"image": ("p.jpg", PHOTO)})
    assert answer.status == 200, answer.data
    return answer.json()


def test_a_receiver_that_is_down_changes_no_answer_and_is_told_after_a_kill(
    tmp_path: Path, dead_port: int
) -> None:
    port = free_port()
    given = variables(tmp_path, f"http://127.0.0.1:{port}/hook?from=librarian")
    with needed(service(given)) as stack:
        receipt = put(stack)
        assert stack.request("GET", "/readyz").status == 200
        os.killpg(stack.services[0].pid, signal.SIGKILL)
    with receiver(port) as there, needed(service(given)) as stack:
        posted = there.wait_for(1)[0]
        assert_signed(posted)
        assert posted.headers["webhook-id"] == receipt["uid"]
        assert json.loads(posted.body)["data"]["label"] == "cat"
        assert put(stack)["replayed"], "the same again is not told again"
        assert stack.request("POST", "/put?label=dog", fields={"image": ("p.jpg", PHOTO)})
        there.wait_for(2)
        assert len(set(there.ids())) == 2


def test_a_webhook_for_data_and_one_on_a_disk_that_does_not_last_are_refused() -> None:
    from librarian.problem import ConfigError
    from librarian.settings import load

    entry = json.dumps([{"actor": "webhook", "args": ["https://example.org/", SECRET]}])
    given = {"INPUT_CONFIG": '{"type": "json", "tag": "answers"}', "DYNO": "web.1"}
    with pytest.raises(ConfigError) as caught:
        load({**given, "DATA_ACTOR_CONFIG": entry, "LABEL_ACTOR_CONFIG": entry})
    said = str(caught.value)
    assert "DATA_ACTOR_CONFIG[0]: webhook is for labels, not for data" in said
    assert "LABEL_ACTOR_CONFIG[0]: keeps things on this host's own disk" in said
