"""What is asked of the collection? Filters, places and changes, read from a request and bounded."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Request

from librarian import uid
from librarian.collection import STATES, Cursor, Selection, State, Where
from librarian.problem import Problem, nearest
from librarian.settings import Settings
from librarian.stage import RECEIVE, TYPE, Failure
from librarian.web import body, pieces, wire

USUAL, MOST = 50, 200
"""Records on a page, if nothing else is said and at most."""
MOST_AT_ONCE = 500
"""Records that one request may change."""
MOST_FILTERS = 32
LONGEST_REASON = 1000
LARGEST = 64 * 2**10
"""Bytes that a request to change something may have."""
WHERE = "where."
NAMES = ("state", "since", "until", "contributor", "limit", "cursor")
PATCH = "application/merge-patch+json"
TRUTH = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True)
class Page:
    """One page of records: which, after which, and how many."""

    selection: Selection
    after: Cursor | None
    limit: int
    said: tuple[tuple[str, str], ...]
    """The query as it was sent, without its place."""

    def then(self, last: Cursor) -> str:
        """Give the address of the page after this one."""
        return f"/records?{urlencode([*self.said, ('cursor', last.text)])}"


@dataclass(frozen=True)
class Change:
    """What records are to be: a member that is None stays as it is."""

    state: State | None
    reason: str | None


def page(request: Request) -> Page:
    """Read which records are asked for. Raises Failure (`receive`)."""
    return page_of(wire.query(request))


def page_of(pairs: tuple[tuple[str, str], ...]) -> Page:
    """Read the same of a query that is taken apart already. Raises Failure (`receive`)."""
    names = [name for name, _ in pairs]
    for name in names:
        if name not in NAMES and not name.startswith(WHERE):
            known = (*NAMES, f"{WHERE}<label>")
            raise _wrong(name, f"There is no filter “{name[:60]}”.{nearest(name, known)}")
        if name in NAMES and name != "state" and names.count(name) > 1:
            raise _wrong(name, f"“{name}” is there twice.")
    if len(pairs) > MOST_FILTERS:
        raise _wrong("count", f"There are more than {MOST_FILTERS} filters.")
    said = dict(pairs)
    limit = said.get("limit", str(USUAL))
    if not TRUTH.fullmatch(limit) or int(limit) > MOST:
        raise _wrong("limit", f"“limit” is a whole number from 1 to {MOST}.")
    try:
        selection = Selection.read(
            [each for name, value in pairs if name == "state" for each in value.split(",") if each],
            said.get("since", ""),
            said.get("until", ""),
            (),
            said.get("contributor", ""),
        )
        where = tuple(_labels(pairs))
        after = Cursor.read(said["cursor"]) if said.get("cursor") else None
    except ValueError as error:
        raise _wrong("filter", f"{error}.") from None
    rest = tuple(pair for pair in pairs if pair[0] != "cursor")
    return Page(_with(selection, where), after, int(limit), rest)


def change(request: Request, settings: Settings) -> Change:
    """Read a merge patch (RFC 7396) of one record. Raises Failure (`receive`, `type`, `size`)."""
    return _change(_document(request, settings), ("state", "reason"))


def changes(request: Request, settings: Settings) -> tuple[list[str], Change]:
    """Read a change of several records: their uids, and what all are to be. Raises Failure."""
    told = _document(request, settings)
    uids = told.get("uids")
    named = isinstance(uids, list) and all(
        isinstance(each, str) and uid.ALONE.fullmatch(each) for each in uids
    )
    if not named or not isinstance(uids, list) or not 0 < len(uids) <= MOST_AT_ONCE:
        raise _wrong("uids", f"“uids” is a list of 1 to {MOST_AT_ONCE} uids.")
    return list(dict.fromkeys(uids)), _change(told, ("uids", "state", "reason"))


def _labels(pairs: tuple[tuple[str, str], ...]) -> Iterator[Where]:
    """Yield what labels are asked for; one that is named twice may have either value."""
    found: dict[str, Where] = {}
    for name, value in pairs:
        if name.startswith(WHERE):
            read = Where.read(f"{name.removeprefix(WHERE)}={value}")
            before = found[read.name].values if read.name in found else ()
            found[read.name] = Where(read.name, (*before, *read.values))
    yield from found.values()


def _with(selection: Selection, where: tuple[Where, ...]) -> Selection:
    each = selection
    return Selection(each.states, each.since, each.until, where, each.contributor)


def _change(told: Mapping[str, Any], known: tuple[str, ...]) -> Change:
    for name in told:
        if name not in known:
            message = f"“{name[:60]}” cannot be changed.{nearest(name, known)}"
            raise _wrong(name, message)
    if not {"state", "reason"} & set(told):
        raise _wrong("change", "Say what is to be changed: “state”, “reason” or both.")
    state, reason = told.get("state"), told.get("reason")
    if "state" in told and state not in STATES:
        raise _wrong("state", f"“state” is one of {', '.join(STATES)}.")
    if reason is not None and not (isinstance(reason, str) and len(reason) <= LONGEST_REASON):
        raise _wrong("reason", f"“reason” is a text of at most {LONGEST_REASON} characters.")
    return Change(state, (reason or "") if "reason" in told else None)


def _document(request: Request, settings: Settings) -> Mapping[str, Any]:
    """Read a small JSON object. Raises Failure."""
    if request.mimetype not in (PATCH, "application/json"):
        body.refuse(request)
        message = f"Send {PATCH} or application/json."
        raise Failure(TYPE, Problem("content-type", message))
    with body.whole(request, settings, LARGEST) as content:
        return {name: piece.value for name, piece in pieces.of("json", content, "")}


def _wrong(rule: str, message: str) -> Failure:
    return Failure(RECEIVE, Problem(rule[:60], message))
