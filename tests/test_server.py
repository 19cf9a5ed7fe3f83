"""Does `librarian serve` serve as it says, begin only when all is well, and end without loss?"""

import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import urllib3
from gunicorn.config import Config
from PIL import Image

from librarian import processors, server, worker
from librarian.crew import FEW
from librarian.settings import load
from tests.process import PATIENCE, wait_for

ROOT = Path(__file__).parent.parent


def photo() -> bytes:
    """Draw a JPEG."""
    file = io.BytesIO()
    Image.new("RGB", (32, 24), "teal").save(file, "JPEG")
    return file.getvalue()


PHOTO = photo()


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let each test stand in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(Path.cwd()),
        **more,
    }


@dataclass(frozen=True)
class Running:
    """A service that is up: its process, what it said at start, and its address."""

    process: "subprocess.Popen[str]"
    greeting: dict[str, str]
    url: str

    def get(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request("GET", self.url + path, headers=headers, retries=False)

    def connect(self) -> socket.socket:
        port = int(self.url.rpartition(":")[2])
        return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(*flags: str, workers: str = "1", **environ: str) -> Iterator[Running]:
    """Serve on any free port, and wait for what is said at start."""
    command = [sys.executable, "-m", "librarian", "serve", f"--workers={workers}", *flags]
    with Path("err").open("w") as err:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env=environment(**environ),
            start_new_session=True,
        )
    assert process.stdout is not None
    try:
        greeting: dict[str, str] = {}
        while "Stop" not in greeting:
            line = process.stdout.readline()
            assert line, f"it ended: {Path('err').read_text()}"
            word, _, said = line.strip().partition(" ")
            greeting[word] = said.strip()
        yield Running(process, greeting, greeting["Page"].partition("/ ")[0].rstrip("/"))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        process.stdout.close()


def refused(*flags: str, **environ: str) -> str:
    """Try to serve what cannot be; give what is said about it."""
    run = subprocess.run(
        [sys.executable, "-m", "librarian", "serve", *flags],
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    return run.stderr


@pytest.mark.parametrize("level", ["info", "debug"])
def test_every_option_is_one_that_gunicorn_knows_and_takes(level: str) -> None:
    options = server.options(load({"LIBRARIAN_LOG_LEVEL": level}))
    config = Config()
    for name, value in options.items():
        config.set(name, value)
    assert config.settings["control_socket_disable"].get() is True
    assert config.worker_class is worker.Worker
    assert config.limit_request_line == 8190
    assert config.forwarded_allow_ips == []


def test_at_start_it_says_in_five_lines_what_it_takes_and_how_to_send() -> None:
    with serving("--port=0") as running:
        assert list(running.greeting) == ["Takes", "Keeps", "Send", "Page", "Desk", "Stop"]
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]*/", running.greeting["Page"])
        Path("photo.jpg").write_bytes(PHOTO)
        sent = subprocess.run(
            [
                "bash",
                "-c",
                running.greeting["Send"].replace("curl ", "curl -sS -w '%{http_code}' ", 1),
            ],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert sent.stdout.endswith("201")
        (kept,) = Path("librarian-data/images").iterdir()
        assert kept.read_bytes() == PHOTO
        assert running.get("/").status == 200


@pytest.mark.parametrize(
    "entry",
    [
        '{"type": "file", "tag": "image"}',
        '{"type": "base64", "tag": "image"}',
        '{"type": ["raw"], "tag": "picture"}',
        '[{"type": "file", "tag": "image"}, {"type": "file", "tag": "mask"}]',
        '{"type": "text", "tag": "sentence"}',
        '{"type": "json", "tag": "answers"}',
    ],
)
def test_the_command_it_shows_sends_what_the_configuration_asks_for(entry: str) -> None:
    labels = '[{"validator": "type", "args": [{"x": "int", "box.y": "float", "who": "str"}]}]'
    chains = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]", "LABEL_VALID_CONFIG": labels}
    for name in ("photo.jpg", "picture-file", "mask-file"):
        Path(name).write_bytes(PHOTO)
    Path("sentence-file").write_text("words")
    Path("answers-file").write_text('{"a": 1}')
    with serving("--port=0", INPUT_CONFIG=entry, **chains) as running:
        sent = subprocess.run(
            ["bash", "-c", running.greeting["Send"].replace("curl ", "curl -sS ", 1)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        assert '"replayed": false' in sent.stdout, sent.stdout


def test_what_is_being_received_is_finished_before_it_stops() -> None:
    head = f"PUT /upload?label=cat HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PHOTO)}\r\n"
    with serving("--port=0", "--verbose") as running, running.connect() as connection:
        connection.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in connection.recv(1000)  # now a worker is at it
        connection.sendall(PHOTO[:100])
        running.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "Handling signal: term" in Path("err").read_text())
        connection.sendall(PHOTO[100:])
        assert b" 201 " in connection.recv(65536).split(b"\r\n")[0]
        assert running.process.wait(PATIENCE) == 0
    assert len(list(Path("librarian-data/images").iterdir())) == 1


def test_while_it_stops_newcomers_are_told_so_at_once_and_nothing_of_theirs_is_kept() -> None:
    head = f"PUT /upload?label=cat HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PHOTO)}\r\n"
    with serving("--port=0", "--verbose") as running, running.connect() as early:
        early.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in early.recv(1000)
        running.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "Handling signal: term" in Path("err").read_text())
        for _ in range(3):
            answer = urllib3.request(
                "PUT", f"{running.url}/upload?label=dog", body=PHOTO, retries=False
            )
            assert (answer.status, answer.json()["type"]) == (503, "overload")
            assert answer.headers["Retry-After"]
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Connection"] == "close"
        assert running.get("/readyz").status == 503
        assert running.get("/livez").status == 200
        early.sendall(PHOTO)
        assert b" 201 " in early.recv(65536).split(b"\r\n")[0]
        assert running.process.wait(PATIENCE) == 0
    assert len(list(Path("librarian-data/images").iterdir())) == 1


def test_a_worker_that_is_replaced_turns_nobody_away() -> None:
    head = f"PUT /upload?label=cat HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PHOTO)}\r\n"
    with serving("--port=0", "--verbose") as running, running.connect() as early:
        early.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert b"100 Continue" in early.recv(1000)
        running.process.send_signal(signal.SIGHUP)  # gunicorn makes new workers and ends the old
        wait_for(lambda: "Handling signal: hup" in Path("err").read_text())
        for _ in range(3):
            assert running.get("/readyz").status == 200
        early.sendall(PHOTO)
        assert b" 201 " in early.recv(65536).split(b"\r\n")[0]
        assert running.stop() == 0


def children_of(service: int) -> list[int]:
    """Give a service's processes, but for the first."""
    children = Path(f"/proc/{service}/task/{service}/children").read_text("ascii")
    return [int(child) for child in children.split()]


def processors_of(service: int) -> list[set[str]]:
    """Give where the threads of each of a service's processes may run."""
    told = re.compile(r"^Cpus_allowed_list:\s*(\S+)$", re.MULTILINE)
    return [
        {
            found[1]
            for each in Path(f"/proc/{child}/task").glob("*/status")
            if (found := told.search(each.read_text("ascii")))
        }
        for child in children_of(service)
    ]


def connections_of(processes: list[int], url: str) -> list[int]:
    """Count the open connections that each process has to the service's port (proc(5))."""
    port, established = urlsplit(url).port or 0, "01"
    told = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    ours = {
        f"socket:[{each[9]}]"
        for each in told
        if int(each[1].partition(":")[2], 16) == port and each[3] == established
    }
    return [sum(each in ours for each in files_of(process)) for process in processes]


def files_of(process: int) -> list[str]:
    """Say what each of a process's open files is."""
    found = []
    for each in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            found.append(str(each.readlink()))
    return found


def two_of(running: Running) -> list[int]:
    """Wait until a service has two processes beside the first; give them."""
    wait_for(lambda: len(children_of(running.process.pid)) == 2)
    return children_of(running.process.pid)


def alive(connection: socket.socket) -> bool:
    """Ask over a connection, which stays open, whether its process lives."""
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
    return b'"alive"' in connection.recv(65536)


@pytest.mark.skipif(len(processors.usable()) < 2, reason="this needs two processors")
@pytest.mark.parametrize("pin", [True, False])
def test_each_process_keeps_to_a_processor_unless_it_is_told_not_to(pin: bool) -> None:
    usable = [str(each) for each in processors.usable()]
    with serving("--port=0", f"--pin={pin}", workers=str(len(usable))) as running:
        pid = running.process.pid
        wait_for(lambda: len(processors_of(pid)) == len(usable))
        answer = urllib3.request("PUT", f"{running.url}/upload?label=dog", body=PHOTO)
        assert answer.status == 201
        if pin:
            alone = [[each] for each in sorted(usable)]
            wait_for(lambda: sorted(map(sorted, processors_of(pid))) == alone)
        else:
            found = processors_of(pid)
            assert all(len(where) == 1 and not where & set(usable) for where in found)
        assert running.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="what is loaded is read in /proc")
@pytest.mark.parametrize(("valid", "loaded"), [('[{"validator": "img"}]', True), ("[]", False)])
def test_decoders_are_loaded_before_the_processes_are_made_where_pictures_are_taken(
    valid: str, loaded: bool
) -> None:
    stores = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    with serving("--port=0", DATA_VALID_CONFIG=valid, **stores) as running:
        maps = Path(f"/proc/{running.process.pid}/maps").read_text()
        assert ("/PIL/_imaging" in maps) == loaded


@pytest.mark.skipif(sys.platform != "linux", reason="connections are counted in /proc")
def test_no_process_has_all_the_connections() -> None:
    with serving("--port=0", workers="2") as running, ExitStack() as opened:
        both = two_of(running)
        with ExitStack() as first:  # until both have begun
            for _ in range(500):
                assert alive(first.enter_context(running.connect()))
                if all(connections_of(both, running.url)):
                    break
        for _ in range(40):
            assert alive(opened.enter_context(running.connect()))
        found = connections_of(both, running.url)
        assert sum(found) == 40
        assert min(found) > 10
        assert running.stop() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_newcomers_are_let_in_though_the_process_with_fewer_connections_is_stuck() -> None:
    with serving("--port=0", workers="2") as running, ExitStack() as opened:
        stuck = two_of(running)[0]
        os.kill(stuck, signal.SIGSTOP)
        try:
            for _ in range(20):
                assert alive(opened.enter_context(running.connect()))
        finally:
            os.kill(stuck, signal.SIGCONT)
        assert running.stop() == 0


def test_a_service_below_a_path_is_served_there() -> None:
    with serving("--port=0", SCRIPT_NAME="/below") as running:
        assert running.get("/below/livez").status == 200
        answer = urllib3.request("PUT", f"{running.url}/below/upload?label=dog", body=PHOTO)
        assert answer.status == 201
        assert running.stop() == 0


def test_more_slow_senders_than_there_are_threads_at_first_hold_nobody_up() -> None:
    head = f"PUT /upload?label=cat HTTP/1.1\r\nHost: x\r\nContent-Length: {len(PHOTO)}\r\n\r\n"
    flags = ("--port=0", f"--threads={FEW + 4}", "--max-in-flight=2")
    with serving(*flags) as running, ExitStack() as opened:
        slow = [opened.enter_context(running.connect()) for _ in range(FEW + 2)]
        for each in slow:
            each.sendall(head.encode() + PHOTO[:100])
        answer = urllib3.request("PUT", f"{running.url}/upload?label=dog", body=PHOTO)
        assert answer.status == 201
        for each in slow:
            each.sendall(PHOTO[100:])
            assert b" 201 " in each.recv(65536).split(b"\r\n")[0]
        assert running.stop() == 0


def test_more_connections_than_threads_are_all_served_though_threads_stay_with_theirs() -> None:
    with serving("--port=0", "--threads=2", "--max-in-flight=1") as running:
        kept = [running.connect() for _ in range(6)]
        for _ in range(5):
            for each in kept:
                each.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
            for each in kept:
                answered = b""
                while answered.count(b'"alive"') < 2:
                    more = each.recv(65536)
                    assert more
                    answered += more
        for each in kept:
            each.close()
        assert running.stop() == 0


def test_it_leaves_nothing_in_the_home_folder_and_tells_no_banner() -> None:
    with serving("--port=0", "--test") as running:
        answer = running.get("/livez")
        assert answer.headers["Server"] == "DataLibrarian"
        assert running.stop() == 0
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["err"]


def test_labels_may_make_the_request_line_long() -> None:
    with serving("--port=0") as running:
        path = f"/upload?label={'x' * 7000}"
        assert urllib3.request("PUT", running.url + path, body=PHOTO, retries=False).status == 201


def test_headers_that_any_client_can_send_are_not_believed() -> None:
    with serving("--port=0", "--test") as running:
        page = running.get("/", **{"X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6"})
        assert b"https://127" not in page.data
        hopped = running.get("/", **{"X-Forwarded-Host": "evil.example"})
        assert b"evil.example" not in hopped.data


def test_a_log_line_stands_for_each_request_and_says_no_label() -> None:
    with serving("--port=0") as running:
        urllib3.request("PUT", running.url + "/upload?label=hush", body=PHOTO, retries=False)
        running.stop()
        log = Path("err").read_text()
        lines = [json.loads(line) for line in log.splitlines()]
        (line,) = [line for line in lines if line.get("route") == "/upload"]
        assert (line["method"], line["status"], line["event"]) == ("PUT", 201, "request")
        assert "hush" not in log


def test_a_wrong_configuration_is_told_whole_and_nothing_is_served() -> None:
    said = refused("--port=http", "--threads=0", DATA_VALID_CONFIG='[{"validator": "imgg"}]')
    paths = [line.split(": ")[0] for line in said.splitlines()]
    assert set(paths) == {
        "LIBRARIAN_PORT",
        "LIBRARIAN_THREADS",
        "DATA_VALID_CONFIG[0].validator",
        "DATA_ACTOR_CONFIG",
        "LABEL_ACTOR_CONFIG",
    }
    assert not list(Path.cwd().iterdir())


def test_a_port_that_is_taken_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(f"--port={port}")
        assert said.startswith(f"LIBRARIAN_PORT: cannot serve on 127.0.0.1:{port}: ")
        assert "in use" in said
        assert "in use" in refused(f"--port={port}", "--debug")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_that_is_not_ours_is_told(host: str) -> None:
    assert host in refused("--port=0", f"--host={host}")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_the_debugger_is_refused_on_any_address_but_loopback(host: str) -> None:
    assert refused("--debug", f"--host={host}").startswith("--debug: ")


def test_only_the_flag_brings_the_debugger() -> None:
    with serving("--port=0", "--test", FLASK_DEBUG="1") as running:
        assert running.get("/console").status == 404
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving("--debug", "--test", f"--port={port}") as running:
        until_up(running)
        assert b"Interactive Console" in running.get("/console").data


def until_up(running: Running) -> None:
    """Wait until connections are taken; Flask's own server says it before."""

    def up() -> bool:
        try:
            running.connect().close()
        except ConnectionRefusedError:
            return False
        return True

    wait_for(up)


def test_launch_is_serve() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "librarian", "launch", "--port=http"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 2
    assert run.stderr.startswith("LIBRARIAN_PORT: ")


def test_the_procfile_serves_from_a_plain_checkout_on_the_hosts_port() -> None:
    (command,) = re.findall(r"^web: (.*)$", (ROOT / "Procfile").read_text(), re.M)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = environment(PORT=str(port), WEB_CONCURRENCY="1", LIBRARIAN_DATA_DIR=str(Path.cwd()))
    del environ["PYTHONPATH"]
    process = subprocess.Popen(
        command.split(),
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        said = [process.stdout.readline() for _ in range(5)]
        assert f"http://127.0.0.1:{port}/ (on every address" in said[3]
        answer = urllib3.request("GET", f"http://127.0.0.1:{port}/version", retries=False)
        assert answer.json()["name"] == "data-librarian"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(PATIENCE)
        process.stdout.close()


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_there_are_colours_only_on_a_terminal(environ: dict[str, str], coloured: bool) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "librarian", "serve", "--port=0", "--test", "--workers=1"],
        stdout=theirs,
        stderr=subprocess.DEVNULL,
        env=environment(**environ),
        start_new_session=True,
    )
    os.close(theirs)
    said = b""
    try:
        while b"Stop" not in said:
            said += os.read(ours, 1000)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        os.close(ours)
    assert (b"\033[" in said) == coloured


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.example", False)],
)  # fmt: skip
def test_loopback_is_told_from_other_addresses(host: str, loopback: bool) -> None:
    assert server.is_loopback(host) == loopback
