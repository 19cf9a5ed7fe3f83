"""How are data read that are JSON themselves? As any JSON value (RFC 8259)."""

from librarian import strictjson
from librarian.component import Input, component
from librarian.problem import Problem
from librarian.record import Carrier, Document
from librarian.stage import RECEIVE, Failure


@component
class Json(Input[Document]):
    """Data that are JSON: a member of a JSON body, or JSON text in a form's field or file."""

    name = "json"
    example = {"type": "json", "tag": "answers"}
    carriers = frozenset({"field", "member", "file"})
    said = "JSON"

    def read(self, tag: str, carrier: Carrier) -> Document:
        """Take the value, or read the text. Raises Failure (`receive`) for what is no JSON."""
        if carrier.kind == "member":
            return Document(tag, carrier.value)
        try:
            value = strictjson.loads(carrier.value)
        except strictjson.NotJson as error:
            raise Failure(RECEIVE, Problem("json", f"“{tag}”: {error}.", (tag,))) from None
        sent = carrier.value if isinstance(carrier.value, bytes) else carrier.value.encode()
        return Document(tag, value, sent, carrier.filename)
