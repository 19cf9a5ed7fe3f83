"""What can be done with a receipt's token? Its contribution is seen, or withdrawn, without a key.

Programs get JSON, browsers a page of the same style as the form's, which works without a script.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request

from librarian.contributed import Contributed, Contribution
from librarian.pipeline import Pipeline
from librarian.problem import Problem
from librarian.record import Receipt
from librarian.signed import token
from librarian.signed.secret import Secret
from librarian.stage import NOT_FOUND, RECEIVE, Failure
from librarian.units import say_bytes
from librarian.web import body, pieces
from librarian.web.page import Page, prefers_page
from librarian.web.review import asking
from librarian.web.wire import RECEIPTS

ALL = "all"
OF_CONTRIBUTOR = "contributor"
"""What `all` may be: everything of the same pseudonym."""
SURE = "sure"
LARGEST = 4 * 2**10
"""Bytes that the page's own form may have."""


class Tokens:
    """The tokens of one service's receipts."""

    def __init__(self, secret: Secret, pipeline: Pipeline) -> None:
        self._secret, self._useful = secret, pipeline.collection is not None

    def of(self, receipt: Receipt, key: str) -> str:
        """Give the token for a receipt's answer, empty where there is none to be told.

        A replay tells it again only to who sends a key that nobody can have guessed.
        """
        signing = self._secret.key(token.USE) if self._useful else None
        if signing is None or (receipt.replayed and not token.unguessable(key)):
            return ""
        return token.make(signing, receipt.uid)

    def uid_of(self, shown: str) -> str:
        """Give the uid that a token is for. Raises Failure (`not-found`)."""
        signing = self._secret.key(token.USE) if self._useful else None
        uid = token.uid_of(signing, shown) if signing else None
        if uid is None:
            message = "This is no receipt of this service; please see whether the address is whole."
            raise Failure(NOT_FOUND, Problem("receipt", message))
        return uid


def register(routes: Blueprint, pipeline: Pipeline, tokens: Tokens, page: Page) -> None:
    """Serve what a contributor sees and takes back."""
    if pipeline.collection is None:
        return
    contributed = Contributed(pipeline, pipeline.collection)
    within = pipeline.settings.store_seconds

    def withdrawn(shown: str, *, every: bool) -> dict[str, Any]:
        uid = tokens.uid_of(shown)
        with asking(within):
            if every:
                ends = list(contributed.withdraw_all(uid))
                return {"withdrawn": len(ends), "finished": all(ends)}
            return {"withdrawn": 1, "finished": contributed.withdraw(uid)}

    @routes.get(f"{RECEIPTS}<shown>")
    def receipt(shown: str) -> Response:
        uid = tokens.uid_of(shown)
        with asking(within):
            found = contributed.get(uid)
        if prefers_page(request):
            several = token.unguessable(found.contributor)
            response = page.show(
                "receipt.html", 200, found=found, several=several, say_bytes=say_bytes
            )
        else:
            response = jsonify(told(found))
        response.headers.add("Vary", "Accept")
        return response

    @routes.delete(f"{RECEIPTS}<shown>")
    def withdraw(shown: str) -> Response:
        every = request.args.get(ALL)
        if every not in (None, OF_CONTRIBUTOR):
            message = f"“{ALL}” can only be “{OF_CONTRIBUTOR}”: everything of the same pseudonym."
            raise Failure(RECEIVE, Problem(ALL, message))
        return jsonify(withdrawn(shown, every=every is not None))

    @routes.post(f"{RECEIPTS}<shown>")
    def withdraw_here(shown: str) -> Response:
        """Do it for a person at the page, who says so by a tick."""
        with body.whole(request, pipeline.settings, LARGEST) as content:
            said = dict(pieces.pairs(content.read()))
        if SURE not in said:
            message = "Nothing was withdrawn: please tick first that you are sure."
            raise Failure(RECEIVE, Problem(SURE, message))
        told = withdrawn(shown, every=said.get(ALL) == OF_CONTRIBUTOR)
        return page.show("withdrawn.html", 200, count=told["withdrawn"])


def told(found: Contribution) -> dict[str, Any]:
    """Tell a contribution as JSON: the receipt, its state, and what is kept of who sent it."""
    receipt = found.receipt
    return {
        "uid": receipt.uid,
        "received_at": receipt.received_at,
        "state": found.state,
        "labels": dict(receipt.labels),
        "data": [dict(each) for each in receipt.data],
        "flags": [dict(each) for each in receipt.flags],
        "sender": found.sender,
    }
