"""How is each service started? In a folder and an environment of its own, two processes each."""

import http.client
import json
import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from bench.wire import KINDS
from tests.process import HOST, Missing, Process

ROOT = Path(__file__).parent.parent
PEERS = ROOT / "bench/.venv/bin"
OWN = ROOT / "bench/.ours/bin/python"
"""Python with what an operator installs; where it is not made, the one that measures does."""
TUS = ROOT / "bench/peers/tus"
WORKERS = 2
THREADS = ("--worker-class=gthread", "--threads=8")
"""gunicorn's options for threads."""
OURS = {
    "INPUT_CONFIG": {"type": ["base64", "file", "raw"], "tag": "image"},
    "LABEL_VALID_CONFIG": [{"validator": "type", "args": [KINDS]}],
    "DATA_VALID_CONFIG": [{"validator": "img"}],
    "DATA_ACTOR_CONFIG": [{"actor": "image", "args": ["images"]}],
    "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": ["labels.sqlite"]}],
}
"""The embedded stores, as without any configuration, and the labels' types."""


def python() -> str:
    """Give the Python that our service is measured with."""
    return str(OWN) if OWN.is_file() else sys.executable


def librarian(
    folder: Path, port: int, given: Mapping[str, object] = OURS, workers: int = WORKERS
) -> Process:
    """Make our service, as `librarian serve` starts it."""
    variables = {name: json.dumps(value) for name, value in given.items()}
    command = (python(), "-m", "librarian", "serve", f"--port={port}", f"--workers={workers}")
    return _process(command, folder, port, variables)


def floor(folder: Path, port: int, asked: str) -> Process:
    """Make what does nothing but what is asked for (`bench/floor.py`)."""
    variables = {name: json.dumps(value) for name, value in OURS.items()}
    variables |= {"LIBRARIAN_PORT": str(port), "LIBRARIAN_WORKERS": str(WORKERS)}
    variables |= _told(folder, {"FLOOR": asked})
    return _process((python(), "-m", "bench.floor"), folder, port, variables)


def flask(
    folder: Path, port: int, given: Mapping[str, str], app: str = "flask_peer", *options: str
) -> Process:
    """Make a peer that gunicorn serves."""
    tmp = ("--worker-tmp-dir=/dev/shm",) if os.access("/dev/shm", os.W_OK) else ()
    bound = (f"--workers={WORKERS}", f"--bind={HOST}:{port}", "--no-control-socket")
    command = (_peers("gunicorn"), f"bench.peers.{app}:app", *bound, *tmp, *options)
    return _process(command, folder, port, _told(folder, given))


def fastapi(folder: Path, port: int, given: Mapping[str, str]) -> Process:
    """Make the peer that uvicorn serves."""
    bound = (f"--workers={WORKERS}", f"--host={HOST}", f"--port={port}")
    quiet = ("--no-access-log", "--log-level=warning")
    command = (_peers("uvicorn"), "bench.peers.fastapi_peer:app", *bound, *quiet)
    return _process(command, folder, port, _told(folder, given))


def has_tus() -> bool:
    """Say whether the peer of tus is installed."""
    return bool(shutil.which("node")) and (TUS / "node_modules").is_dir()


def tus(folder: Path, port: int, given: Mapping[str, str]) -> Process:
    """Make the peer that speaks tus."""
    (folder / "pictures").mkdir()
    told = {**_told(folder, given), "PEER_PORT": str(port)}
    return _process(("node", str(TUS / "server.js")), folder, port, told)


def nginx(folder: Path, port: int) -> Process:
    """Make nginx, which keeps what is put, and nothing of what is sent to /nothing."""
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        raise Missing("nginx is not installed (on Debian: apt-get install nginx)")
    text = (ROOT / "bench/peers/nginx.conf").read_text(encoding="utf-8")
    (folder / "nginx.conf").write_text(text.replace(":8080", f":{port}"), encoding="utf-8")
    (folder / "pictures").mkdir()
    user = " user root;" if os.geteuid() == 0 else ""
    command = (program, "-p", str(folder), "-c", "nginx.conf", "-g", f"daemon off;{user}")
    return _process(command, folder, port, {})


def _told(folder: Path, given: Mapping[str, str]) -> dict[str, str]:
    return {"PEER_FOLDER": str(folder), **given}


def _peers(program: str) -> str:
    if not (PEERS / program).is_file():
        raise Missing("the peers are not installed; `make bench` installs them")
    return str(PEERS / program)


def _process(
    command: tuple[str, ...], folder: Path, port: int, variables: Mapping[str, str]
) -> Process:
    given = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    told = (f"{name}={value}" for name, value in {**given, **variables}.items())
    whole = ("env", "-i", f"--chdir={folder}", *told, *command)
    return Process(Path(command[0]).name, whole, partial(_answers, port), folder / "log")


def _answers(port: int) -> bool:
    """Say whether an HTTP server answers, whatever it says."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=2)) as connection:
        try:
            connection.request("GET", "/livez")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return False
    return True
