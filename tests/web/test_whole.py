"""Is an answer that is sent as it was made the same as one that werkzeug looks through?"""

from typing import Any

from flask import Response
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import create_environ, run_wsgi_app

from librarian.web.whole import Whole

TOKENS = st.text(st.sampled_from("abcXYZ019._-"), min_size=1, max_size=40)


def sent(response: Response, method: str) -> tuple[bytes, str, Any]:
    chunks, status, headers = run_wsgi_app(response, create_environ(method=method), buffered=True)
    return b"".join(chunks), status, list(headers)


@given(
    st.binary(max_size=200),
    st.sampled_from([200, 201, 202, 400, 404, 422, 503, 599]),
    st.sampled_from(["application/json", "application/problem+json"]),
    st.none() | TOKENS,
    st.lists(st.tuples(st.sampled_from(["X-Request-Id", "Retry-After"]), TOKENS), max_size=2),
    st.sampled_from(["GET", "HEAD", "PUT"]),
)
def test_it_is_sent_as_werkzeug_would(
    body: bytes,
    status: int,
    media_type: str,
    token: str | None,
    later: list[tuple[str, str]],
    method: str,
) -> None:
    place = [] if token is None else [("Location", f"/receipts/{token}")]
    whole, usual = Whole(body, status, media_type, *place), Response(body, status)
    usual.headers.clear()
    usual.headers["Content-Type"] = media_type
    usual.headers["Content-Length"] = str(len(body))
    for name, value in place:
        usual.headers[name] = value
    for name, value in dict(later).items():
        usual.headers[name] = value
    whole.headers.put(dict(later).items())
    assert sent(whole, method) == sent(usual, method)
    assert whole.get_data() == usual.get_data()
