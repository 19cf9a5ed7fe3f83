"""Do the servers of the tests end for sure, and is one that is missing never passed over in CI?"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import conftest, process, servers

HOLDER = """
import sys, time
from tests import servers
with servers.rclone() as running:
    print(running.endpoint.rpartition(":")[2], flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_a_server_ends_even_when_the_run_is_killed(
    rclone: servers.S3Server,
) -> None:
    root = Path(__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, cwd=root
    ) as holder:
        assert holder.stdout is not None
        port = int(holder.stdout.readline())
        assert _open(port)
        holder.send_signal(signal.SIGKILL)
    until = time.monotonic() + process.PATIENCE
    while _open(port) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _open(port)


def test_a_missing_server_skips_here_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def nowhere() -> Iterator[None]:
        raise process.Missing("there is none")
        yield

    for ci, outcome in (("", pytest.skip.Exception), ("true", pytest.fail.Exception)):
        monkeypatch.setenv("CI", ci)
        with pytest.raises(outcome, match="there is none"), conftest.needed(nowhere()):
            pass


def test_the_servers_of_an_owner_are_used_and_never_switched_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(servers.MONGODB_URI, "mongodb://u:p@db.example.org/x")
    monkeypatch.setenv(servers.S3_ENDPOINT, "https://s3.example.org")
    monkeypatch.setenv("LIBRARIAN_TEST_S3_BUCKET", "mine")
    s3 = servers.owners_s3()
    assert s3 is not None
    with servers.mongodb() as mongo:
        assert mongo.uri == "mongodb://u:p@db.example.org/x"
        assert (s3.endpoint, s3.new_bucket()) == ("https://s3.example.org", "mine")
        for running in (mongo, s3):
            with pytest.raises(servers.NotOurs):
                running.stop()


def _open(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((process.HOST, port)) == 0
