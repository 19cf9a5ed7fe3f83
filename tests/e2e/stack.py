"""How does the whole thing run? Services as an operator starts them, behind the nginx we deploy."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from tests.e2e.hosts import HERE, Host
from tests.process import HOST, Missing, Process, a_folder, free_port

ROOT = Path(__file__).parent.parent.parent
SIX = {
    "INPUT_CONFIG": '{"type": "base64","tag": "image"}',
    "LABEL_VALID_CONFIG": (
        '[{"validator": "type","args": [{"filename": "str","x": "int","y": "int"}]}]'
    ),
    "DATA_VALID_CONFIG": '[{"validator": "img","kwargs": {"h": 0,"w": 0}}]',
    "LABEL_ACTOR_CONFIG": '[{"actor": "mongo","args": ["<user>","<pswd>","<url>","<db>","<col>"]}]',
    "DATA_ACTOR_CONFIG": (
        '[{"actor": "S3","args": ["<access_key>","<secret_key>","<bucket_name>","images/",""]}]'
    ),
    "CROSS_VALID_CONFIG": "[]",
}
"""The configuration of DESIGN, letter for letter; `filled` puts real values into the brackets."""


def filled(places: Mapping[str, str]) -> dict[str, str]:
    """Put real credentials into the places in angle brackets."""
    variables = dict(SIX)
    for name, value in places.items():
        for variable, text in variables.items():
            variables[variable] = text.replace(f'"<{name}>"', json.dumps(value))
    assert "<" not in "".join(variables.values())
    return variables


@dataclass(frozen=True)
class Stack:
    """Running services, and where to speak to them."""

    url: str
    """Where clients speak to: nginx, or the only service."""
    services: tuple[Process, ...]
    folder: Path
    nginx: Process | None = None

    def request(self, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
        """Send one request; nothing is tried twice."""
        return urllib3.request(method, self.url + path, retries=False, timeout=60.0, **more)

    def logs(self) -> str:
        """Give all that the services said."""
        return "".join(process.log.read_text(errors="replace") for process in self.services)


@contextmanager
def service(variables: Mapping[str, str], *flags: str) -> Iterator[Stack]:
    """Run one service as `librarian serve` does, in a folder of its own and a bare environment."""
    with a_folder() as folder, ExitStack() as running:
        process, url = serve(folder, variables, *flags)
        process.start()
        running.callback(process.end)
        yield Stack(url, (process,), folder)


@contextmanager
def behind_nginx(variables: Mapping[str, str], count: int = 2) -> Iterator[Stack]:
    """Run services with two workers each behind the nginx configuration that we deploy."""
    with a_folder() as folder, ExitStack() as running:
        served = []
        for _ in range(count):
            process, url = serve(folder, {"LIBRARIAN_PROXY_HOPS": "1", **variables}, "--workers=2")
            process.start()
            running.callback(process.end)
            served.append((process, url))
        nginx, url = _nginx(folder, [url for _, url in served])
        nginx.start()
        running.callback(nginx.end)
        yield Stack(url, tuple(process for process, _ in served), folder, nginx)


def answers(url: str) -> bool:
    """Say whether an HTTP server answers there, whatever it says."""
    try:
        urllib3.request("GET", f"{url}/livez", retries=False, timeout=2.0)
    except urllib3.exceptions.HTTPError:
        return False
    return True


def serve(
    folder: Path, variables: Mapping[str, str], *flags: str, on: Host = HERE
) -> tuple[Process, str]:
    """Give a service that is still to be started, and where it will be spoken to."""
    port = free_port()
    own = folder / str(port)
    own.mkdir()
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(own),
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        **variables,
    }
    command = (
        *on.enter,
        "env", "-i", f"--chdir={own}", *(f"{name}={value}" for name, value in environment.items()),
        sys.executable, "-m", "librarian", "serve", f"--host={on.address}", f"--port={port}",
        *flags,
    )  # fmt: skip
    url = f"http://{on.address}:{port}"
    return Process(f"service {port}", command, lambda: answers(url), own / "log"), url


def _nginx(folder: Path, services: list[str]) -> tuple[Process, str]:
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Missing("nginx is not installed (on Debian: apt-get install nginx)")
    text = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    port = free_port()
    for old, new in zip(("127.0.0.1:8001", "127.0.0.1:8002"), services, strict=True):
        text = text.replace(f"server             {old} ", f"server {new.removeprefix('http://')} ")
    text = text.replace("listen             8080 ", f"listen {HOST}:{port} ")
    assert "127.0.0.1:8001 " not in text
    assert " 8080 default" not in text
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    (folder / "run").mkdir()
    command = (program, "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off;")
    url = f"http://{HOST}:{port}"
    return Process("nginx", command, lambda: answers(url), folder / "nginx.log"), url
