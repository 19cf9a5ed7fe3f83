"""Are the places of a quota given away exactly, in each storage, whoever asks at once?"""

import threading
import time
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from librarian.counting.places import Places
from librarian.counting.storage import Counting
from librarian.uid import mint
from tests.counting.conftest import Clock
from tests.counting.storages import KINDS, counting
from tests.servers import fresh


@pytest.fixture(params=KINDS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Counting:
    """Give each storage in turn."""
    return counting(request.param, request, tmp_path)


@pytest.fixture
def places(storage: Counting) -> Iterator[Places]:
    """Give the places of each storage in turn."""
    with storage.places() as lent:
        yield lent


@pytest.fixture
def bucket() -> str:
    """Give a bucket of this test's own."""
    return fresh("bucket")


def take(places: Places, bucket: str, uid: str = "", attempt: str = "a", most: int = 2) -> bool:
    return places.take(bucket, uid or mint(), attempt, most=most, seconds=60)


def test_there_are_as_many_places_as_the_quota_says(places: Places, bucket: str) -> None:
    assert [take(places, bucket) for _ in range(4)] == [True, True, False, False]
    assert take(places, fresh("bucket"))


def test_a_place_that_is_given_back_is_free(places: Places, bucket: str) -> None:
    first, second = mint(), mint()
    assert take(places, bucket, first)
    assert take(places, bucket, second)
    places.free(bucket, first, "another attempt")
    assert not take(places, bucket)
    for _ in range(2):
        places.free(bucket, first, "a")
    assert take(places, bucket)
    assert not take(places, bucket)


def test_what_is_stored_counts_for_good(places: Places, bucket: str) -> None:
    for _ in range(2):
        uid = mint()
        assert take(places, bucket, uid)
        places.keep(bucket, uid, until=None)
        places.free(bucket, uid, "a")
    assert not take(places, bucket)


def test_attempts_under_one_uid_share_a_place(places: Places, bucket: str) -> None:
    uid = mint()
    assert take(places, bucket, uid, "one", most=1)
    assert take(places, bucket, uid, "two", most=1)
    places.free(bucket, uid, "one")
    assert not take(places, bucket, most=1)
    places.keep(bucket, uid, until=None)
    assert not take(places, bucket, most=1)
    assert take(places, bucket, most=2)
    assert not take(places, bucket, most=2)


def test_a_place_whose_attempt_died_is_free_in_time(
    places: Places, bucket: str, clock: Clock
) -> None:
    assert places.take(bucket, mint(), "a", most=1, seconds=60)
    assert not take(places, bucket, most=1)
    clock.now += 61
    assert take(places, bucket, most=1)


def test_a_quota_that_is_made_larger_keeps_its_count(places: Places, bucket: str) -> None:
    uid = mint()
    assert take(places, bucket, uid, most=1)
    places.keep(bucket, uid, until=time.time() + 3600)
    assert not take(places, bucket, most=1)
    assert take(places, bucket, most=2)


def test_mongodb_takes_out_the_buckets_that_nothing_is_stored_in(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> None:
    now, uid = clock.now, mint()
    made: Any
    with counting("mongodb", request, tmp_path).places() as made:

        def ends() -> Any:
            return made._collection.find_one({"_id": "a"}).get("expireAt")

        assert take(made, "a", uid)
        assert ends().replace(tzinfo=UTC).timestamp() - now > 60
        made.keep("a", uid, until=None)
        assert ends() is None
        assert take(made, "a")
        assert ends() is None
        made.keep("a", uid, until=now + 3600)
        assert 3599 < ends().replace(tzinfo=UTC).timestamp() - now < 3601


def test_many_at_once_get_the_places_there_are(storage: Counting, bucket: str) -> None:
    got: list[str] = []
    begin = threading.Barrier(12)

    def ask(number: int) -> None:
        begin.wait(30)
        for turn in range(3):
            uid = mint()
            with storage.places() as lent:
                if lent.take(bucket, uid, f"{number}-{turn}", most=10, seconds=60):
                    got.append(uid)
                    lent.keep(bucket, uid, until=None)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 10
