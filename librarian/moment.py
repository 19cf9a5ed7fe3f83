"""How is a moment written? In UTC, to the millisecond: 2026-11-23T10:00:00.000Z (RFC 3339)."""

import time
from datetime import UTC, datetime
from functools import lru_cache


def now() -> str:
    """Write this moment."""
    second, rest = divmod(time.time_ns(), 10**9)
    return f"{_to_the_second(second)}.{rest // 10**6:03}Z"


def precisely_now() -> str:
    """Write this moment to the microsecond."""
    second, rest = divmod(time.time_ns(), 10**9)
    return f"{_to_the_second(second)}.{rest // 10**3:06}Z"


def written(seconds: float) -> str:
    """Write a Unix time."""
    at = datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(written: str) -> float | None:
    """Read a moment as Unix time, None where it is none."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return None


@lru_cache(2)
def _to_the_second(second: int) -> str:
    """Write a whole Unix time; within one second it is asked for again and again."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
