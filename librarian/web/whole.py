"""What is an answer that is whole when it is made? Its body and its headers are sent as they are.

werkzeug looks through the headers of every answer for a break of the line when they are set, and
again for addresses to be encoded and a length to be reckoned when they are sent. Here all of them
are the program's own words, numbers and tokens.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Pair = tuple[str, str]


class Known(Headers):
    """Headers put together here, each once, of values without a break of the line."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        super().__init__()
        self._list.extend(pairs)

    def put(self, pairs: Iterable[Pair]) -> None:
        """Add more of them, none of which is there."""
        self._list.extend(pairs)


class Whole(Response):
    """An answer with a body; its status is one that has one."""

    headers: Known

    def __init__(self, body: bytes, status: int, media_type: str, *pairs: Pair) -> None:
        told = (("Content-Type", media_type), ("Content-Length", str(len(body))), *pairs)
        super().__init__([body], status, Known(told))

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Send it; who asks for the headers alone is answered by werkzeug."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response  # type: ignore[return-value]
