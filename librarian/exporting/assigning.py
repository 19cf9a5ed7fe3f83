"""Into which split does each record go, and into which shard? By its hash, and by its size."""

import itertools
from collections.abc import Iterable, Iterator

from librarian.exporting import fetching, together
from librarian.exporting.asked import Asked
from librarian.exporting.context import Context
from librarian.exporting.fetching import Read
from librarian.exporting.formats import FORMATS
from librarian.exporting.plan import Plan, Row
from librarian.progress import Progress
from librarian.record import Blob

TOGETHER = 500
"""Records in a piece where there are no shards."""
OVERHEAD = 2048
"""Bytes that a record takes in a shard beside its data."""
LOOKED_AT = 256
"""Pictures that are looked at between two notes of it."""


def assign(asked: Asked, read: Read, context: Context, progress: Progress) -> None:
    """Say of each record into which split and piece it goes."""
    plan, shares = context.plan, asked.splits.shares
    if len(shares) > 1:
        _look(read, plan, progress)
        keys: Iterable[str] = together.keys(plan.database, plan.said("listed"))
    else:
        keys = itertools.repeat("")
    chosen = map(asked.splits.of, keys)
    plan.assign(_places(asked, context, chosen))
    filled = {each.split for each in plan.pieces()}
    plan.say("assigned", [split for split in shares if split in filled])


def _places(
    asked: Asked, context: Context, chosen: Iterator[str]
) -> Iterator[tuple[str, int, int]]:
    form = FORMATS[asked.format]
    full: dict[str, tuple[int, int, int]] = {}
    for split, (n, data, tags) in zip(chosen, context.plan.sizes(), strict=False):
        if form.pictures and context.picture not in tags.split():
            continue
        size = data + OVERHEAD
        number, records, held = full.get(split, (0, 0, 0))
        too_large = held + size > asked.shard_size if form.sharded else records >= TOGETHER
        if records and too_large:
            number, records, held = number + 1, 0, 0
        full[split] = (number, records + 1, held + size)
        yield split, number, n


def _look(read: Read, plan: Plan, progress: Progress) -> None:
    """Look at the first picture of each record of which no hash is known yet."""

    def unseen() -> Iterator[Row]:
        after = -1
        while rows := plan.unseen(LOOKED_AT, after):
            for row in rows:
                first = row.data[:1]
                yield Row(row.n, row.split, row.body | {"data": first}, first[0]["bytes"])
            after = rows[-1].n

    looked: list[tuple[str, int]] = []
    total = plan.count_unseen()
    for each in progress.over(fetching.fetched(unseen(), read), "looking", total):
        tag, content = next(iter(each.content.items()), ("", b""))
        looked.append((Blob(tag, content).look, each.row.n))
        if len(looked) == LOOKED_AT:
            plan.seen(looked)
            looked.clear()
    plan.seen(looked)
