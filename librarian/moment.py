"""How is a moment written? In UTC, to the millisecond: 2026-11-23T10:00:00.000Z (RFC 3339)."""

from datetime import UTC, datetime


def now() -> str:
    """Write this moment."""
    return _written(datetime.now(UTC))


def written(seconds: float) -> str:
    """Write a Unix time."""
    return _written(datetime.fromtimestamp(seconds, UTC))


def seconds(written: str) -> float | None:
    """Read a moment as Unix time, None where it is none."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return None


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
