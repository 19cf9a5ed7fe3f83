"""How are data read that are text? As UTF-8, kept as the bytes that came.

What is UTF-8 here is text, whatever kind of file it begins like: “GIF89a is an old format.”
"""

from librarian import media
from librarian.component import Input, component
from librarian.problem import Problem
from librarian.record import Blob, Carrier
from librarian.stage import RECEIVE, Failure


@component
class Text(Input[Blob]):
    """Data that are text: a form field, a JSON string, a text file or a text/plain body."""

    name = "text"
    example = {"type": "text", "tag": "sentence"}
    carriers = frozenset({"field", "member", "file", "body"})
    said = "text"

    def reads(self, carrier: Carrier) -> bool:
        """Say whether it reads this form of arrival: of bodies, those that do not say otherwise."""
        return carrier.kind != "body" or carrier.media_type in ("text/plain", "")

    def read(self, tag: str, carrier: Carrier) -> Blob:
        """Take the text as UTF-8 bytes. Raises Failure (`receive`) for what is no string.

        A file that is not UTF-8 is what its bytes tell: a validator says whether it is taken.
        """
        text = carrier.value
        if not isinstance(text, str | bytes):
            raise Failure(RECEIVE, Problem("text", f"“{tag}” must be a string.", (tag,)))
        content = text.encode() if isinstance(text, str) else text
        kind = media.TEXT if media.is_utf8(content) else None
        return Blob(tag, content, carrier.filename, kind=kind)
