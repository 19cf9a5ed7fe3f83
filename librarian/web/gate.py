"""May this request come in at all? Its key, then its rate, asked by a view before the body is read.

The header fields tell how the caller stands (draft-ietf-httpapi-ratelimit-headers). A refused body
is read and thrown away, within bounds, so that its sender sees the answer.
"""

import logging
from collections.abc import Callable, Sequence

from flask import Response, after_this_request, request

from librarian.access import Access, Caller
from librarian.counting.rate import Rates, Standing, failure
from librarian.counting.storage import Counting
from librarian.settings import Settings
from librarian.stage import Failure
from librarian.web import body

log = logging.getLogger(__name__)


class Gate:
    """The access keys and the rates of one service, as its views ask for them."""

    def __init__(self, settings: Settings, counting: Counting) -> None:
        keys = settings.access
        self._access = Access(keys.submit, keys.review, public=keys.public) if keys else Access()
        self._rates = Rates(settings.rate, counting)
        self._hops = settings.proxy_hops
        self._warned = False

    def submitter(self, typed: str = "") -> Caller:
        """Let a contribution in, by its header or the key that a person typed into the form.

        Raises Failure (`auth`, `forbidden`, `rate-limit`).
        """
        told = f"Bearer {typed}" if typed else ""
        return _answered(lambda: self._submitter(_authorization() or told))

    def reviewer(self) -> Caller:
        """Let somebody look at what came in. Raises Failure (`auth`, `forbidden`)."""
        return _answered(lambda: self._access.reviewer(_authorization()))

    def _submitter(self, authorization: str) -> Caller:
        caller = self._access.submitter(authorization)
        contributor = request.headers.get("Librarian-Contributor", "")
        standings = self._rates.count(caller, contributor, self._address())
        if standings:
            _tell(standings)
        if (refused := failure(standings)) is not None:
            raise refused
        return caller

    def _address(self) -> str:
        """Give the client's address, none where it is a proxy's, behind which a crowd may stand."""
        if self._hops or not _forwarded():
            return request.remote_addr or ""
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
        body.drain(request.stream)
        raise


def _authorization() -> str:
    return request.headers.get("Authorization", "")


def _forwarded() -> bool:
    return "X-Forwarded-For" in request.headers or "Forwarded" in request.headers


def _tell(standings: Sequence[Standing]) -> None:
    @after_this_request
    def add(response: Response) -> Response:
        policy = (f'"{each.name}";q={each.most};w={each.seconds}' for each in standings)
        now = (f'"{each.name}";r={each.left};t={each.wait}' for each in standings)
        response.headers["RateLimit-Policy"] = ", ".join(policy)
        response.headers["RateLimit"] = ", ".join(now)
        return response
