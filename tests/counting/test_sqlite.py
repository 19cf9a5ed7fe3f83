"""Does our storage keep the contract of `limits`, and hold for many processes at once?"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from librarian.counting.sqlite import SQLiteStorage
from librarian.stage import StoreError
from tests.counting.conftest import Clock

ROOT = Path(__file__).parent.parent.parent
STRATEGIES = {"fixed": FixedWindowRateLimiter, "moving": MovingWindowRateLimiter}
HAMMER = """
import sys
from pathlib import Path
from limits import RateLimitItemPerHour
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from librarian.counting.sqlite import SQLiteStorage

strategy = {"fixed": FixedWindowRateLimiter, "moving": MovingWindowRateLimiter}[sys.argv[2]]
limiter = strategy(SQLiteStorage(Path(sys.argv[1])))
item = RateLimitItemPerHour(100)
print("ready", flush=True)
sys.stdin.readline()
print(sum(limiter.hit(item, "caller") for _ in range(60)), flush=True)
"""


@pytest.fixture
def storage(tmp_path: Path) -> SQLiteStorage:
    """Give a storage in a folder that is not there yet."""
    return SQLiteStorage(tmp_path / "data" / "rates.sqlite")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_as_many_are_allowed_as_the_limit_says(
    storage: SQLiteStorage, clock: Clock, strategy: str
) -> None:
    limiter, item = STRATEGIES[strategy](storage), RateLimitItemPerHour(5)
    assert [limiter.hit(item, "a") for _ in range(8)] == [True] * 5 + [False] * 3
    assert limiter.hit(item, "b")
    assert not limiter.test(item, "a")
    assert limiter.get_window_stats(item, "a") == (clock.now + 3600, 0)
    assert limiter.get_window_stats(item, "b") == (clock.now + 3600, 4)
    assert limiter.get_window_stats(item, "c").remaining == 5
    limiter.clear(item, "a")
    assert limiter.test(item, "a")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_several_at_once_are_taken_together_or_not_at_all(
    storage: SQLiteStorage, clock: Clock, strategy: str
) -> None:
    limiter, item = STRATEGIES[strategy](storage), RateLimitItemPerHour(5)
    assert not MovingWindowRateLimiter(storage).hit(item, "b", cost=6)
    assert limiter.hit(item, "a", cost=4)
    assert not limiter.test(item, "a", cost=2)
    assert limiter.hit(item, "a", cost=1)
    assert not limiter.hit(item, "a", cost=1)


def test_a_fixed_window_begins_anew_when_it_is_over(storage: SQLiteStorage, clock: Clock) -> None:
    limiter, item = FixedWindowRateLimiter(storage), RateLimitItemPerSecond(2, 10)
    assert [limiter.hit(item) for _ in range(3)] == [True, True, False]
    clock.now += 10
    assert limiter.get_window_stats(item) == (clock.now, 2)
    assert limiter.hit(item)


def test_a_moving_window_frees_each_place_in_its_own_time(
    storage: SQLiteStorage, clock: Clock
) -> None:
    limiter, item = MovingWindowRateLimiter(storage), RateLimitItemPerSecond(2, 10)
    assert limiter.hit(item)
    clock.now += 6
    assert limiter.hit(item)
    assert not limiter.hit(item)
    clock.now += 4.5
    assert limiter.hit(item)
    assert not limiter.hit(item)
    clock.now += 60
    assert limiter.get_window_stats(item) == (clock.now + 10, 2)


def test_it_says_the_same_as_the_librarys_own_in_memory(storage: SQLiteStorage) -> None:
    memory = MemoryStorage()
    try:
        for strategy in STRATEGIES.values():
            ours, theirs = strategy(storage), strategy(memory)
            for cost in (1, 3, 1, 9, 2, 4, 1, 1):
                item = RateLimitItemPerHour(10)
                key = strategy.__name__
                assert ours.hit(item, key, cost=cost) == theirs.hit(item, key, cost=cost)
                assert ours.test(item, key) == theirs.test(item, key)
                assert (
                    ours.get_window_stats(item, key).remaining
                    == theirs.get_window_stats(item, key).remaining
                )
    finally:
        memory.timer.cancel()
        memory.timer.join()


def test_what_is_over_is_taken_out(storage: SQLiteStorage, clock: Clock) -> None:
    for caller in range(50):
        storage.acquire_entry(f"caller {caller}", 5, 10)
        storage.incr(f"caller {caller}", 10)
    clock.now += 11
    storage.acquire_entry("another", 5, 10)
    storage.incr("another", 10)
    with storage._database.reading() as connection:
        for table in ("entries", "counters"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (1,)


def test_everything_can_be_forgotten(storage: SQLiteStorage) -> None:
    storage.incr("a", 10)
    storage.acquire_entry("b", 5, 10)
    assert storage.check()
    assert storage.reset() == 2
    assert storage.get("a") == 0
    assert storage.get_moving_window("b", 5, 10)[1] == 0


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    storage = SQLiteStorage(tmp_path / "file" / "rates.sqlite")
    assert not storage.check()
    with pytest.raises(StoreError):
        storage.incr("a", 10)


@pytest.fixture
def hammers(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Give a list for processes that are ended with the test."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_processes_that_count_at_once_are_allowed_the_limit_and_no_more(
    tmp_path: Path, hammers: list[subprocess.Popen[str]], strategy: str
) -> None:
    command = [sys.executable, "-c", HAMMER, str(tmp_path / "rates.sqlite"), strategy]
    for _ in range(4):
        hammers.append(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
            )
        )
    for process in hammers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    answers = []
    for process in hammers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in hammers:
        answers.append(int(process.communicate(timeout=60)[0]))
    assert sum(answers) == 100
