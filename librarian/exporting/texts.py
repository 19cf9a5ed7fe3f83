"""Which inputs brought nothing but text, whatever their records tell? Their bytes are looked at.

A record that was kept before an input of type `text` said so tells the kind of file that its text
begins like.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing

from librarian.exporting import fetching
from librarian.exporting.fetching import Read
from librarian.exporting.plan import Plan, Row
from librarian.media import TEXT, is_utf8
from librarian.progress import Progress


def written(plan: Plan, read: Read, tags: Iterable[str], progress: Progress) -> set[str]:
    """Name those of the inputs whose data are UTF-8, all that their records do not call text.

    What cannot be had says nothing. Raises StoreError where a store does not answer at all.
    """
    texts = set(tags)
    with closing(fetching.fetched(_doubtful(plan, texts), read)) as reading:
        for each in progress.over(reading, "reading texts"):
            texts -= {tag for tag, content in each.content.items() if not is_utf8(content)}
    return texts


def _doubtful(plan: Plan, texts: set[str]) -> Iterator[Row]:
    """Yield records with those of their data that may be text; none once no input may be."""
    for row in plan.listed() if texts else ():
        data = [
            item for item in row.data
            if item["tag"] in texts and item["media_type"] != TEXT.type
        ]  # fmt: skip
        if data:
            size = sum(item["bytes"] for item in data)
            yield Row(row.n, row.split, row.body | {"data": data}, size)
        elif not texts:
            return
