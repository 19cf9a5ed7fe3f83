"""How are rows of documents selected? By time, state or contributor, each along an index.

The indexes on state and contributor are made when they are first asked for, from all records, which
holds up others for as long; from then on SQLite keeps them up to date. Labels have no index: who
asks for their values measures what comes along the others.
"""

from typing import Any, NamedTuple

from librarian.selection import Cursor, Selection
from librarian.state import STATES

OURS = "CASE WHEN json_valid(document) THEN {} END"
"""An owner's rows may hold no JSON, and must not stop an index from being made."""
STATE = OURS.format(
    "coalesce(json_extract(document, '$._librarian.state'),"
    " CASE WHEN json_array_length(document, '$._librarian.flags') > 0"
    " THEN 'flagged' ELSE 'received' END)"
)
CONTRIBUTOR = OURS.format("json_extract(document, '$._librarian.contributor')")
INDEXES = {
    "by_state": f'CREATE INDEX IF NOT EXISTS "{{table}}_by_state" ON "{{table}}"'
    f" ({STATE}, received_at, uid)",
    "by_contributor": f'CREATE INDEX IF NOT EXISTS "{{table}}_by_contributor" ON "{{table}}"'
    f" ({CONTRIBUTOR}, received_at, uid)",
}
ONE = 'SELECT {what} FROM "{{table}}" WHERE id = uid AND {wanted}'


class Question(NamedTuple):
    """A query, what stands in its places, and the index that it goes along."""

    query: str
    given: list[Any]
    along: str = ""


def page(selection: Selection, after: Cursor | None, size: int, *, newest_first: bool) -> Question:
    """Ask for the next rows: received_at, uid, document."""
    less = ("<", "DESC") if newest_first else (">", "ASC")
    wanted, given = _times(selection)
    if after is not None:
        wanted += f" AND (received_at, uid) {less[0]} (?, ?)"
        given += after
    order = f"ORDER BY received_at {less[1]}, uid {less[1]} LIMIT {size}"
    queries, values = [], []
    ways, index = _along(selection)
    for more, value in ways:
        queries.append(ONE.format(what="received_at, uid, document", wanted=wanted + more))
        values += [*given, *value]
    return Question(" UNION ALL ".join(queries) + " " + order, values, index)


def count(selection: Selection) -> Question | None:
    """Ask how many rows fit, None where labels must be looked at."""
    if selection.where or (selection.contributor and not selection.any_state):
        return None
    wanted, given = _times(selection)
    counts, values = [], []
    ways, index = _along(selection)
    for more, value in ways:
        counts.append(f"({ONE.format(what='count(*)', wanted=wanted + more)})")
        values += [*given, *value]
    return Question(f"SELECT {' + '.join(counts)}", values, index)


def _times(selection: Selection) -> tuple[str, list[Any]]:
    wanted, given = "received_at >= ?", [selection.since]
    if selection.until:
        wanted, given = f"{wanted} AND received_at < ?", [*given, selection.until]
    return wanted, given


def _along(selection: Selection) -> tuple[list[tuple[str, list[Any]]], str]:
    """Give the parts of which each goes along one index, so that all are merged in order."""
    if selection.contributor:
        return [(f" AND {CONTRIBUTOR} = ?", [selection.contributor])], "by_contributor"
    if selection.any_state:
        return [("", [])], ""
    states = [state for state in STATES if state in selection.states]
    return [(f" AND {STATE} = ?", [state]) for state in states], "by_state"
