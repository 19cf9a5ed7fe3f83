"""How are data written? Piece by piece; what is done is noted, and what could not be had."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from librarian import strictjson
from librarian.exporting import fetching, manifest
from librarian.exporting.asked import Asked
from librarian.exporting.context import Context
from librarian.exporting.fetching import Fetched, Read
from librarian.exporting.formats import FORMATS
from librarian.media import is_utf8
from librarian.progress import Progress


def write(asked: Asked, read: Read, context: Context, progress: Progress) -> None:
    """Write what is not done yet, piece by piece."""
    form, plan = FORMATS[asked.format], context.plan
    done = plan.done()
    pending = [each for each in plan.pieces() if (each.split, each.number) not in done]
    if pending:
        (context.folder / manifest.NAME).unlink(missing_ok=True)
    rows = (row for piece in pending for row in plan.rows(piece))
    total = sum(piece.count for piece in pending)
    with closing(fetching.fetched(rows, read)) as reading:
        records = progress.over(reading, "exporting", total)
        for piece in pending:
            notes = _Notes(context, tables=not form.sharded)
            form.write(context, piece, notes.over(itertools.islice(records, piece.count)))
            plan.finish(piece, notes.came, notes.faults)
        progress.clear()


@dataclass
class _Notes:
    """What is noted of the records of one piece while they go by."""

    context: Context
    tables: bool
    """Whether texts stand in tables, which are written at the end."""
    came: list[tuple[str, int]] = field(default_factory=list)
    faults: list[tuple[str, int]] = field(default_factory=list)

    def over(self, records: Iterable[Fetched]) -> Iterator[Fetched]:
        for each in map(self._legible, records):
            texts = {
                tag: content.decode()
                for tag, content in each.content.items()
                if self.tables and self.context.is_text(tag)
            }
            noted = {"texts": texts, "hashes": dict(each.hashes)}
            if any(noted.values()):
                self.came.append((strictjson.dumps(noted).decode(), each.row.n))
            if each.fault:
                self.faults.append((each.fault, each.row.n))
            yield each

    def _legible(self, each: Fetched) -> Fetched:
        """Give a record as it is; without its data where a text of it cannot be read."""
        for tag, content in each.content.items():
            if self.context.is_text(tag) and not is_utf8(content):
                return Fetched(each.row, {}, f"“{tag}” is not UTF-8 text, as the others are")
        return each
