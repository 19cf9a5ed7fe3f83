"""How are the bytes of a record given to a browser? So that nothing in them runs.

Strangers sent them. Pictures, sounds and films may be shown where they stand, in a sandbox; all
else is a file to be saved. Ranges, and questions whether something has changed, follow RFC 9110
(sections 13 and 14).
"""

import hashlib
from collections.abc import Callable

from flask import Request, Response
from werkzeug.http import parse_range_header, quote_etag

from librarian import media, memory, picture
from librarian.picture.thumbnail import WIDTHS, thumbnail
from librarian.pipeline import full
from librarian.problem import Problem
from librarian.stage import DATA_VALIDATION, RECEIVE, TYPE, Failure

SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
KEPT_FOR = 600
"""Seconds for which a browser shows what it has without asking: one session's scrolling."""
SHOWN = frozenset(
    kind for kind in media.KNOWN
    if kind in picture.FORMATS or kind.startswith(("audio/", "video/"))
)  # fmt: skip
"""Media types that a browser may show; no drawing (SVG) and no page, which could hold scripts."""


def whole(asked: Request, content: bytes, name: str, media_type: str) -> Response:
    """Give a file, or the part of it that is asked for; its ETag is its SHA-256.

    What its record tells as text is that; a store may keep all else in another form.

    Raises RequestedRangeNotSatisfiable.
    """
    kind = media.TEXT if media_type == media.TEXT.type else media.sniff(content)
    shown = kind.type in SHOWN
    response = Response(content, mimetype=kind.type if shown else media.BYTES.type)
    place = "inline" if shown else "attachment"
    response.headers["Content-Disposition"] = f'{place}; filename="{name}{kind.extension}"'
    response.set_etag(hashlib.sha256(content).hexdigest())
    environ = dict(asked.environ)
    weak = environ.get("HTTP_IF_RANGE", "").startswith("W/")  # which may not be sent so
    if weak or not _is_one_range(environ.get("HTTP_RANGE", ""), len(content)):
        environ.pop("HTTP_RANGE", None)  # a server may ignore what it does not do
    response.make_conditional(environ, accept_ranges=True, complete_length=len(content))
    response.headers["Accept-Ranges"] = "bytes"
    return _guarded(response)


def small(asked: Request, width: int, sha256: str, read: Callable[[], bytes]) -> Response:
    """Give a picture drawn small; nothing is read where the browser has it already.

    Raises Failure (`type` for what is no picture, `data-validation` for a broken one).
    """
    tag = quote_etag(f"{sha256}-{width}", weak=True)
    if asked.if_none_match.contains_weak(f"{sha256}-{width}"):
        response = Response(status=304)
    else:
        response = Response(_drawn(read(), width), mimetype=media.JPEG.type)
    response.headers["ETag"] = tag
    return _guarded(response)


def width_of(text: str) -> int:
    """Read the width that is asked for. Raises Failure (`receive`)."""
    if text not in map(str, WIDTHS):
        message = f"Pictures are shown small in these widths: {', '.join(map(str, WIDTHS))}."
        raise Failure(RECEIVE, Problem("width", message, limit=list(WIDTHS)))
    return int(text)


def _drawn(content: bytes, width: int) -> bytes:
    kind = media.sniff(content)
    if kind.type not in picture.FORMATS:
        message = f"This is {kind.word}, and only pictures can be shown small."
        raise Failure(TYPE, Problem("thumbnail", message))
    try:
        return thumbnail(content, kind, width)
    except (picture.Unreadable, picture.TooLarge) as error:
        message = f"It cannot be shown small: {error}."
        raise Failure(DATA_VALIDATION, Problem("thumbnail", message)) from None
    except memory.Busy:
        raise full() from None


def _guarded(response: Response) -> Response:
    response.headers["Cache-Control"] = f"private, max-age={KEPT_FOR}"
    response.headers["Vary"] = "Authorization, Cookie"
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _is_one_range(header: str, length: int) -> bool:
    """Say whether less than all is asked for, as one range of bytes, in the standard's form."""
    asked = parse_range_header(header)
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return False
    return bool(asked.ranges[0][0] >= -length)  # a last part longer than the file is all of it
