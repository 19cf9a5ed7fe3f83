"""Are many objects read with little work, and as botocore would read them?"""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from librarian import uid
from librarian.actors.s3 import S3
from librarian.record import Blob
from librarian.s3.presigned import Presigned, goes_through_a_proxy
from librarian.stage import Exists, StoreError
from tests import contract, faulty, servers
from tests.process import HOST

PICTURE = b"GIF89a"


def s3_actor(*args: Any, **kwargs: Any) -> S3:
    """Make one from plain text, as a configuration has it."""
    return S3(*args, **kwargs)


@contextmanager
def at(server: servers.S3Server, prefix: str = "", endpoint: str = "") -> Iterator[S3]:
    """Make an actor for a bucket of its own, by another way to the server where one is given."""
    keys = (server.access_key, server.secret_key)
    made = s3_actor(*keys, server.new_bucket(), prefix, endpoint=endpoint or server.endpoint)
    with closing(made):
        yield made


@pytest.mark.parametrize("prefix", ["images/", "a b/c+d%2F&e=f?#~!$'(),;@:/"])
def test_objects_of_any_name_are_read_without_asking_botocore(
    rclone: servers.S3Server, prefix: str
) -> None:
    with at(rclone, prefix) as actor:
        stored = actor.act(uid.mint(), Blob("image", PICTURE))
        assert actor.fetch(stored.name) == PICTURE
        assert actor.fetch(f"{stored.name}x") is None
        assert not actor._clients._plainly.get().is_set()


def test_a_connection_that_was_lost_since_is_replaced(rclone: servers.S3Server) -> None:
    port = int(rclone.endpoint.rpartition(":")[2])
    with (
        faulty.relay(port) as relay,
        at(rclone, endpoint=f"http://{HOST}:{relay.port}") as actor,
    ):
        stored = actor.act(uid.mint(), Blob("image", PICTURE))
        for _ in range(3):
            assert actor.fetch(stored.name) == PICTURE
            relay.cut()
        relay.lose_answers()
        with pytest.raises(StoreError, match="answer did not come"):
            actor.fetch(stored.name)


def test_an_object_is_sent_over_a_connection_that_the_store_has_not_let_go_of(
    rclone: servers.S3Server,
) -> None:
    port = int(rclone.endpoint.rpartition(":")[2])
    with (
        faulty.relay(port) as relay,
        at(rclone, endpoint=f"http://{HOST}:{relay.port}") as actor,
    ):
        for _ in range(3):
            stored = actor.act(uid.mint(), Blob("image", PICTURE))
            assert actor.fetch(stored.name) == PICTURE
            relay.cut()
        assert not actor._clients._plainly.get().is_set()


def test_an_object_is_there_with_all_that_is_said_of_it(moto: servers.S3Server) -> None:
    keys, bucket = (moto.access_key, moto.secret_key), moto.new_bucket()
    asked = {"storage_class": "STANDARD_IA", "encryption": "AES256", "metadata": {"by": "a  b"}}
    made = s3_actor(*keys, bucket, "a b/", endpoint=moto.endpoint, **asked)
    part = Blob("image", PICTURE * 9000)
    with closing(made) as actor, closing(moto.client()) as client:
        key = uid.mint()
        stored = actor.act(key, part)
        assert not actor._clients._plainly.get().is_set()
        with pytest.raises(Exists):
            actor.act(key, Blob("image", PICTURE))
        found = client.get_object(Bucket=bucket, Key=stored.name)
    assert found["Body"].read() == part.content
    assert (found["ContentType"], found["StorageClass"]) == ("image/gif", "STANDARD_IA")
    assert found["ServerSideEncryption"] == "AES256"
    assert found["Metadata"] == {"by": "a  b", "sha256": part.sha256, "uid": key}


@pytest.mark.parametrize(("status", "known"), [(307, True), (400, True), (404, False)])
def test_what_is_refused_is_asked_of_botocore_and_from_then_on_if_it_says_so(
    moto: servers.S3Server, monkeypatch: pytest.MonkeyPatch, status: int, known: bool
) -> None:
    monkeypatch.setattr(Presigned, "put", lambda *_: (status, b""))
    with at(moto) as actor:
        stored = actor.act(uid.mint(), Blob("image", PICTURE))
        assert actor.fetch(stored.name) == PICTURE
        assert actor._clients._plainly.get().is_set() is known


def test_a_fault_of_the_store_may_have_been_a_write(
    moto: servers.S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Presigned, "put", lambda *_: (500, b"<Code>InternalError</Code>"))
    with at(moto) as actor, pytest.raises(StoreError) as error:
        actor.act(uid.mint(), Blob("image", PICTURE))
    assert error.value.unsure
    assert list(actor.names()) == []


def test_as_many_connections_are_kept_as_there_are_threads_that_read(
    rclone: servers.S3Server,
) -> None:
    with at(rclone) as actor:
        stored = actor.act(uid.mint(), Blob("image", PICTURE))
        for _ in range(3):
            read = contract.at_once([partial(actor.fetch, stored.name)] * contract.THREADS)
            assert read == [PICTURE] * contract.THREADS
        assert 0 < len(actor._clients._presigned.get()._kept) <= contract.THREADS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Make a certificate for loopback, its key in the same file."""
    made = tmp_path / "certificate.pem"
    asked = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test"
    named = ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(made), "-out", "-"]
    command = ["openssl", *asked.split(), *named]
    written = subprocess.run(command, check=True, capture_output=True).stdout
    with made.open("ab") as file:
        file.write(written)
    return made


@contextmanager
def secure(certificate: Path) -> Iterator[tuple[str, list[str]]]:
    """Run a server that is asked by https; give its address, and what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(PICTURE)))
            self.end_headers()
            self.wfile.write(PICTURE)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever, args=(0.02,))
        serving.start()
        try:
            yield f"https://{HOST}:{server.server_port}", asked
        finally:
            server.shutdown()
            serving.join()


def test_a_store_is_read_by_https_where_its_certificate_is_trusted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"session_token": "passing+by", "region": "eu-central-1"}
    with secure(certificate) as (address, asked):
        made = partial(s3_actor, "AKIA/EXAMPLE", "secret", "bucket", endpoint=address, **keys)
        with closing(made()) as actor, pytest.raises(StoreError):
            actor.fetch("a b.gif")
        assert asked == []
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        with closing(made()) as actor:
            assert actor.fetch("a b.gif") == PICTURE
    url = urlsplit(asked[0])
    said = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert unquote(url.path) == "/bucket/a b.gif"
    assert said["X-Amz-Security-Token"] == "passing+by"
    assert said["X-Amz-Credential"].startswith("AKIA/EXAMPLE/")
    assert said["X-Amz-Credential"].endswith("/eu-central-1/s3/aws4_request")


@pytest.mark.parametrize(("passed_over", "through"), [("", True), (HOST, False)])
def test_a_proxy_is_left_to_botocore(
    monkeypatch: pytest.MonkeyPatch, passed_over: str, through: bool
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", passed_over)
    assert goes_through_a_proxy(f"https://{HOST}:1") is through
    with closing(s3_actor("key", "secret", "bucket", endpoint=f"https://{HOST}:1")) as actor:
        assert actor._clients._plainly.get().is_set() is through
