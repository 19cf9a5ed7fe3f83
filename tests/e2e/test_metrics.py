"""Are the numbers those of all workers, whichever answers, and whoever of them is killed?"""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import urllib3
from prometheus_client.parser import text_string_to_metric_families as parsed

from tests.conftest import needed
from tests.e2e.stack import Stack, behind_nginx, service
from tests.pictures import make
from tests.process import wait_for

PHOTO = make("PNG", 64, 48)


def numbers(url: str) -> dict[str, float]:
    """Give the numbers of series without labels, and the sum over labels of the others."""
    answer = urllib3.request("GET", f"{url}/metrics", retries=False, timeout=30.0)
    assert answer.status == 200
    sums: dict[str, float] = {}
    for family in parsed(answer.data.decode()):
        for sample in family.samples:
            sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def workers(stack: Stack) -> list[int]:
    """Give the processes that gunicorn's first one made."""
    pid = stack.services[0].pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]


@pytest.fixture(scope="module")
def running() -> Iterator[Stack]:
    with needed(service({}, "--workers=3", "--max-requests=20")) as stack:
        yield stack


def test_workers_count_together_though_they_are_killed_and_replaced(running: Stack) -> None:
    sent, dead = 0, set[int]()
    for killed in range(3):
        for _ in range(30):
            with suppress(urllib3.exceptions.HTTPError):  # it met the one that was killed
                sent += running.request("PUT", "/upload", body=PHOTO).status == 201
        assert numbers(running.url)["librarian_contributions_total"] == sent
        worker = workers(running)[killed % 2]
        os.kill(worker, signal.SIGKILL)
        dead.add(worker)
    wait_for(lambda: len(set(workers(running)) - dead) == 3)
    wait_for(lambda: numbers(running.url)["librarian_workers"] == 3)
    sent += running.request("PUT", "/upload", body=PHOTO).status == 201
    said = numbers(running.url)
    assert said["librarian_contributions_total"] == sent > 60
    assert said["librarian_in_flight"] == 0


def test_behind_nginx_on_the_same_machine_nobody_reads_them() -> None:
    with needed(behind_nginx({})) as stack:
        answer = stack.request("GET", "/metrics")
        assert answer.status == 401
        assert b"librarian_" not in answer.data
        port = stack.services[0].name.split()[1]
        assert "librarian_workers" in numbers(f"http://127.0.0.1:{port}")
