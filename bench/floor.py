"""What does an upload take that gets what is promised, and nothing else? `python -m bench.floor`.

The service as it is served, with one plain function where all of its request's work stands
otherwise: the body taken apart by the same quick ways, labels checked by pydantic, the picture's
header read, and what `FLOOR` names: `walked` to its end mark, `hashed` (SHA-256), `synced` with its
folder; then a row committed together with those of others, and an answer. There is no key, no
journal, no replay, no chain, no metrics, no log line. It tells how far a ratio can come at all.
"""

import hashlib
import json
import os
from typing import IO, Any

import pybase64
from flask import Flask, Response

from bench.peers.keeping import FOLDER, MOST, TABLE, Labels
from librarian import server, uid
from librarian import settings as configuration
from librarian.disk import folder
from librarian.disk.database import Database
from librarian.picture import jpeg
from librarian.record import Encoding
from librarian.settings import Settings
from librarian.web import body, create_app, pieces
from librarian.web.pace import FREE
from librarian.web.service import here

ASKED = frozenset(os.environ.get("FLOOR", "").split(","))
DATABASE = Database(FOLDER / "labels.sqlite", TABLE, synchronous="FULL")
PICTURES = FOLDER / "pictures"
INSERT = "INSERT INTO uploads VALUES (?, ?, ?, ?)"


def main() -> None:
    """Serve as `librarian serve` does."""
    PICTURES.mkdir()
    server._application = application
    server.serve(configuration.load(os.environ))


def application(settings: Settings) -> Flask:
    """Make the application, all of whose requests are answered by one function."""
    app = create_app(settings)
    app.full_dispatch_request = take  # type: ignore[method-assign]
    return app


def take() -> Response:
    """Take one upload."""
    sent = here()
    encoding = body.encoding_of(sent.mimetype)
    boundary = sent.mimetype_params.get("boundary", "") if encoding == "multipart" else ""
    content = body.read(body.of(sent), sent.content_length, MOST, FREE, in_memory=MOST)
    labels, picture = apart(encoding, content, boundary, sent.environ["QUERY_STRING"].encode())
    key = keep(labels, picture)
    answer = json.dumps({"id": key, "bytes": len(picture)})
    return Response(answer, 201, mimetype="application/json")


def apart(
    encoding: Encoding, content: IO[bytes], boundary: str, query: bytes
) -> tuple[Labels, bytes]:
    """Take a body apart into its labels, checked, and its picture."""
    if encoding == "raw":
        return Labels.model_validate(dict(pieces.pairs(query))), content.read()
    sent: dict[str, Any] = {
        name: each.value for name, each in pieces.of(encoding, content, boundary)
    }
    if encoding == "multipart":
        return Labels.model_validate_json(sent["labels"]), sent["image"]
    given = sent["labels"] if encoding == "json" else dict(pieces.pairs(query))
    return Labels.model_validate(given), pybase64.b64decode(sent["image"], validate=True)


def keep(labels: Labels, picture: bytes) -> str:
    """Look at the picture and keep both; give the key."""
    key = uid.mint()
    name = f"{key}.jpg"
    plain = jpeg.read(picture)
    if plain is None or ("walked" in ASKED and plain.end != len(picture)):
        raise ValueError("this is no plain JPEG")
    told = labels.model_dump()
    if "hashed" in ASKED:
        told["sha256"] = hashlib.sha256(picture).hexdigest()
    if "synced" in ASKED:
        folder.create(PICTURES, name, picture)
    else:
        (PICTURES / name).write_bytes(picture)
    row = (key, labels.filename, json.dumps(told), name)
    DATABASE.write(lambda lent: lent.execute(INSERT, row), single=True)
    return key


if __name__ == "__main__":
    main()
