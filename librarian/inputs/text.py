"""How are data read that are text? As UTF-8, kept as the bytes that came."""

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
        """Take the text as UTF-8 bytes. Raises Failure (`receive`) if it is none."""
        text = carrier.value
        if not isinstance(text, str | bytes):
            raise Failure(RECEIVE, Problem("text", f"“{tag}” must be a string.", (tag,)))
        content = text.encode() if isinstance(text, str) else text
        return Blob(tag, content, carrier.filename)
