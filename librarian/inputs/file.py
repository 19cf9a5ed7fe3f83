"""How is an uploaded file read? As the bytes of a multipart part (RFC 7578)."""

from librarian.component import Input, component
from librarian.record import Blob, Carrier


@component
class File(Input[Blob]):
    """Data sent as a file part of a multipart form, as a page's file field sends them."""

    name = "file"
    example = {"type": "file", "tag": "image"}
    carriers = frozenset({"file"})
    said = "a file in a multipart form"

    def read(self, tag: str, carrier: Carrier) -> Blob:
        """Take the part's bytes."""
        return Blob(tag, carrier.value, carrier.filename)
