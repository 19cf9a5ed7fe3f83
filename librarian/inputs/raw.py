"""How is a plain body read? As the data themselves."""

from librarian.component import Input, component
from librarian.record import Blob, Carrier


@component
class Raw(Input[Blob]):
    """Data that are the whole request body, as `curl -T photo.jpg` sends them."""

    name = "raw"
    example = {"type": "raw", "tag": "image"}
    carriers = frozenset({"body"})
    said = "a raw body"

    def read(self, tag: str, carrier: Carrier) -> Blob:
        """Take the body."""
        return Blob(tag, carrier.value)
