"""Is each caller allowed as many requests as its limit says, and everybody while nobody counts?"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from librarian.access import Caller
from librarian.counting import rate
from librarian.counting.rate import Rates
from librarian.counting.storage import Counting
from librarian.settings.rate import RateConfig
from tests.counting.conftest import Clock
from tests.counting.storages import KINDS, uri_of
from tests.servers import fresh

KEYED, OTHER = Caller("access one"), Caller("access two")
Make = Callable[..., Rates]


@pytest.fixture
def rates(tmp_path: Path) -> Make:
    """Make the rates of a configuration, counted in files."""

    def make(**members: Any) -> Rates:
        config = RateConfig(**members)
        return Rates(config, Counting(config.storage.get_secret_value(), tmp_path))

    return make


def allowed(rates: Rates, times: int, caller: Caller | None = None, **who: str) -> list[bool]:
    told = {"contributor": "", "address": "192.0.2.1", **who}
    answers = (rates.count(caller or Caller(), **told) for _ in range(times))
    return [not any(standing.refused for standing in each) for each in answers]


@pytest.mark.parametrize("kind", KINDS)
def test_a_limit_holds_in_every_storage(
    kind: str, request: pytest.FixtureRequest, rates: Make, clock: Clock
) -> None:
    counted = rates(limit="3/minute, 5/hour", storage=SecretStr(uri_of(kind, request)))
    address = fresh("address")
    first = counted.count(Caller(), "", address)
    assert [(each.name, each.left, each.refused) for each in first] == [
        ("3/minute", 2, False),
        ("5/hour", 4, False),
    ]
    assert allowed(counted, 4, address=address) == [True, True, False, False]
    (refused,) = counted.count(Caller(), "", address)
    assert (refused.name, refused.left, refused.refused) == ("3/minute", 0, True)
    assert refused.wait == 60
    failure = rate.failure([refused])
    assert failure is not None
    assert (failure.stage.slug, failure.retry_after, failure.retryable) == (
        "rate-limit",
        refused.wait,
        True,
    )
    assert allowed(counted, 1, address=fresh("address")) == [True]


def test_what_a_short_limit_refuses_uses_up_no_longer_one(rates: Make, clock: Clock) -> None:
    counted = rates(limit="4/hour, 2/minute")
    assert allowed(counted, 9) == [True] * 2 + [False] * 7
    clock.now += 61
    assert allowed(counted, 3) == [True, True, False]


def test_without_a_limit_nothing_is_counted(tmp_path: Path) -> None:
    counted = Rates(None, Counting("", tmp_path / "nothing"))
    assert counted.count(Caller(), "", "192.0.2.1") == ()
    assert not (tmp_path / "nothing").exists()


def test_callers_with_a_key_are_each_counted_alone_and_by_their_own_limit(rates: Make) -> None:
    counted = rates(limit="1/hour", keyed="2/hour")
    assert allowed(counted, 2) == [True, False]
    assert allowed(counted, 3, KEYED) == [True, True, False]
    assert allowed(counted, 3, OTHER) == [True, True, False]


def test_contributors_are_counted_by_pseudonym_and_others_by_address(rates: Make) -> None:
    counted = rates(limit="1/hour", by="contributor")
    assert allowed(counted, 2, contributor="somebody-1") == [True, False]
    assert allowed(counted, 2, contributor="somebody-2") == [True, False]
    assert allowed(counted, 2, KEYED, contributor="somebody-1") == [True, False]
    assert allowed(counted, 2) == [True, False]


def test_by_address_a_key_makes_no_difference(rates: Make) -> None:
    counted = rates(limit="1/hour", by="address")
    assert allowed(counted, 1) == [True]
    assert allowed(counted, 1, KEYED, contributor="somebody-1") == [False]


def test_one_client_of_ipv6_has_a_whole_network(rates: Make) -> None:
    counted = rates(limit="1/hour")
    assert allowed(counted, 1, address="2001:db8:1:2::1") == [True]
    assert allowed(counted, 1, address="2001:db8:1:2:ffff::9%eth0") == [False]
    assert allowed(counted, 1, address="2001:db8:1:3::1") == [True]
    assert allowed(counted, 1, address="::ffff:192.0.2.7") == [True]
    assert allowed(counted, 1, address="192.0.2.7") == [False]


def test_no_address_is_no_caller(rates: Make) -> None:
    counted = rates(limit="1/hour")
    assert allowed(counted, 3, address="") == [True] * 3
    assert allowed(counted, 2, KEYED, address="") == [True, False]


@pytest.mark.parametrize("scheme", ["redis://:canary@", "mongodb://u:canary@"])
def test_while_the_storage_is_away_everybody_is_let_through_and_the_log_says_so_once(
    rates: Make, dead_port: int, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    uri = SecretStr(f"{scheme}127.0.0.1:{dead_port}/x".replace("/x", "/0"))
    counted = rates(limit="1/hour", storage=uri)
    with caplog.at_level(logging.ERROR):
        assert allowed(counted, 5) == [True] * 5
    lines = [record for record in caplog.records if record.name == rate.__name__]
    assert len(lines) == 1
    assert "let through" in caplog.text
    assert "canary" not in caplog.text


def test_nothing_that_says_who_somebody_is_lies_in_the_storage(rates: Make, tmp_path: Path) -> None:
    counted = rates(limit="1/hour", by="contributor")
    allowed(counted, 1, contributor="pseudonym-4711")
    allowed(counted, 1, address="192.0.2.77")
    kept = b"".join(each.read_bytes() for each in tmp_path.glob("rates.sqlite*"))
    assert b"LIMITER" in kept
    for told in (b"pseudonym-4711", b"192.0.2.77"):
        assert told not in kept
