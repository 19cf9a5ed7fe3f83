"""Was something like this kept before? The label store is asked, for the record being judged.

A validator sees one part and no store; for as long as a record is judged, what it needs to ask
stands in a context variable, as the deadline does. Only records that are committed count, and never
the record's own: one that is sent again under its key was not seen before.
"""

from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar

from librarian import deadline
from librarian.chain import Step
from librarian.record import Record

LOOK = 2.0
"""Seconds in which the label store must say so."""
CANDIDATES = 10_000
"""Records that are looked at for one question, at most; far more than have a band in common by
chance in a collection of millions."""
BYTES, BANDS = "received_sha256", "phash_bands"
"""What can be asked for: members of an item of `_librarian.data`."""
_ASKED: ContextVar[tuple[Step, Record] | None] = ContextVar("seen", default=None)


def asking(mark: Step | None, record: Record) -> "_Asking":
    """Let what is done inside ask the store of the commit mark, on behalf of a record."""
    return _Asking(mark, record)


class _Asking:
    """What may be asked, for as long as a block runs."""

    __slots__ = ("_asked", "_token")

    def __init__(self, mark: Step | None, record: Record) -> None:
        self._asked = (mark, record) if mark is not None else None

    def __enter__(self) -> None:
        self._token = _ASKED.set(self._asked)

    def __exit__(self, *_: object) -> None:
        _ASKED.reset(self._token)


def before(
    tag: str, name: str, values: Sequence[str], fits: Callable[[str], bool] = lambda _: True
) -> bool:
    """Say whether another record has data of this tag with one of these values.

    `fits` looks at the perceptual hash of each that does. Nothing was seen where nobody can be
    asked, as in a trial. Raises StoreError.
    """
    asked = _ASKED.get()
    if asked is None:
        return False
    step, record = asked
    with deadline.within(LOOK), step.breaker:
        found: Iterable[tuple[str, str]] = step.component.find(tag, name, values)
        if not any(uid != record.uid and fits(made) for uid, made in found):
            return False
        own = step.component.name_of(record.uid, ".json")
        return not record.keyed or step.component.fetch(own) is None
