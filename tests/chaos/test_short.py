"""Does it hold, in short? Every scenario with a few dozen records, several of them side by side.

They wait most of their time: for timeouts, for a breaker, for the journal. `python -m tests.chaos`
is the long version, one after the other.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import servers
from tests.chaos import scenarios
from tests.chaos.scenarios import SCENARIOS

SIZE = 40
SIDE_BY_SIDE = 8


@pytest.fixture(autouse=True)
def lent(mongodb: servers.MongoServer, rclone: servers.S3Server) -> Iterator[None]:
    scenarios.LENT.append((mongodb, rclone))
    yield
    scenarios.LENT.pop()


def test_nothing_is_lost_doubled_or_orphaned_when_things_break() -> None:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        results = list(pool.map(lambda each: each.run(SIZE), SCENARIOS))
    ran = {each.name: result for each, result in zip(SCENARIOS, results, strict=True)}
    assert {name: result.faults for name, result in ran.items() if result.faults} == {}
    # how many come through while workers die is the machine's affair; too few would prove nothing
    assert [name for name, result in ran.items() if result.acknowledged < SIZE / 4] == []
    assert [name for name, result in ran.items() if result.stored < result.acknowledged] == []
