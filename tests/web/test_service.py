"""Does a request that takes the short way through Flask come out as by the general one?"""

import io
import subprocess
import sys
from typing import Any

import pytest
from flask import Flask, Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ

from librarian.settings import load
from librarian.web import create_app
from librarian.web.service import Sent, Service, here
from tests.web.conftest import Service as Configured

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "put"]
PATHS = [
    "", "/", "/upload", "/upload/", "//upload", "/upload/0123456789abcdef", "/put", "/put/",
    "/livez", "/metrics", "/nowhere", "/UPLOAD", "/desk", "/receipts/x",
]  # fmt: skip
HOSTS = [
    "localhost", "localhost:8000", "example.org", "EXAMPLE.org:443", "[::1]:80", "a..b", ".a", "",
    "a" * 64, f"{'a' * 63}.org", "a_b", "a:99999", "a:0", "a b", "xn--bcher-kva.example", "ä.org",
]  # fmt: skip


@pytest.fixture(scope="module")
def app() -> Service:
    made = create_app(load({"LABEL_ACTOR_CONFIG": "[]", "DATA_ACTOR_CONFIG": "[]"}))
    assert isinstance(made, Service)
    return made


def found(app: Flask, environ: dict[str, Any], *, general: bool) -> tuple[Any, ...]:
    """Tell which view a request comes to, or what is raised, by either way."""
    request = app.request_class(environ)
    try:
        way = Flask.create_url_adapter if general else type(app).create_url_adapter
        adapter = way(app, request)
        if adapter is not None:
            rule, told = adapter.match(return_rule=True)
            request.url_rule, request.view_args = rule, dict(told)
    except HTTPException as error:
        return type(error), getattr(error, "valid_methods", None)
    return request.url_rule, request.view_args, request.host


@given(
    st.sampled_from(METHODS),
    st.sampled_from(PATHS) | st.text(st.sampled_from("/uploadpt"), max_size=9),
    st.sampled_from(HOSTS) | st.text(st.sampled_from("aB.-:[]019_ "), max_size=70),
    st.sampled_from(["", "websocket"]),
)
def test_the_short_way_finds_the_view_that_the_general_way_finds(
    app: Service, method: str, path: str, host: str, upgrade: str
) -> None:
    environ = create_environ(method="GET")
    environ |= {"REQUEST_METHOD": method, "PATH_INFO": path, "HTTP_HOST": host}
    if upgrade:
        environ |= {"HTTP_CONNECTION": "upgrade", "HTTP_UPGRADE": upgrade}
    told = [found(app, dict(environ), general=general) for general in (True, False)]
    assert told[0] == told[1]


def test_uploads_take_the_short_way(app: Service) -> None:
    for method, path in (("PUT", "/upload"), ("POST", "/upload"), ("POST", "/put"), ("POST", "/")):
        request = app.request_class(create_environ(path, method=method))
        assert app.create_url_adapter(request) is None


def test_hooks_are_asked_in_the_order_that_flask_has(tmp_path: Any) -> None:
    app = Configured(tmp_path, {}).app
    said: list[str] = []
    app.before_request(lambda: said.append("before"))
    app.teardown_request(lambda _: said.append("end"))

    @app.after_request
    def after(response: Any) -> Any:
        said.append(f"after {here().path}")
        return response

    assert app.test_client().get("/livez").status_code == 200
    assert app.test_client().get("/nowhere").status_code == 404
    assert said == ["before", "after /livez", "end", "before", "after /nowhere", "end"]


LENGTHS = st.sampled_from(
    ["", "0", "007", "12", "-1", "+1", "1_0", " 1", "1\n", "١", "x", "9" * 30]
)
TYPES = st.sampled_from(
    ["", "image/jpeg", "IMAGE/JPEG", "text/plain; charset=utf-8", "a/b\n", "image", "a/b ", "a/b/c",
     "application/x-www-form-urlencoded;charset=UTF-8", "multipart/form-data; boundary=x", "é/b"]
)  # fmt: skip


@given(
    st.none() | LENGTHS | st.text(max_size=5),
    st.none() | TYPES | st.text(max_size=9),
    st.none() | st.sampled_from(["chunked", "identity", "gzip, chunked"]),
)
def test_length_and_media_type_are_those_that_the_framework_reads(
    length: str | None, kind: str | None, coding: str | None
) -> None:
    told = {"CONTENT_LENGTH": length, "CONTENT_TYPE": kind, "HTTP_TRANSFER_ENCODING": coding}
    environ = create_environ() | {name: each for name, each in told.items() if each is not None}
    ours, usual = Sent(dict(environ)), Request(dict(environ))
    assert ours.content_length == usual.content_length
    assert ours.mimetype == usual.mimetype
    assert ours.mimetype_params == usual.mimetype_params


def test_importing_the_web_brings_no_store_and_no_decoder_before_they_are_needed() -> None:
    heavy = {"boto3", "botocore", "pymongo", "PIL"}
    code = f"import sys, librarian.web; print(sorted({heavy!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_files_that_werkzeug_read_are_closed_at_the_end(app: Service) -> None:
    environ = create_environ(method="POST", data={"image": (io.BytesIO(b"bytes"), "a.jpg")})
    with app.request_context(environ):
        file = here().files["image"]
        assert not file.stream.closed
    assert file.stream.closed
