"""How do the page's own files reach a browser? Compressed, and kept by it until they change.

Each stands at an address that holds the version of them all (`/static/v/<version>/page.js`), so
that modules find each other beside them and no browser ever mixes two versions. What other pages
import, /static/librarian.js, keeps its address.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path

from flask import Blueprint, Request, Response, abort, request

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
START = "page.js"
DESK, DESK_START = "desk", "desk/gallery.js"


class Assets:
    """The files of one configured service, in memory."""

    def __init__(self, appended: Mapping[str, str]) -> None:
        files = [file for file in sorted(FOLDER.rglob("*")) if file.is_file()]
        self.files = {file.relative_to(FOLDER).as_posix(): file.read_bytes() for file in files}
        for name, text in appended.items():
            self.files[name] += text.encode()
        every = b"\0".join(name.encode() + b"\0" + self.files[name] for name in self.files)
        self.version = hashlib.sha256(every).hexdigest()[:12]
        self.packed = {name: gzip.compress(each, mtime=0) for name, each in self.files.items()}

    def url(self, name: str) -> str:
        """Give the address of one of them, under which it never changes."""
        return f"/static/v/{self.version}/{name}"

    def modules(self) -> list[str]:
        """Give the addresses of what the page's script imports, to be fetched at once with it."""
        return self._scripts("", START)

    def desk_modules(self) -> list[str]:
        """Give the same for the gallery of the desk."""
        return self._scripts(DESK, DESK_START)

    def _scripts(self, folder: str, start: str) -> list[str]:
        scripts = [name for name in self.files if name.endswith(".js") and name != start]
        return [self.url(name) for name in scripts if name.rpartition("/")[0] == folder]

    def register(self, routes: Blueprint) -> None:
        """Serve them."""

        @routes.get("/static/v/<version>/<path:name>")
        def asset(version: str, name: str) -> Response:
            if version != self.version or name not in self.files:
                abort(404)
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            kind = "text/javascript" if name.endswith(".js") else kind
            response = Response(self.files[name], mimetype=kind)
            response.headers["Cache-Control"] = FOR_EVER
            return packed(response, request, self.packed[name])


def packed(response: Response, asked: Request, ready: bytes | None = None) -> Response:
    """Compress an answer for a browser that takes it so."""
    response.headers.add("Vary", "Accept-Encoding")
    if asked.accept_encodings["gzip"]:
        response.set_data(ready or gzip.compress(response.get_data(), mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
