"""Does `librarian send` get every file stored once, and say honestly what became of each?"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from librarian.sending.labelling import Unusable
from librarian.sending.service import at
from tests.chaos.proxy import PASS, Fault
from tests.e2e.elsewhere import Elsewhere, elsewhere
from tests.e2e.stack import ROOT, service
from tests.pictures import make
from tests.process import HOST

UPLOAD = b"POST /upload"
TYPED = {
    "INPUT_CONFIG": '{"type": "base64", "tag": "image"}',
    "LABEL_VALID_CONFIG": '[{"validator": "type", "args": [{"x": "int", "batch": "str"}]}]',
    "DATA_VALID_CONFIG": '[{"validator": "img"}]',
    "DATA_ACTOR_CONFIG": '[{"actor": "file", "args": ["librarian-data/images"]}]',
    "LABEL_ACTOR_CONFIG": '[{"actor": "sqlite", "args": ["librarian-data/labels.sqlite"]}]',
}
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    """Give three photos that nobody has sent before."""
    for number in range(3):
        note = os.urandom(8).hex().encode()
        content = make("JPEG", 40 + number, 30)
        (tmp_path / f"{number}.jpg").write_bytes(
            content[:2] + b"\xff\xfe\x00\x12" + note + content[2:]
        )
    return [str(tmp_path / f"{number}.jpg") for number in range(3)]


def send(url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as a contributor would."""
    return subprocess.run(
        [sys.executable, "-m", "librarian", "send", url, *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def through(there: Elsewhere) -> str:
    """Give the service's address behind the proxy."""
    return f"http://{HOST}:{there.proxy.port}"


def test_files_are_stored_once_however_often_they_are_sent(
    there: Elsewhere, photos: list[str]
) -> None:
    labels = ("--labels", '{"label": "cat", "batch": "once", "x": 0.5}')
    first = send(there.stack.url, *photos, *labels)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "sent 3, already there 0, refused 0, failed 0\n"
    again = send(there.stack.url + "/upload/", *photos, *labels)
    assert (again.returncode, again.stdout) == (
        0, "sent 0, already there 3, refused 0, failed 0\n",
    )  # fmt: skip
    records = there.records(batch="once")
    assert [(each["label"], each["x"]) for each in records] == [("cat", 0.5)] * 3
    sizes = {each["_librarian"]["data"][0]["bytes"] for each in records}
    assert sizes == {Path(photo).stat().st_size for photo in photos}


def test_what_is_refused_is_told_with_every_fault_and_the_others_are_sent(
    there: Elsewhere, photos: list[str]
) -> None:
    Path(photos[1]).write_bytes(b"%PDF-1.7")
    table = Path(photos[0]).with_name("labels.jsonl")
    more: dict[int, dict[str, int]] = {1: {"_x": 1}}
    rows = [{"file": f"{n}.jpg", "batch": "mixed", **more.get(n, {})} for n in range(3)]
    table.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    run = send(there.stack.url, *photos, "--labels", str(table))
    assert (run.returncode, run.stderr) == (1, "")
    first, second, last = run.stdout.splitlines()
    assert re.match(re.escape(photos[1]) + r": refused: .*PDF.* \(415 type\)$", first)
    assert "“_x”" in second
    assert last == "sent 2, already there 0, refused 1, failed 0"
    assert len(there.records(batch="mixed")) == 2


def test_it_tries_again_after_503_and_after_a_lost_answer_and_stores_once(
    there: Elsewhere, photos: list[str]
) -> None:
    busy = BUSY % b"1"
    url = through(there)
    for number, fault in enumerate(
        (
            Fault("refusal", match=UPLOAD, answer=busy),
            Fault("swallow", match=UPLOAD),
            Fault("reset", match=UPLOAD),
        )
    ):
        there.proxy.now(Fault(fault.kind, UPLOAD, answer=busy, then=lambda: there.proxy.now(PASS)))
        run = send(url, photos[number], "--labels", f'{{"batch": "tried again", "n": {number}}}')
        assert run.stdout == "sent 1, already there 0, refused 0, failed 0\n", run.stdout
        assert run.returncode == 0
        assert len(there.records(batch="tried again", n=number)) == 1


def test_a_service_that_asks_to_wait_for_hours_is_not_waited_for(
    there: Elsewhere, photos: list[str]
) -> None:
    later = (
        b"HTTP/1.1 429 Enough\r\nRetry-After: 7200\r\nConnection: close\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    there.proxy.now(Fault("refusal", match=UPLOAD, answer=later))
    run = send(through(there), photos[0])
    assert run.returncode == 1
    assert "It asks to wait 7,200 s" in run.stdout


def test_an_interrupted_run_ends_at_once_and_can_be_run_again(
    there: Elsewhere, photos: list[str]
) -> None:
    there.proxy.now(Fault("refusal", match=UPLOAD, answer=BUSY % b"60"))
    words = [sys.executable, "-m", "librarian", "send", through(there), *photos]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=environ, stderr=subprocess.PIPE) as running:
        assert there.proxy.struck(3)
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
        assert running.stderr is not None
        assert running.stderr.read() == b""
    there.proxy.now(PASS)
    assert send(through(there), *photos).stdout.startswith("sent 3,")


def test_a_service_that_is_not_there_is_told_and_nothing_waits_for_ever(
    there: Elsewhere, photos: list[str]
) -> None:
    there.proxy.now(Fault("refuse"))
    run = send(through(there), *photos, "--tries=2")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == f"{through(there)} could not be reached: connection refused.\n"


def test_a_service_that_goes_away_fails_every_file_and_says_why(
    there: Elsewhere, photos: list[str]
) -> None:
    there.proxy.now(Fault("reset", match=UPLOAD))
    run = send(through(there), *photos, "--tries=2", "--at-once=1")
    assert run.returncode == 1
    *lines, last = run.stdout.splitlines()
    assert last == "sent 0, already there 0, refused 0, failed 3"
    assert all("could not be reached" in line for line in lines)
    assert sum("It was not tried" in line for line in lines) == 2


def test_a_page_of_somebody_else_is_no_service(there: Elsewhere, photos: list[str]) -> None:
    run = send(there.url, *photos)
    assert (run.returncode, run.stdout) == (2, "")
    assert "is not the address of a service" in run.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.jpg"], "nowhere.jpg is not there"),
        (["."], "is a folder"),
        (["--labels={"], "FILES... is missing"),
        ([__file__, "--labels={"], "not JSON"),
        ([__file__, "--labels=cat"], "neither a JSON object nor"),
        ([__file__, "--tries=none"], "--tries is a whole number"),
        ([__file__, "--at-once=0"], "--at-once is a whole number"),
        ([__file__, "--token=@nowhere"], "of --token cannot be read"),
        ([__file__, "--consent=ä"], "Librarian-Consent takes printable ASCII"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_sent(
    there: Elsewhere, words: list[str], said: str
) -> None:
    before = len(there.records())
    run = send(there.stack.url, *words)
    assert (run.returncode, run.stdout) == (2, "")
    assert said in run.stderr
    assert "Traceback" not in run.stderr
    assert len(there.records()) == before


@pytest.mark.parametrize(
    "url", ["photo.jpg", "ftp://a.example", "http://", "http://a b", "http://u:p@a"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Unusable, match="is not an address"):
        at(url)


@pytest.mark.parametrize("url", ["https://a.example/x/", "https://a.example/x/upload"])
def test_an_address_is_taken_as_people_write_it(url: str) -> None:
    assert at(url).url == "https://a.example/x"


def test_who_sends_is_sent_along(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret\n")
    made = at("http://a", token=f"@{tmp_path}/token", contributor="somebody", consent="2")
    assert made.headers == {
        "Authorization": "Bearer secret",
        "Librarian-Contributor": "somebody",
        "Librarian-Consent": "2",
    }
    assert at("http://a").headers == {}


def test_text_of_a_table_is_read_as_the_service_declares_it(photos: list[str]) -> None:
    table = Path(photos[0]).with_name("labels.csv")
    rows = ["file,x,batch", "0.jpg,3,2020", "1.jpg,4,å", "2.jpg,many,b"]
    table.write_text("\n".join(rows))
    with service(TYPED, "--workers=1") as stack, elsewhere(stack) as place:
        run = send(stack.url, *photos, "--labels", str(table))
        records: list[dict[str, Any]] = place.records()
    assert run.returncode == 1
    assert f"{photos[2]}: refused: “x” must be a whole number. (422 label-validation)" in run.stdout
    assert sorted((each["x"], each["batch"]) for each in records) == [(3, "2020"), (4, "å")]
