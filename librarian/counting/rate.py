"""Has a caller sent too many requests? Counted in moving windows: no more than N in any such time.

Shortest window first, and no further once one refuses, so that what is refused uses up no longer
one. If the storage does not answer, requests are let through and the log says so: a rate limit
protects the service, and must not be what takes it down.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from librarian.access import Caller
from librarian.breaker import Breaker
from librarian.counting import name_of
from librarian.counting.storage import Counting
from librarian.problem import Problem
from librarian.settings.rate import RateConfig
from librarian.stage import RATE, Failure, StoreError

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.storage import MovingWindowSupport

log = logging.getLogger(__name__)
TRIES = 3
"""How often a place is asked for that should be free: MongoDB refuses one of two first callers."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands to one limit."""

    name: str
    """As an owner writes it: `60/minute`."""
    most: int
    seconds: int
    """The length of the window."""
    left: int
    wait: int
    """Seconds until one more is allowed than now."""
    refused: bool = False


class Rates:
    """The limits of one service."""

    def __init__(self, config: RateConfig | None, counting: Counting) -> None:
        self._by = config.by if config else "key"
        self._counting = counting
        self._breaker = Breaker()
        self._away = False
        self.limit = _parsed(config.limit) if config else ()
        self.keyed = _parsed(config.keyed) if config and config.keyed else self.limit

    def count(self, caller: Caller, contributor: str, address: str) -> tuple[Standing, ...]:
        """Count one request; the last standing says if it is refused. None where none is counted.

        `address` is empty where it cannot be told whose it is.
        """
        items = self.keyed if caller.keyed else self.limit
        who = self._who(caller, contributor, address) if items else ""
        if not who:
            return ()
        try:
            with self._breaker, self._counting.rates() as storage:
                standings = tuple(_counted(storage, items, who))  # type: ignore[arg-type]
        except StoreError as error:
            if not self._away:
                log.error("rates are not counted and everybody is let through: %s", error)
            self._away = True
            return ()
        if self._away:
            log.warning("rates are counted again")
        self._away = False
        return standings

    def _who(self, caller: Caller, contributor: str, address: str) -> str:
        """Name what is counted together, empty where there is nothing to count by."""
        if self._by == "key" and caller.keyed:
            return name_of("key", caller.scope)
        if self._by == "contributor" and contributor:
            return name_of("contributor", caller.scope, contributor)
        return name_of("address", _network(address)) if address else ""


def failure(standings: Sequence[Standing]) -> Failure | None:
    """Give the failure of a request that is refused."""
    refused = next((each for each in standings if each.refused), None)
    if refused is None:
        return None
    message = f"That was a lot at once; please send the next one in {_said(refused.wait)}."
    problem = Problem("rate", message, limit=refused.name)
    return Failure(RATE, problem, retry_after=refused.wait)


def _counted(
    storage: "MovingWindowSupport", items: Sequence["RateLimitItem"], who: str
) -> Iterator[Standing]:
    """Ask one limit after the other, up to the first that refuses."""
    for item in items:
        standing = _one(storage, item, item.key_for(who))
        yield standing
        if standing.refused:
            return


def _one(storage: "MovingWindowSupport", item: "RateLimitItem", key: str) -> Standing:
    most, seconds = item.amount, item.get_expiry()
    for _ in range(TRIES):
        taken = storage.acquire_entry(key, most, seconds)
        oldest, held = storage.get_moving_window(key, most, seconds)
        if taken or held >= most:
            break
    now = time.time()
    wait = math.ceil((oldest if held else now) + seconds - now)
    return Standing(
        name=_written(item),
        most=most,
        seconds=seconds,
        left=max(0, most - held),
        wait=min(max(1, wait), seconds),
        refused=not taken,
    )


def _parsed(text: str) -> tuple["RateLimitItem", ...]:
    if not text:
        return ()
    from limits import parse_many

    return tuple(sorted(parse_many(text), key=lambda item: item.get_expiry()))


def _written(item: "RateLimitItem") -> str:
    many = f"{item.multiples} " if item.multiples > 1 else ""
    return f"{item.amount}/{many}{item.GRANULARITY.name}"


def _network(address: str) -> str:
    """Give what one client has of an address: all of IPv4, of IPv6 the network it is given."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _said(seconds: int) -> str:
    """Say a time as people do."""
    for word, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{math.ceil(seconds / length)} {word}"
    return f"{seconds} seconds" if seconds > 1 else "a second"
