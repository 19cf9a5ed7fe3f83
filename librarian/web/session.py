"""How does a browser stay at the desk? By a signed cookie, begun with a review key, for some hours.

The cookie goes back to this service's own pages alone (`SameSite=Strict`), no script can read it
(`HttpOnly`), and over https it goes no other way (`Secure`, a name with `__Host-`; RFC 6265bis).
"""

import secrets

from flask import Response, jsonify, request

from librarian.signed.secret import Secret
from librarian.signed.session import LASTS, USE, Session, Sessions

COOKIE = "librarian_desk"
CSRF = "X-CSRF-Token"


class Desk:
    """The sessions of one configured service."""

    def __init__(self, secret: Secret) -> None:
        # without a secret that lasts, sessions end with the service; its workers are forked later
        self._secret, self._own = secret, secrets.token_bytes(32)

    def begin(self, scope: str) -> Response:
        """Begin a session of a review key: 201, the cookie, and what changes need beside it."""
        cookie, session = self._sessions().begin(scope)
        response = jsonify(_told(session))
        response.status_code = 201
        response.set_cookie(
            _name(),
            cookie,
            max_age=LASTS,
            path="/",
            secure=request.is_secure,
            httponly=True,
            samesite="Strict",
        )
        return response

    def tell(self, session: Session) -> Response:
        """Give a page of ours anew what changes need beside the cookie."""
        return jsonify(_told(session))

    def end(self) -> Response:
        """End the session in this browser."""
        response = Response(status=204)
        response.delete_cookie(
            _name(), path="/", secure=request.is_secure, httponly=True, samesite="Strict"
        )
        return response

    def session(self) -> Session | None:
        """Give the session whose cookie came with this request, None where there is none."""
        cookie = request.cookies.get(_name(), "")
        return self._sessions().read(cookie) if cookie else None

    def _sessions(self) -> Sessions:
        return Sessions(self._secret.key(USE) or self._own)


def _name() -> str:
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _told(session: Session) -> dict[str, str]:
    return {"csrf": session.csrf}
