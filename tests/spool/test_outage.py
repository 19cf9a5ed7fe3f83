"""Does a service with a spool lose nothing while its store is away and its workers are killed?"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.conftest import needed
from tests.e2e.stack import Stack, service
from tests.pictures import make
from tests.process import PATIENCE, _die_with_parent
from tests.spool.line import spool_of

ROOT = Path(__file__).parent.parent.parent
HOLD = """
import sys, time
from pathlib import Path
from tests.spool.line import spool_of
with spool_of(Path(sys.argv[1])).elected() as mine:
    print(mine, flush=True)
    time.sleep(600)
"""
PHOTO = make("JPEG", 64, 48)


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait until something holds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it never came: {what}")


def workers(stack: Stack) -> set[int]:
    """Give the processes that serve."""
    pid = stack.services[0].pid
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def deliverer(folder: Path) -> int:
    """Give the process that holds the deliverer's lock, 0 if none does."""
    lock = folder / "locks" / "deliverer"
    if not lock.exists():
        return 0
    inode = str(lock.stat().st_ino)
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1] == "FLOCK" and words[5].split(":")[2] == inode:
            return int(words[4])
    return 0


def _more(under_way: list[Future[Any]], than: int) -> bool:
    return sum(each.done() for each in under_way) > than


class Outage:
    """A service over MongoDB and files, with a spool."""

    def __init__(self, stack: Stack, mongodb: servers.MongoServer, folder: Path, db: str) -> None:
        self.stack, self.mongodb, self.folder, self.db = stack, mongodb, folder, db
        self.spool = spool_of(folder)

    def send(self, number: int, *, keyed: bool = True) -> tuple[int, dict[str, Any]]:
        """Send one contribution until it is answered, as a client with a key may."""
        headers = {"Idempotency-Key": f"contribution-{number:08}"} if keyed else {}
        body = PHOTO + b"%d" % number

        def sent() -> Any:
            with suppress(OSError, Exception):
                answer = self.stack.request(
                    "PUT", f"/upload?n={number}", body=body, headers=headers
                )
                return answer if answer.status < 300 else None
            return None

        answer = until(sent, f"an answer to {number}") if keyed else sent()
        return answer.status, answer.json()

    def labels(self) -> list[dict[str, Any]]:
        with closing(self.mongodb.client()) as client:
            return list(client[self.db]["labels"].find())

    def delivered(self) -> bool:
        return not self.spool.names()

    def assert_each_once(self, receipts: list[dict[str, Any]]) -> None:
        rows = self.labels()
        assert sorted(row["uid"] for row in rows) == sorted(each["uid"] for each in receipts)
        times = {each["uid"]: each["received_at"] for each in receipts}
        named = {}
        for row in rows:
            ours = row["_librarian"]
            assert ours["received_at"] == times[row["uid"]]
            named[ours["data"][0]["stored"][0]["name"]] = PHOTO + row["n"].encode()
        files = {path.name: path.read_bytes() for path in (self.folder / "data").iterdir()}
        assert files == named
        assert not self.spool.buried()


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Callable[..., Outage]]:
    """Give a service whose MongoDB can be switched off; it is on at first."""
    with needed(servers.mongodb()) as mongodb:
        if mongodb.process is None:
            pytest.skip("the owner's MongoDB cannot be switched off")
        db = servers.fresh("db")
        address = f'"{mongodb.uri}/{db}?directConnection=true"'
        variables = {
            "INPUT_CONFIG": '{"type": "raw", "tag": "image"}',
            "DATA_ACTOR_CONFIG": f'[{{"actor": "file", "args": ["{tmp_path}/data"]}}]',
            "LABEL_ACTOR_CONFIG": (
                f'[{{"actor": "mongo", "kwargs": {{"uri": {address}, "collection": "labels",'
                ' "timeout": 1}}]'
            ),
            "SPOOL_DIRECTORY": str(tmp_path / "spool"),
        }
        with needed(service(variables, "--workers=2")) as stack:
            yield lambda: Outage(stack, mongodb, tmp_path, db)


def test_what_is_sent_while_the_store_is_away_is_there_afterwards(
    outage: Callable[[], Outage],
) -> None:
    run = outage()
    assert run.send(0)[0] == 201
    run.mongodb.stop()
    answers = [run.send(number, keyed=number % 2 == 0) for number in range(1, 9)]
    assert {status for status, _ in answers} == {202}
    assert run.stack.request("GET", "/readyz").status == 200
    assert len(run.spool.names()) == 8
    again = run.send(2)
    assert again == (202, {**answers[1][1], "replayed": True})
    run.mongodb.start()
    until(run.delivered, "delivery")
    status, first = run.send(0)
    assert status == 200
    run.assert_each_once([first, *(receipt for _, receipt in answers)])


def test_workers_killed_all_the_while_lose_and_double_nothing(
    outage: Callable[[], Outage],
) -> None:
    run = outage()
    run.mongodb.stop()
    with ThreadPoolExecutor(4) as clients:
        under_way = [clients.submit(run.send, number) for number in range(40)]
        for _ in range(4):
            done = [each for each in under_way if each.done()]
            until(partial(_more, under_way, len(done)), "an answer")
            for pid in workers(run.stack):
                os.kill(pid, signal.SIGKILL)
        run.mongodb.start()
        for _ in range(2):
            found = until(lambda: deliverer(run.spool.waiting.parent), "a deliverer")
            with suppress(ProcessLookupError):
                os.kill(found, signal.SIGKILL)  # never 0, which is all of this test run
        receipts = [each.result()[1] for each in under_way]
    until(run.delivered, "delivery")
    # what a killed worker left in the data store is for the journal to undo
    until(lambda: len(list((run.folder / "data").iterdir())) == 40, "the journal")
    run.assert_each_once(receipts)


def test_a_killed_deliverer_hands_over(outage: Callable[[], Outage]) -> None:
    run = outage()
    folder = run.spool.waiting.parent
    first = until(lambda: deliverer(folder), "a deliverer")
    assert first in workers(run.stack)
    run.mongodb.stop()
    receipts = [run.send(number)[1] for number in range(3)]
    os.kill(first, signal.SIGKILL)
    second = until(lambda: deliverer(folder) not in (0, first) and deliverer(folder), "another")
    assert second in workers(run.stack)
    run.mongodb.start()
    until(run.delivered, "delivery")
    run.assert_each_once(receipts)


def test_two_processes_elect_one_and_the_other_follows_when_it_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        preexec_fn=_die_with_parent,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        with spool_of(tmp_path).elected() as mine:
            assert not mine
        holder.kill()
        holder.wait()
    with spool_of(tmp_path).elected() as mine:
        assert mine
