"""What must every store on this machine's own disk hold to, beyond the contract of all stores?

Processes are real ones here: started anew, forked, short of room on the disk, killed.
"""

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

from librarian import uid
from librarian.actors import ACTORS
from librarian.record import LABELS, Blob, Document, Part, Stored
from librarian.stage import Exists, StoreError
from tests.contract import FOREIGN, ActorContract, assert_kept, blob, each_kind, labels

PROCESSES, EACH = 4, 50
LITTLE = 256 * 1024
LOOP = """
import sys
from librarian.actors import ACTORS
from tests.actors.local import part_of
actor = ACTORS.find(sys.argv[1])(*sys.argv[2:])
for number in range(1_000_000):
    key = f"{number:024x}"
    actor.act(key, part_of(actor, key, number))
    print(key, flush=True)
"""


def part_of(actor: Any, key: str, number: int) -> Part:
    """Give a part of the kind that the actor is mostly given."""
    return labels(key, number) if Document in actor.takes else blob(number)


def large(actor: Any, key: str) -> Part:
    """Give a part that needs more room than `LITTLE`."""
    if Document in actor.takes:
        return Document(LABELS, {**labels(key).value, "long": "x" * 4 * LITTLE})
    return Blob("image", b"\xff\xd8\xff" + b"x" * 4 * LITTLE)


def given(actor: Any) -> tuple[str, ...]:
    """Give what makes the same component in another process."""
    return (actor.name, *(each for each in astuple(actor) if each))


def made(name: str, *args: str) -> Any:
    """Make the component of another process."""
    found = ACTORS.find(name)
    assert found is not None
    return found(*args)


def act_often(told: tuple[str, ...], keys: list[str]) -> None:
    actor = made(*told)
    for number, key in enumerate(keys):
        actor.act(key, part_of(actor, key, number))


def act_once_each(told: tuple[str, ...], keys: list[str]) -> list[bool]:
    """Try every key; tell which of them this process got."""
    actor, won = made(*told), []
    for key in keys:
        try:
            actor.act(key, part_of(actor, key, os.getpid()))
            won.append(True)
        except Exists:
            won.append(False)
    return won


def act_with_little_room(told: tuple[str, ...], key: str, small_key: str) -> str:
    """Keep what is too large for the room there is, then something small; tell the fault."""
    actor = made(*told)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LITTLE, LITTLE))
    try:
        actor.act(key, large(actor, key))
    except StoreError as error:
        actor.act(small_key, part_of(actor, small_key, 1))
        return f"{type(error).__name__} {error}"
    return "no fault"


def act_before_and_after_a_fork(told: tuple[str, ...], keys: list[str]) -> int:
    actor = made(*told)
    actor.act(keys[0], part_of(actor, keys[0], 0))
    child = os.fork()
    if not child:
        try:
            actor.act(keys[1], part_of(actor, keys[1], 1))
            os._exit(0)
        finally:
            os._exit(1)
    actor.act(keys[2], part_of(actor, keys[2], 2))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class LocalStoreContract(ActorContract):
    """The contract, and what only a disk asks for."""

    @pytest.fixture
    def processes(self) -> Iterator[ProcessPoolExecutor]:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, context) as pool:
            yield pool

    def plant(self, actor: Any) -> None:
        """Put files beside its own, where it keeps files; stores of one file have another."""
        folder = Path(actor.directory)
        folder.mkdir(parents=True, exist_ok=True)
        for name in FOREIGN:
            (folder / name).write_text("the owner's own")
        (folder / f"{uid.mint()}.json").mkdir()
        (folder / f"{uid.mint()}.jpg").symlink_to(folder / FOREIGN[0])

    def test_it_says_that_it_is_local(self, actor: Any) -> None:
        assert actor.local

    def test_many_processes_lose_nothing(self, actor: Any, processes: ProcessPoolExecutor) -> None:
        keys = [[uid.mint() for _ in range(EACH)] for _ in range(PROCESSES)]
        list(processes.map(act_often, [given(actor)] * PROCESSES, keys))
        for some in keys:
            for number, key in enumerate(some):
                assert_found(actor, key, part_of(actor, key, number))

    def test_of_many_processes_with_one_key_one_keeps(
        self, actor: Any, processes: ProcessPoolExecutor
    ) -> None:
        keys = [uid.mint() for _ in range(EACH)]
        won = list(processes.map(act_once_each, [given(actor)] * PROCESSES, [keys] * PROCESSES))
        assert [sum(each) for each in zip(*won, strict=True)] == [1] * EACH

    def test_it_works_on_both_sides_of_a_fork(
        self, actor: Any, processes: ProcessPoolExecutor
    ) -> None:
        keys = [uid.mint() for _ in range(3)]
        assert processes.submit(act_before_and_after_a_fork, given(actor), keys).result() == 0
        for number, key in enumerate(keys):
            assert_found(actor, key, part_of(actor, key, number))

    def test_what_finds_no_room_leaves_nothing_and_what_fits_is_kept(
        self, actor: Any, processes: ProcessPoolExecutor, tmp_path: Path
    ) -> None:
        kept = [(actor.act(key, part), key, part) for key, part in each_kind(actor)]
        before = {path.name for path in tmp_path.rglob("*")}
        key, small = uid.mint(), uid.mint()
        said = processes.submit(act_with_little_room, given(actor), key, small).result()
        assert said.startswith("StoreError")
        assert str(tmp_path) not in said
        part = part_of(actor, small, 1)
        name = actor.name_of(small, part.extension)
        assert {path.name for path in tmp_path.rglob("*")} - {name} == before
        assert_found(actor, small, part)
        for stored, other, whole in kept:
            assert_kept(actor, stored, other, whole)
        whole = large(actor, key)
        assert actor.fetch(actor.name_of(key, whole.extension)) is None
        assert_kept(actor, actor.act(key, whole), key, whole)

    def test_what_was_answered_for_survives_a_kill(self, actor: Any) -> None:
        with subprocess.Popen(
            [sys.executable, "-c", LOOP, *given(actor)], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            keys = [process.stdout.readline().strip() for _ in range(30)]
            process.send_signal(signal.SIGKILL)
            keys += process.stdout.read().split("\n")[:-1]
        for number, key in enumerate(keys):
            assert_found(actor, key, part_of(actor, key, number))
        key = uid.mint()
        part = part_of(actor, key, 0)
        assert_kept(actor, actor.act(key, part), key, part)

    @pytest.mark.parametrize(
        "key",
        ["../out", "a/b", "/etc/out", "", ".", "..", "a\0b", "a\n", "ä", "a.b", "a b", "a\\b"],
    )
    def test_a_key_that_is_no_plain_name_is_refused(
        self, actor: Any, key: str, tmp_path: Path
    ) -> None:
        for _, part in each_kind(actor):
            with pytest.raises(StoreError) as caught:
                actor.act(key, part)
            assert not isinstance(caught.value, Exists)
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]

    def test_a_place_that_cannot_be_is_a_store_error_that_does_not_name_it(
        self, actor: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "taken").write_text("a file, no folder")
        lost = made(actor.name, str(tmp_path / "taken" / "below" / "store"))
        key, part = next(each_kind(lost))
        for call in (lambda: lost.act(key, part), lost.ping):
            with pytest.raises(StoreError) as caught:
                call()
            assert str(tmp_path) not in str(caught.value)


def assert_found(actor: Any, key: str, part: Part) -> None:
    """Assert that the store has the part under the name that it must have."""
    name = actor.name_of(key, part.extension)
    assert_kept(actor, Stored(actor.name, name), key, part)
