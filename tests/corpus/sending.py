"""How is a case sent? Into the application as a server does it, or over a connection."""

import http.client
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask
from werkzeug.test import run_wsgi_app

from tests.corpus import Case


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def environ(case: Case) -> dict[str, Any]:
    """Give the case as gunicorn hands it over (PEP 3333)."""
    path, _, query = case.target.partition("?")
    found: dict[str, Any] = {
        "REQUEST_METHOD": case.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(case.body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(case.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }
    sent: dict[str, str] = {}
    for name, value in case.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        sent[key] = f"{sent[key]},{value}" if key in sent else value
    return found | sent


def into(app: Flask, case: Case) -> Answer:
    """Send a case into the application."""
    chunks, status, headers = run_wsgi_app(app, environ(case), buffered=True)
    return Answer(int(status.split()[0]), dict(headers), b"".join(chunks))


def over(url: str, case: Case) -> Answer:
    """Send a case over a connection of its own."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=60)
    try:
        own = any(name.lower() == "host" for name, _ in case.headers)
        connection.putrequest(case.method, case.target, skip_host=own, skip_accept_encoding=True)
        for name, value in case.headers:
            connection.putheader(name, value.encode("latin-1"))
        if not any(name.lower() == "content-length" for name, _ in case.headers):
            connection.putheader("Content-Length", str(len(case.body)))
        connection.endheaders(case.body)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()
