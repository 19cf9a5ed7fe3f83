"""How is a contribution shown on the terminal of the service? As one line each, nothing kept."""

import sys

from librarian import strictjson
from librarian.component import Actor, component
from librarian.disk import folder
from librarian.record import Document, Part, Stored


@component
class Print(Actor[Part]):
    """Print what came in and keep nothing; for trying things out.

    Labels are printed whole, as one line of JSON on standard output; of data only the kind and the
    size. It acts after everything else is stored.
    """

    name = "print"
    example = {}

    def act(self, key: str, part: Part) -> Stored:
        """Print the part. Raises StoreError where nobody reads what is printed any more."""
        if isinstance(part, Document):
            said = strictjson.dumps(part.value).decode()
        else:
            said = f"{part.media.word}, {len(part.content)} bytes, sha256 {part.sha256}"
        with folder.told("nothing could be printed"):
            sys.stdout.write(f"{key} {part.tag}: {said}\n")
            sys.stdout.flush()
        return Stored(self.name, key)

    def ping(self) -> None:
        """Standard output is always there."""
