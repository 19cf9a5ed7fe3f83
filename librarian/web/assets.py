"""How do the page's own files reach a browser? In one more request, compressed, kept by it.

The style stands in the page itself, the script is one file at an address that holds its version
(`/static/v/<version>/page.js`), so that a browser keeps it until it changes. What other pages
import, /static/librarian.js, keeps its address; a browser asks whether it has changed.
"""

import gzip
import hashlib
import mimetypes
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Request, Response, abort, request

from librarian.web.joined import joined

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
IF_SAME = "no-cache"
START = "page"
DESK, DESK_START = "desk", "desk/gallery.js"


@dataclass(frozen=True)
class Asset:
    """One file, compressed once."""

    content: bytes
    packed: bytes
    media_type: str

    @property
    def version(self) -> str:
        """Tell it from every other content."""
        return hashlib.sha256(self.content).hexdigest()[:16]


class Assets:
    """The files of one configured service, in memory."""

    def __init__(self, colours: str) -> None:
        texts = _texts(FOLDER)
        self.style = texts["page.css"] + colours
        modules = {Path(name).stem: text for name, text in texts.items() if name.endswith(".js")}
        self._files = {name: _asset(name, text) for name, text in texts.items()}
        self._script = _asset("page.js", joined(modules, START))
        desk = {f"{DESK}/{name}": text for name, text in _texts(FOLDER / DESK).items()}
        self._desk = {name: _asset(name, text) for name, text in desk.items()}
        self._desk["page.css"] = _asset("page.css", self.style)
        versions = " ".join(self._desk[name].version for name in sorted(self._desk))
        self._desk_version = hashlib.sha256(versions.encode()).hexdigest()[:16]

    @property
    def policy(self) -> str:
        """Say which style and script a page may use, in the words of Content-Security-Policy."""
        digest = b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return f"script-src 'self'; style-src 'sha256-{digest}'"

    @property
    def script(self) -> str:
        """Give the address of the page's script, under which it never changes."""
        return f"/static/v/{self._script.version}/{START}.js"

    def url(self, name: str) -> str:
        """Give the address of one of the desk's files, under which it never changes."""
        return f"/static/v/{self._desk_version}/{name}"

    def desk_modules(self) -> list[str]:
        """Give the addresses of what the gallery's script imports, to be fetched with it."""
        scripts = (name for name in sorted(self._desk) if name.endswith(".js"))
        return [self.url(name) for name in scripts if name != DESK_START]

    def register(self, routes: Blueprint) -> None:
        """Serve them."""

        @routes.get(f"/static/v/<version>/{START}.js")
        def script(version: str) -> Response:
            if version != self._script.version:
                abort(404)
            return _served(self._script, FOR_EVER)

        @routes.get("/static/v/<version>/<path:name>")
        def desk(version: str, name: str) -> Response:
            if version != self._desk_version or name not in self._desk:
                abort(404)
            return _served(self._desk[name], FOR_EVER)

        @routes.get("/static/<name>")
        def static(name: str) -> Response:
            if name not in self._files:
                abort(404)
            return _served(self._files[name], IF_SAME)


def packed(response: Response, asked: Request, ready: bytes | None = None) -> Response:
    """Compress an answer for a browser that takes it so."""
    response.headers.add("Vary", "Accept-Encoding")
    if asked.accept_encodings["gzip"]:
        response.set_data(ready or gzip.compress(response.get_data(), mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _served(asset: Asset, kept: str) -> Response:
    response = packed(Response(asset.content, mimetype=asset.media_type), request, asset.packed)
    response.headers["Cache-Control"] = kept
    response.set_etag(asset.version, weak=True)  # the same file, compressed or not
    response.make_conditional(request)
    return response


def _texts(folder: Path) -> dict[str, str]:
    files = (each for each in folder.iterdir() if each.is_file())
    return {file.name: file.read_text(encoding="utf-8") for file in files}


def _asset(name: str, text: str) -> Asset:
    guessed = mimetypes.guess_type(name)[0] or "text/plain"
    kind = "text/javascript" if name.endswith(".js") else guessed
    content = text.encode()
    return Asset(content, gzip.compress(content, mtime=0), kind)
