"""What does the owner see in a browser? The desk: what came in, to be looked at and judged.

Pages are whole without a script, which adds the keys, changes, and more while one scrolls. Changes
go to /records as any other client's do.
"""

import logging
from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, request

from librarian import moment
from librarian.collection import STATES, Collection, Entry, Selection
from librarian.contract.document import document
from librarian.figures.crop import Crops
from librarian.figures.reckoner import Reckoner
from librarian.figures.refusals import Refusals
from librarian.figures.standing import Standing
from librarian.pipeline import Pipeline
from librarian.settings import Settings
from librarian.signed.session import Session
from librarian.stage import STAGES, Failure, StoreError
from librarian.web import body, pieces, wire
from librarian.web.desk import asked, charts, gallery
from librarian.web.desk.asked import Asked
from librarian.web.desk.card import Card, said, visible
from librarian.web.gate import Gate
from librarian.web.page import Page
from librarian.web.review import asking, known

log = logging.getLogger(__name__)
PATIENCE = 2.0
"""Seconds to wait for figures before it is said that they are being counted."""
LARGEST = 4096
"""Bytes of the form that brings the key."""
LONGEST_CHOICE = 40
"""Values of a label beyond which they are typed and not chosen."""


@dataclass(frozen=True)
class Room:
    """What the desk's pages are made from."""

    collection: Collection
    gate: Gate
    page: Page
    crops: Crops
    standing: Standing
    reckoner: Reckoner
    refusals: Refusals
    within: float

    def show(self, template: str, status: int, session: Session, **values: object) -> Response:
        """Write a page for who has a session."""
        told: dict[str, object] = {
            "csrf": session.csrf,
            "states": STATES,
            "amends": self.collection.amends,
        }
        told |= {"visible": visible, "moment": said}
        return self.page.desk(f"desk/{template}", status, **told, **values)

    def card(self, entry: Entry) -> Card:
        """Give a record as it is shown."""
        return Card(entry, self.crops)


def register(routes: Blueprint, pipeline: Pipeline, gate: Gate, page: Page) -> None:
    """Serve the desk."""
    settings = pipeline.settings

    @routes.post("/desk")
    def come_in() -> Response:
        """Begin a session for a person who typed the key into the form."""
        with body.whole(request, settings, LARGEST) as content:
            sent = dict(pieces.pairs(content.read()))
        try:
            begun = gate.begin(sent.get("key", "").strip() or "-")
        except Failure as failure:
            return _door(gate, page, failure)
        return _to_desk(begun)

    @routes.post("/desk/leave")
    def go() -> Response:
        """End the session in this browser."""
        body.refuse(request)
        return _to_desk(gate.end())

    if pipeline.collection is None:

        @routes.get("/desk")
        def nothing_here() -> Response:
            return page.desk("desk/nothing.html", 404)

        return
    crops = Crops(document(settings)["box"])
    standing = Standing(pipeline.collection)
    room = Room(
        pipeline.collection,
        gate,
        page,
        crops,
        standing,
        Reckoner(pipeline.collection, crops),
        pipeline.refusals,
        settings.store_seconds,
    )
    choices = _choices(settings)

    @routes.get("/desk")
    def see_all() -> Response:
        session = gate.visitor()
        return _door(gate, page) if session is None else _gallery(room, session, choices)

    @routes.get("/desk/<uid>")
    def see_one(uid: str) -> Response:
        session = gate.visitor()
        return _door(gate, page) if session is None else _single(room, session, uid)

    @routes.get("/desk/charts")
    def see_charts() -> Response:
        session = gate.visitor()
        return _door(gate, page) if session is None else _charts(room, session)

    @routes.get("/desk/counts")
    def count() -> Response:
        gate.reviewer()
        with asking(room.within):
            counts = standing.now()
        answer = jsonify(states=counts, total=sum(counts.values()))
        answer.set_etag("-".join(map(str, counts.values())))
        answer.headers["Cache-Control"] = "private, no-cache"
        return answer.make_conditional(request)  # type: ignore[return-value]


def _to_desk(answer: Response) -> Response:
    """Send a browser to the desk, with the cookie that the answer sets."""
    answer.status_code, answer.headers["Location"] = 303, "/desk"
    answer.set_data(b"")
    return answer


def _door(gate: Gate, page: Page, failure: Failure | None = None) -> Response:
    """Ask for the key; say what was wrong with the one before."""
    fault = failure.problems[0].message if failure else ""
    status = failure.stage.status if failure else 200
    return page.desk("desk/door.html", status, fault=fault, opens=gate.opens, made=gate.made)


def _gallery(room: Room, session: Session, choices: dict[str, list[str]]) -> Response:
    status, fault, wanted, shown = 200, "", Asked(), gallery.Shown((), None)
    try:
        wanted = asked.read(wire.query(request))
        with asking(room.within):
            counts = dict(room.standing.now())
            shown = gallery.read(room.collection, wanted)
    except Failure as failure:
        status, fault, counts = failure.stage.status, failure.problems[0].message, {}
    return room.show(
        "gallery.html",
        status,
        session,
        asked=wanted,
        cards=[room.card(each) for each in shown.entries],
        then=wanted.query(cursor=shown.then.text) if shown.then else "",
        searched=shown.searched,
        counts=counts,
        total=sum(counts.values()),
        fault=fault,
        choices=choices,
    )


def _single(room: Room, session: Session, uid: str) -> Response:
    try:
        wanted = asked.read(wire.query(request))
        with asking(room.within):
            entry = known(room.collection, uid)
            events = list(room.collection.events(uid))
            older = _beside(room, entry, wanted.selection, newest_first=True)
            newer = _beside(room, entry, wanted.selection, newest_first=False)
    except Failure as failure:
        told = {"fault": failure.problems[0].message}
        return room.show("gone.html", failure.stage.status, session, **told)
    return room.show(
        "record.html",
        200,
        session,
        card=room.card(entry),
        events=events,
        older=older,
        newer=newer,
        asked=wanted,
    )


def _charts(room: Room, session: Session) -> Response:
    found = room.reckoner.figures(Selection(), PATIENCE)
    fault = found.fault
    try:
        refused = room.refusals.read()
    except StoreError as error:
        log.error("refusals cannot be read: %s", error)
        refused, fault = [], fault or "What was turned away cannot be read just now."
    titles = {stage.slug: stage.title for stage in STAGES}
    return room.show(
        "charts.html",
        200,
        session,
        known=found.tally,
        read=found.read,
        waiting=found.tally is None and not found.fault,
        at=said(moment.written(found.at)),
        charts=list(charts.charts(found.tally)) if found.tally else [],
        refused=sum(count for _, count in refused),
        refusals=list(charts.refusals(refused, titles)),
        fault=fault,
    )


def _beside(room: Room, entry: Entry, selection: Selection, *, newest_first: bool) -> str:
    """Give the uid of the record that comes next; empty where there is none."""
    after = entry.cursor
    found = room.collection.select(selection, after, newest_first=newest_first, limit=1)
    return next((each.uid for each in found), "")


def _choices(settings: Settings) -> dict[str, list[str]]:
    """Give the labels that have few values, and which."""
    found = {}
    for each in document(settings)["fields"]:
        values = [v for v in each["schema"].get("enum", ()) if isinstance(v, str)]
        if 0 < len(values) <= LONGEST_CHOICE:
            found[each["name"]] = values
    return found
