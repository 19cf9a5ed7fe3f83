"""May this request come in at all? Its key, then its rate, asked by a view before the body is read.

Who looks at what came in shows a review key, or the cookie of a session that was begun with one.
The header fields tell how the caller stands (draft-ietf-httpapi-ratelimit-headers). A refused body
is read and thrown away, within bounds, so that its sender sees the answer.
"""

import logging
from collections.abc import Callable, Sequence

from flask import Request, Response, after_this_request, request

from librarian.access import Access, Caller
from librarian.counting.rate import Rates, Standing, failure
from librarian.counting.storage import Counting
from librarian.problem import Problem
from librarian.settings import Settings
from librarian.signed.reviewkey import ReviewKey
from librarian.signed.session import Session
from librarian.stage import AUTH, FORBIDDEN, OVERLOAD, Failure, StoreError
from librarian.web import body
from librarian.web.session import CSRF, Desk

log = logging.getLogger(__name__)
SAFE = frozenset({"GET", "HEAD"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""


class Gate:
    """The access keys and the rates of one service, as its views ask for them."""

    def __init__(self, settings: Settings, counting: Counting, desk: Desk) -> None:
        keys = settings.access
        self._access = Access(keys.submit, keys.review, public=keys.public) if keys else Access()
        self._made = ReviewKey.of(settings)
        self._desk = desk
        self._rates = Rates(settings.rate, counting)
        self._hops = settings.proxy_hops
        self._warned = False

    def submitter(self, sent: Request, typed: str = "") -> Caller:
        """Let a contribution in, by its header or the key that a person typed into the form.

        Raises Failure (`auth`, `forbidden`, `rate-limit`).
        """
        told = f"Bearer {typed}" if typed else ""
        shown = sent.environ.get("HTTP_AUTHORIZATION", "") or told
        return _answered(lambda: self._submitter(sent, shown))

    def reviewer(self) -> Caller:
        """Let somebody look at what came in. Raises Failure (`auth`, `forbidden`)."""
        return _answered(self._reviewer)

    def begin(self, key: str = "") -> Response:
        """Begin a session for who shows a review key itself, by a form or not. Raises Failure."""
        shown = f"Bearer {key}" if key else _authorization()
        caller = _answered(lambda: self._reviewing().reviewer(shown))
        return self._desk.begin(caller.scope)

    def visitor(self) -> Session | None:
        """Give the session of who opens the desk, None where a key is to be asked for first.

        Raises Failure (`overload`).
        """
        session = self._desk.session()
        known = session is not None and self._reviewing().reviewer_of(session.scope)
        return session if known else None

    @property
    def made(self) -> bool:
        """Whether the key that opens the desk is one that this service made."""
        return self._made is not None

    @property
    def opens(self) -> bool:
        """Whether there is any key that opens the desk. Raises Failure (`overload`)."""
        return self._reviewing().reviewed

    def still(self) -> Response:
        """Tell a page of ours whether its session goes on. Raises Failure (`auth`)."""
        self.reviewer()
        session = self._desk.session()
        if session is None:
            message = "This browser has no session; begin one with a review key."
            raise Failure(AUTH, Problem("session", message))
        return self._desk.tell(session)

    def end(self) -> Response:
        """End the session in this browser; of whom, it need not be known."""
        return self._desk.end()

    def _reviewer(self) -> Caller:
        access, session = self._reviewing(), self._desk.session()
        if _authorization() or session is None:
            return access.reviewer(_authorization())
        caller = access.reviewer_of(session.scope)
        if caller is None:
            message = "This session is over, for its key is not known any more."
            raise Failure(AUTH, Problem("session", message))
        if request.method not in SAFE and not session.shown(request.headers.get(CSRF, "")):
            message = f"To change something by the cookie of a session, send {CSRF}, too."
            raise Failure(FORBIDDEN, Problem("csrf", message))
        return caller

    def _reviewing(self) -> Access:
        """Give the keys that let look: those configured, or the one made at the first start."""
        if self._made is None:
            return self._access
        try:
            return Access(review=self._made.known())
        except StoreError as error:
            log.error("the review key cannot be read: %s", error)
            message = "No key can be looked at just now; please come again."
            raise Failure(OVERLOAD, Problem("keys", message)) from None

    def _submitter(self, sent: Request, authorization: str) -> Caller:
        caller = self._access.submitter(authorization)
        contributor = sent.environ.get("HTTP_LIBRARIAN_CONTRIBUTOR", "")
        standings = self._rates.count(caller, contributor, self._address(sent))
        if standings:
            _tell(standings)
        if (refused := failure(standings)) is not None:
            raise refused
        return caller

    def _address(self, sent: Request) -> str:
        """Give the client's address, none where it is a proxy's, behind which a crowd may stand."""
        environ = sent.environ
        forwarded = "HTTP_X_FORWARDED_FOR" in environ or "HTTP_FORWARDED" in environ
        if self._hops or not forwarded:
            return sent.remote_addr or ""
        if not self._warned:
            self._warned = True
            log.warning(
                "X-Forwarded-For is seen and LIBRARIAN_PROXY_HOPS is 0: such requests are not"
                " limited by address; set it to the number of proxies before the service"
            )
        return ""


def _answered(ask: Callable[[], Caller]) -> Caller:
    """Ask, and let a client that is refused get to the answer."""
    try:
        return ask()
    except Failure:
        body.refuse(request)
        raise


def _authorization() -> str:
    return request.headers.get("Authorization", "")


def _tell(standings: Sequence[Standing]) -> None:
    @after_this_request
    def add(response: Response) -> Response:
        policy = (f'"{each.name}";q={each.most};w={each.seconds}' for each in standings)
        now = (f'"{each.name}";r={each.left};t={each.wait}' for each in standings)
        response.headers["RateLimit-Policy"] = ", ".join(policy)
        response.headers["RateLimit"] = ", ".join(now)
        return response
