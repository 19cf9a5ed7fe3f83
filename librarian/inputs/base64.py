"""How are base64 data read? As browsers, phones and scripts write them (RFC 4648, RFC 2397)."""

import io
import re

from librarian.component import Input, component
from librarian.problem import Problem
from librarian.record import Blob, Carrier
from librarian.stage import RECEIVE, Failure

DATA_URI = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)
PIECE = 2**20
"""Characters decoded at one time."""
AS_STANDARD = str.maketrans({" ": "+", "-": "+", "_": "/", "\n": None, "\r": None})


@component
class Base64(Input[Blob]):
    """Data sent as base64 text in a form field, a JSON member or a text/plain body.

    A `data:` URI prefix may stand before it. Both alphabets are read, the standard one and the
    URL-safe one, with the right padding or with none; a space counts as the `+` that a form turned
    into one, and line breaks are passed over.
    """

    name = "base64"
    example = {"type": "base64", "tag": "image"}
    carriers = frozenset({"field", "member", "body"})
    said = "base64 text"

    def reads(self, carrier: Carrier) -> bool:
        """Say whether it reads this form of arrival: of bodies, text/plain ones only."""
        return carrier.kind in ("field", "member") or (
            carrier.kind == "body" and carrier.media_type == "text/plain"
        )

    def read(self, tag: str, carrier: Carrier) -> Blob:
        """Decode the text. Raises Failure (`receive`) for what is no base64."""
        text = carrier.value
        if isinstance(text, bytes):
            text = text.decode("ascii", "replace")
        if not isinstance(text, str):
            raise _refusal(tag)
        # at the ends of a form's field a space may be a +, elsewhere it is none
        text = text.strip("\r\n") if carrier.kind == "field" else text.strip()
        start = DATA_URI.match(text)
        begin = start.end() if start else 0
        content = _quick(text, begin)
        content = _decode(text, begin) if content is None else content
        if content is None:
            raise _refusal(tag)
        return Blob(tag, content)


def _quick(text: str, start: int) -> bytes | None:
    """Decode what is written as RFC 4648, section 4, has it, in one go; None for all else."""
    import pybase64

    try:
        return pybase64.b64decode(text[start:], validate=True)
    except ValueError:
        return None


def _decode(text: str, start: int) -> bytes | None:
    """Decode base64 piece by piece, so that no copy of it is made; None for what is none."""
    import pybase64

    end = max(start, len(text.rstrip("=\r\n")))
    content, left = io.BytesIO(), ""
    try:
        for at in range(start, end, PIECE):
            code = left + text[at : min(at + PIECE, end)].translate(AS_STANDARD)
            if "=" in code:
                return None
            whole = len(code) & ~3
            content.write(pybase64.b64decode(code[:whole], validate=True))
            left = code[whole:]
        padding = -len(left) % 4
        content.write(pybase64.b64decode(left + "=" * padding, validate=True))
    except ValueError:
        return None
    return content.getvalue() if text.count("=", end) in (0, padding) else None


def _refusal(tag: str) -> Failure:
    message = f"“{tag}” is not base64 text, or not all of it came."
    return Failure(RECEIVE, Problem("base64", message, (tag,)))
