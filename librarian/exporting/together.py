"""Which records must not be torn apart by a split? One contributor's, and near-duplicates.

Whoever sent it, and what it looks like, ties records together: by the pseudonym, by equal bytes, by
pictures that look alike (looks.py). The key of such a group is that of its oldest record: its
contributor, else its uid. So a record that comes later never moves an older one, but where it
ties two groups to one: then the younger group follows the older.
"""

import sqlite3
from array import array
from collections.abc import Iterator

from librarian.exporting import looks

SAME = "SELECT {0}, n FROM records WHERE {0} != '' ORDER BY {0}, n"


class Groups:
    """Which record belongs to which group, by their numbers; eight bytes for each record."""

    def __init__(self, count: int) -> None:
        self._above = array("q", range(count))

    def oldest(self, n: int) -> int:
        """Give the number of the oldest record of a record's group."""
        above = self._above
        while above[n] != n:
            above[n] = n = above[above[n]]
        return n

    def join(self, one: int, other: int) -> None:
        """Make one group of the groups of two records."""
        a, b = self.oldest(one), self.oldest(other)
        self._above[max(a, b)] = min(a, b)


def keys(database: sqlite3.Connection, count: int) -> Iterator[str]:
    """Yield the key of each record's group, in the order of the records.

    `records` has `n` from 0 in the order of time, `uid`, `contributor`, `sha256` and `look` of the
    first piece of data, empty where there is none.
    """
    groups = Groups(count)
    for column in ("contributor", "sha256"):
        last, first = "", 0
        for value, n in database.execute(SAME.format(column)):
            if value == last:
                groups.join(first, n)
            else:
                last, first = value, n
    for one, other in looks.alike(database):
        groups.join(one, other)
    for n in range(count):
        asked = "SELECT uid, contributor FROM records WHERE n = ?"
        uid, contributor = database.execute(asked, (groups.oldest(n),)).fetchone()
        yield contributor or uid
