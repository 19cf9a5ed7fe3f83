"""Is every record stored exactly once, wherever its process was killed?"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from librarian.record import PROVENANCE
from tests.process import _die_with_parent
from tests.spool.killed import OTHER, SCENES, SENT, TOKEN, UNKEYED
from tests.spool.line import Line, reason

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """Lend a folder in memory, if there is one: a killed process loses nothing there either."""
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


def folders(scene: str, folder: Path) -> list[Path]:
    """Have the scene played, and killed at every step; give what it left."""
    subprocess.run(
        [sys.executable, "-m", "tests.spool.killed", scene, str(folder)],
        cwd=ROOT,
        check=True,
        timeout=300,
        preexec_fn=_die_with_parent,
    )
    left = sorted(folder.iterdir())
    assert len(left) > 5, "there is more than one step to be killed at"
    return left


def begun_again(folder: Path, scene: str) -> Line:
    """Be the next process: the journal is looked through, the spool is delivered."""
    line = Line(folder, SCENES[scene][0])
    line.settle()
    line.spool.mend()
    line.ends()
    line.settle()
    return line


DELIVERIES = ("deliver", "deliver without a key", "deliver what was tried before")


@pytest.mark.parametrize("scene", [*DELIVERIES, "drop a duplicate"])
def test_a_deliverer_killed_at_any_step_delivers_once(quick: Path, scene: str) -> None:
    for folder in folders(scene, quick):
        line = begun_again(folder, scene)
        line.assert_once(UNKEYED if "without" in scene else SENT)
        line.assert_told(UNKEYED if "without" in scene else SENT)
        assert line.spool.room.taken == 0
        assert not line.spool.buried()


def test_a_used_key_is_dead_once_and_leaves_nothing(quick: Path) -> None:
    for folder in folders("bury a used key", quick):
        line = begun_again(folder, "bury a used key")
        line.assert_once(OTHER)
        line.assert_told(OTHER)
        assert reason(line.spool) == ["key-reused"]


def test_a_record_that_is_too_old_is_dead_or_delivered(quick: Path) -> None:
    for folder in folders("bury what is too old", quick):
        line = begun_again(folder, "bury what is too old")
        if line.spool.buried():
            assert line.bench.mark(SENT.uid) is None
            assert line.bench.kept() == {}
            line.spool.retry(line.spool.buried()[0])
            line.ends()
            line.settle()
        line.assert_once(SENT)
        line.assert_told(SENT)


def test_a_record_that_is_tried_again_is_delivered_once(quick: Path) -> None:
    for folder in folders("retry", quick):
        line = begun_again(folder, "retry")
        for name in line.spool.buried():
            line.spool.retry(name)
        line.ends()
        line.settle()
        line.assert_once(SENT)
        line.assert_told(SENT)


@pytest.mark.parametrize("scene", ["accept", "accept without a key", "accept always"])
def test_what_was_acknowledged_is_stored_and_the_rest_may_be_sent_again(
    quick: Path, scene: str
) -> None:
    sent = UNKEYED if "without" in scene else SENT
    for folder in folders(scene, quick):
        line = begun_again(folder, scene)
        if not (folder / "acknowledged").exists() and sent is SENT:
            line.take(sent)
            line.ends()
        whole = line.bench.mark(sent.uid)
        if whole is None:
            assert not (folder / "acknowledged").exists()
            assert line.bench.kept() == {}
            assert not line.spool.names()
        else:
            line.assert_once(sent)
            line.assert_told(sent)
            assert whole[PROVENANCE].get("attempt", "") != TOKEN
