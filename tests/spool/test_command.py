"""What does `librarian spool` say, and does it do what it says?"""

import io
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from librarian import cli, moment
from librarian.commit import Attempt
from librarian.record import LABELS, Blob, Document
from librarian.spool.entry import Entry, written
from tests.commit.test_commit import record
from tests.spool.line import Line

RECORD = replace(
    record(),
    labels=Document(LABELS, {"label": "cat\x1b[31m"}),
    data=(Blob("image", b"one", "my photo.jpg"),),
    contributor="somebody-1",
)
SHA = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
CANARY = "canary-4711"


class Owner:
    """Somebody at a terminal, and the service's stores."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.line = Line(folder, {"max_age": 10**8})
        self._patch = monkeypatch
        for name, value in {
            "SPOOL_DIRECTORY": str(folder / "spool"),
            "SPOOL_MAX_AGE": "7d",
            "DATA_ACTOR_CONFIG": f'[{{"actor": "file", "args": ["{folder}/data"]}}]',
            "LABEL_ACTOR_CONFIG": f'[{{"actor": "sqlite", "args": ["{folder}/labels.sqlite"]}}]',
            "LIBRARIAN_DATA_DIR": str(folder / "own"),
            "SECRET": CANARY,
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(folder)

    def run(self, *args: str) -> tuple[int, str, str]:
        out, err, code = io.StringIO(), io.StringIO(), 0
        self._patch.setattr(sys, "argv", ["librarian", "spool", *args])
        self._patch.setattr(sys, "stdout", out)
        self._patch.setattr(sys, "stderr", err)
        try:
            cli.main()
        except SystemExit as end:
            code = int(str(end.code or 0))
        finally:
            self._patch.setattr(sys, "stdout", sys.__stdout__)
            self._patch.setattr(sys, "stderr", sys.__stderr__)
        assert CANARY not in out.getvalue() + err.getvalue()
        return code, out.getvalue(), err.getvalue()

    def put(self, seconds: float = 1_800_000_000.0, token: str = "0123abcd") -> str:
        attempt = Attempt(token, moment.written(seconds))
        name = self.line.spool.put(Entry(RECORD, (), "c0ffee", attempt))
        return name.removesuffix(".rec")


@pytest.fixture
def owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Owner:
    return Owner(tmp_path, monkeypatch)


NAME = f"1800000000000-{RECORD.uid}-0123abcd"
AT = "2027-01-15T08:00:00.000Z"
SIZE = len(written(Entry(RECORD, (), "c0ffee", Attempt("0123abcd", AT))))


def test_status_tells_what_waits_and_who_delivers(owner: Owner, tmp_path: Path) -> None:
    assert owner.put() == NAME
    code, out, err = owner.run("status")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        f"directory     {tmp_path}/spool",
        "when          failure",
        "waiting       1 record",
        f"oldest        {AT}",
        "dead          0 records",
        f"room taken    {SIZE} bytes of 1 GiB",
        "tried for     7d",
        "deliverer     none is running",
    ]
    with owner.line.spool.elected():
        assert "deliverer     running" in owner.run("status")[1]


def test_list_tells_a_line_for_each(owner: Owner) -> None:
    assert owner.run("list")[1] == "The spool is empty.\n"
    owner.put()
    dead = owner.line.spool.names()[0]
    owner.line.spool.bury(dead, "key-reused", "This key was used before.")
    waiting = owner.put(1_800_000_001.0, "ffffffff")
    gap = " " * (len(NAME) - 4)
    assert owner.run("list")[1].splitlines() == [
        f"NAME{gap}  STATE    SIZE       SINCE                     REASON",
        f"{waiting}  waiting  {SIZE} bytes  2027-01-15T08:00:01.000Z",
        f"{NAME}  dead     {SIZE} bytes  {AT}  key-reused",
    ]


def test_show_tells_everything_but_the_bytes(owner: Owner) -> None:
    owner.put()
    code, out, _ = owner.run("show", NAME)
    assert code == 0
    assert out.splitlines() == [
        f"name          {NAME}",
        "state         waiting",
        f"since         {AT}",
        f"size          {SIZE} bytes",
        f"uid           {RECORD.uid}",
        "attempt       0123abcd",
        f"received      {AT}",
        f"fingerprint   {RECORD.fingerprint}",
        "config        c0ffee",
        "contributor   somebody-1",
        'labels        {"label": "cat\\u001b[31m"}',
        f"data          image: blob, my photo.jpg, 3 bytes, sha256 {SHA}",
    ]


def test_show_tells_why_a_record_is_dead_and_that_it_is_damaged(owner: Owner) -> None:
    name = f"{owner.put()}.rec"
    (owner.line.spool.waiting / name).write_bytes(b"torn")
    owner.line.deliverer.deliver(name)
    out = owner.run("show", name)[1]
    assert "state         dead\nreason        corrupt, " in out
    assert "damaged       its first line is not as it was written" in out
    assert owner.run("retry", name)[0] == 1


def test_retry_lets_a_dead_record_wait_again_and_drain_delivers_it(owner: Owner) -> None:
    owner.put()
    owner.line.spool.bury(f"{NAME}.rec", "too-old", "")
    code, out, _ = owner.run("retry", NAME)
    (new,) = owner.line.spool.names()
    assert (code, out) == (0, f"{NAME} waits again, as {new.removesuffix('.rec')}.\n")
    assert owner.run("drain")[:2] == (0, "delivered     1\nleft          0\n")
    owner.line.assert_once(RECORD)
    assert owner.run("drain")[:2] == (0, "left          0\n")


def test_a_record_that_waits_needs_no_retry(owner: Owner) -> None:
    owner.put()
    assert owner.run("retry", NAME) == (1, "", f"“{NAME}” waits already.\n")


def test_drop_forgets_a_record_and_has_undone_what_it_wrote(owner: Owner, tmp_path: Path) -> None:
    at = time.time()
    name = owner.put(at)
    owner.line.refuse_marks()
    assert owner.line.ends() == ["waits"]
    owner.line.on()
    assert len(owner.line.bench.kept()) == 1
    assert owner.run("drop", name)[:2] == (0, f"{name} is dropped.\n")
    assert owner.line.spool.names() == []
    assert list((tmp_path / "own" / "journal").glob("*.left")), "the settler undoes it"
    dead = owner.put(at)
    owner.line.spool.bury(f"{dead}.rec", "too-old", "")
    assert owner.run("drop", dead)[0] == 0
    assert owner.line.spool.buried() == []


def test_drain_ends_with_1_if_something_is_left(owner: Owner, tmp_path: Path) -> None:
    name = owner.put(time.time())
    (tmp_path / "data").write_bytes(b"a file in the way")
    code, out, _ = owner.run("drain")
    assert code == 1
    assert out.startswith("left          1\n")
    assert owner.line.spool.names() == [f"{name}.rec"]


def test_drain_tells_each_kind_of_end(owner: Owner) -> None:
    owner.line.commit.store(RECORD, (), "elsewhere")
    owner.put()
    assert owner.run("drain")[:2] == (0, "duplicate     1\nleft          0\n")


@pytest.mark.parametrize("action", ["show", "retry", "drop"])
def test_an_unknown_name_is_an_error_with_a_hint(owner: Owner, action: str) -> None:
    owner.put()
    code, out, err = owner.run(action, NAME[:-1] + "e")
    assert (code, out) == (1, "")
    assert err.startswith(f"There is no record “{NAME[:-1]}e” in the spool.")
    assert f'Did you mean "{NAME}"?' in err
    assert owner.run(action, "../../etc/passwd")[0] == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["shw"], "librarian spool does not shw; it does status, list, show, retry, drop, drain."),
        (["show"], "librarian spool show needs the NAME of a record; see librarian spool list."),
        (["drain", "a"], "librarian spool drain has no NAME."),
        ([], "ACTION is missing"),
    ],
)  # fmt: skip
def test_a_misused_command_is_told_in_a_sentence(owner: Owner, args: list[str], said: str) -> None:
    code, out, err = owner.run(*args)
    assert (code, out) == (2, "")
    assert err.startswith(said)


def test_without_a_spool_it_says_so(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPOOL_DIRECTORY")
    monkeypatch.delenv("SPOOL_MAX_AGE")
    assert owner.run("status") == (
        2,
        "",
        "SPOOL_CONFIG: is not set, so there is no spool\n",
    )


def test_check_tells_of_the_spool(
    owner: Owner,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(sys, "argv", ["librarian", "check"])
    cli.main()
    told = capsys.readouterr().out
    said = f"spool         {tmp_path}/spool: what a store does not take waits there,"
    assert f"{said} at most 1 GiB and 7d\n" in told
