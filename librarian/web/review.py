"""What may the owner see and change over HTTP? Records, their data and their states, by review key.

Pages of records lead to the next by a link (RFC 8288); changes are JSON merge patches (RFC 7396).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Blueprint, Response, jsonify, request

from librarian import deadline, memory, uid
from librarian.collection import Changed, Collection, Entry, Event, Fixed, Missing
from librarian.commit.labelrecord import UNTOLD
from librarian.pipeline import Pipeline, full
from librarian.problem import Problem
from librarian.record import PROVENANCE
from librarian.stage import FORBIDDEN, NOT_FOUND, OVERLOAD, Failure, StoreError
from librarian.web import asked, contents
from librarian.web.gate import Gate

log = logging.getLogger(__name__)
TOLD = ("contributor", "consent", "ip", "ip_hash", "config")
"""What else a record tells of where it comes from; where its data lie is nobody's concern."""


def register(routes: Blueprint, pipeline: Pipeline, gate: Gate) -> None:
    """Serve what an owner sees and changes."""
    within = pipeline.settings.store_seconds

    def collection() -> Collection:
        if pipeline.collection is None:
            message = "No label store of this service can be read, so there is nothing to be seen."
            raise Failure(NOT_FOUND, Problem("no-collection", message))
        return pipeline.collection

    @routes.get("/records")
    def records() -> Response:
        gate.reviewer()
        page = asked.page(request)
        with asking(within):
            found = list(
                collection().select(
                    page.selection, page.after, newest_first=True, limit=page.limit + 1
                )
            )
        shown = found[: page.limit]
        more = page.then(shown[-1].cursor) if len(found) > page.limit else None
        response = jsonify(records=[told(each) for each in shown], next=more)
        if more:
            response.headers["Link"] = f'<{more}>; rel="next"'
        return response

    @routes.patch("/records")
    def change_several() -> Response:
        by = gate.reviewer().called
        uids, change = asked.changes(request, pipeline.settings)
        with asking(within):
            done = [each for each in uids if amended(collection(), each, change, by)]
        return jsonify(changed=done, missing=[each for each in uids if each not in set(done)])

    @routes.get("/records/<uid>")
    def record(uid: str) -> Response:
        gate.reviewer()
        with asking(within):
            entry = known(collection(), uid)
            events = [_event(each) for each in collection().events(uid)]
        return jsonify(told(entry) | {"events": events})

    @routes.patch("/records/<uid>")
    def change_one(uid: str) -> Response:
        by = gate.reviewer().called
        change = asked.change(request, pipeline.settings)
        with asking(within):
            known(collection(), uid)
            amended(collection(), uid, change, by)
            return jsonify(told(known(collection(), uid)))

    @routes.delete("/records/<uid>")
    def remove(uid: str) -> Response:
        by = gate.reviewer().called
        with asking(within):
            known(collection(), uid)
            gone = collection().withdraw(uid, by=by)
        if gone is None:
            raise nothing()
        return jsonify(uid=gone.uid, finished=gone.finished, elsewhere=gone.elsewhere)

    @routes.get("/records/<uid>/data/<tag>")
    def data(uid: str, tag: str) -> Response:
        gate.reviewer()
        width = contents.width_of(request.args["width"]) if "width" in request.args else 0
        with asking(within):
            entry = known(collection(), uid)
            item = entry.item(tag)
            if item is None:
                raise nothing()
            try:
                with memory.BODIES.hold(item["bytes"], alone=True):
                    read = partial(collection().read, entry, item)
                    if width:
                        return contents.small(request, width, item["sha256"], read)
                    told = item["media_type"]
                    return contents.whole(request, read(), f"{uid}-{tag}", told)
            except memory.Busy:
                raise full() from None


def told(entry: Entry) -> dict[str, Any]:
    """Tell a record as its owner sees it: no store's names, but where each piece can be read."""
    ours = entry.whole[PROVENANCE]
    return {
        "uid": entry.uid,
        "received_at": entry.received_at,
        "state": entry.state,
        "reason": entry.reason,
        "labels": dict(entry.labels),
        "data": [
            {name: value for name, value in item.items() if name not in UNTOLD}
            | {"url": f"/records/{entry.uid}/data/{item['tag']}"}
            for item in entry.data
        ],
        "flags": list(entry.flags),
        **{name: ours[name] for name in TOLD if name in ours},
    }


def known(collection: Collection, name: str) -> Entry:
    """Give one record. Raises Failure (`not-found`), StoreError."""
    entry = collection.get(name) if uid.ALONE.fullmatch(name) else None
    if entry is None:
        raise nothing()
    return entry


def nothing() -> Failure:
    """Say that there is no such record, or not any more."""
    message = "There is no such record here; it may have been withdrawn."
    return Failure(NOT_FOUND, Problem("record", message))


def amended(collection: Collection, name: str, change: asked.Change, by: str) -> bool:
    """Change one record, if it is there. Raises Failure, StoreError.

    A reason belongs to its state: with another state, and no reason told, there is none.
    """
    entry = collection.get(name)
    if entry is None:
        return False
    state = change.state or entry.state
    kept = entry.reason if state == entry.state else ""
    reason = kept if change.reason is None else change.reason
    try:
        return collection.amend(name, state, by=by, reason=reason) is not None
    except Fixed:
        message = "The label store keeps records as they are; their state cannot be changed."
        raise Failure(FORBIDDEN, Problem("fixed", message)) from None


@contextmanager
def asking(seconds: float) -> Iterator[None]:
    """Bound how long stores are asked; what they do not answer is said. Raises Failure."""
    try:
        with deadline.within(seconds):
            yield
    except (Missing, Changed) as error:
        log.error("a record's data cannot be given: %s", error)
        message = "The stores do not have these data as the record tells them."
        raise Failure(NOT_FOUND, Problem("data-missing", message)) from None
    except StoreError as error:
        log.error("a store does not answer: %s", error)
        message = "The stores do not answer just now; please come again in a moment."
        raise Failure(OVERLOAD, Problem("unavailable", message)) from None


def _event(event: Event) -> dict[str, str]:
    return {name: value for name, value in event.told.items() if name != "uid"}
