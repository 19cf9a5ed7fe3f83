"""Who sends while things break? Several honest clients at once, who remember what they were told.

    keyed       a key of its own; sent again with it until an answer says yes or no
    keyless     sent once, whatever happens; without an answer nobody knows
    page        POST /put as the pages of 2020 do: no key, and sent again like a keyed one
    impatient   keyed, and hangs up on its first request before the answer can come
    spoiled     half a picture, which must be refused
    reused      the key of a contribution that was taken, with other content: refused too

Labels and bytes of every contribution are its own, so that it can be found again without a uid.
"""

import base64
import hashlib
import http.client
import json
import random
import secrets
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, quote_plus, urlsplit

from tests.pictures import make

Kind = Literal["keyed", "keyless", "page", "impatient", "spoiled", "reused"]
Outcome = Literal["acknowledged", "refused", "unknown"]
KINDS: tuple[Kind, ...] = (
    "keyed", "keyless", "keyed", "keyless", "impatient", "keyed", "keyless", "page", "spoiled",
    "keyed", "keyless", "keyed", "reused", "keyless", "keyed", "page", "keyless", "impatient",
)  # fmt: skip
ANSWERED = 15.0
"""Seconds that a client waits for an answer; the service promises one in less."""
BREATH = (0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds between the tries of one contribution; the last goes on."""
JPEG = make("JPEG", 16, 16)


@dataclass
class Contribution:
    """One thing that a contributor wants to give, and all that came of it."""

    serial: str
    kind: Kind
    content: bytes = field(repr=False)
    key: str = ""
    answers: list[int] = field(default_factory=list)
    """The status of each answer; 0 where none came."""
    uids: set[str] = field(default_factory=set)
    said: str = ""
    """What the last answer said, where it was no success."""

    @property
    def labels(self) -> dict[str, Any]:
        """The labels that it is sent with, as they should be stored."""
        return {"serial": self.serial, "place": int(self.serial.rpartition("-")[2])}

    @property
    def sha256(self) -> str:
        """The hash of its data."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def outcome(self) -> Outcome:
        """What the contributor may believe of it."""
        if any(200 <= status < 300 for status in self.answers):
            return "acknowledged"
        if self.answers and 400 <= self.answers[-1] < 500:
            return "refused"
        return "unknown"

    @property
    def fine(self) -> bool:
        """Whether there is nothing about it that may be refused."""
        return self.kind not in ("spoiled", "reused")


@dataclass
class Load:
    """Clients that send to a service until enough is acknowledged, or time is up."""

    url: str
    goal: int
    seconds: float
    clients: int = 6
    goes_on: Callable[[], bool] = bool
    """Whether more is to be sent though enough is acknowledged."""
    kinds: tuple[Kind, ...] = KINDS
    sent: list[Contribution] = field(default_factory=list)
    _acknowledged: int = 0
    _failures: int = 0
    _taken: list[Contribution] = field(default_factory=list)
    _change: threading.Condition = field(default_factory=threading.Condition)
    _threads: list[threading.Thread] = field(default_factory=list)
    _until: float = 0.0
    _name: str = field(default_factory=lambda: secrets.token_hex(4))

    def __enter__(self) -> "Load":
        self._until = time.monotonic() + self.seconds
        for number in range(self.clients):
            thread = threading.Thread(target=self._client, args=(number,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is not None:
            self._until = 0.0
        for thread in self._threads:
            thread.join()

    @property
    def acknowledged(self) -> int:
        """How many contributions were acknowledged up to now."""
        return self._acknowledged

    @property
    def running(self) -> bool:
        """Whether any client still sends."""
        return any(thread.is_alive() for thread in self._threads)

    def reached(self, share: float) -> bool:
        """Wait until this share of the goal is acknowledged; False where the load ended before."""
        return self._wait(lambda: self._acknowledged >= share * self.goal)

    def failed(self, times: int) -> bool:
        """Wait for so many more answers that are failures, or missing."""
        before = self._failures
        return self._wait(lambda: self._failures >= before + times)

    def _wait(self, met: Callable[[], bool]) -> bool:
        with self._change:
            while not met():
                if not self.running:
                    return met()
                self._change.wait(0.2)
        return True

    @property
    def _on(self) -> bool:
        enough = self._acknowledged >= self.goal and not self.goes_on()
        return not enough and time.monotonic() < self._until

    def _client(self, number: int) -> None:
        dice = random.Random(f"{self._name}-{number}")
        connection = Connection(self.url)
        count = dice.randrange(len(self.kinds))
        try:
            while self._on:
                count += 1
                made = self._make(self.kinds[count % len(self.kinds)], number, count, dice)
                with self._change:
                    self.sent.append(made)
                self._give(made, connection, dice)
        finally:
            connection.close()
            with self._change:
                self._change.notify_all()

    def _make(self, kind: Kind, number: int, count: int, dice: random.Random) -> Contribution:
        serial = f"{self._name}-{number}-{count}"
        content = picture(serial, dice)
        key = ""
        if kind == "reused":
            with self._change:
                key = dice.choice(self._taken[-200:]).key if self._taken else ""
            if not key:
                kind = "keyed"
        if kind in ("keyed", "impatient"):
            key = f"key-of-{serial}-{dice.getrandbits(32):08x}"
        if kind == "spoiled":
            content = content[: len(content) // 2]
        return Contribution(serial, kind, content, key)

    def _give(self, made: Contribution, connection: "Connection", dice: random.Random) -> None:
        """Send one contribution as its kind of client does, until nothing more is to be done."""
        again = made.kind != "keyless"
        request = _request(made, dice)
        if made.kind == "impatient":
            connection.abandon(*request)
        for attempt in range(1_000):
            status, answer = connection.send(*request)
            self._note(made, status, answer)
            settled = 200 <= status < 300 or (400 <= status < 500 and status not in (408, 429))
            if settled:
                return
            time.sleep(BREATH[min(attempt, len(BREATH) - 1)] * dice.uniform(0.5, 1.0))
            # what was begun is brought to an end, for a while after the load is over
            if not again or time.monotonic() > self._until + 20:
                return

    def _note(self, made: Contribution, status: int, answer: Mapping[str, Any]) -> None:
        with self._change:
            made.answers.append(status)
            if 200 <= status < 300:
                made.uids.add(str(answer.get("uid")))
                self._acknowledged += 1
                if made.kind == "keyed":
                    self._taken.append(made)
            else:
                made.said = f"{answer.get('type', '')}: {answer.get('detail', '')}"
                self._failures += status == 0 or status >= 500
            self._change.notify_all()


Request = tuple[str, str, dict[str, str], bytes]


class Connection:
    """One client's way to the service; opened again where it broke, a request is never repeated."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._host, self._port = str(place.hostname), place.port or 80
        self._open: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, Mapping[str, Any]]:
        """Send once; give status and what the answer says, 0 where no whole answer came."""
        try:
            if self._open is None:
                self._open = http.client.HTTPConnection(self._host, self._port, timeout=ANSWERED)
            self._open.request(method, path, body, headers)
            answer = self._open.getresponse()
            content = answer.read()
            if answer.will_close:
                self.close()
            return answer.status, _json(content)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return 0, {"type": type(error).__name__}

    def abandon(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        """Send whole and hang up at once, by a reset; nobody hears the answer."""
        lost = http.client.HTTPConnection(self._host, self._port, timeout=ANSWERED)
        try:
            lost.request(method, path, body, headers)
            if lost.sock is not None:
                linger = struct.pack("ii", 1, 0)
                lost.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError:
            pass
        finally:
            lost.close()

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open.close()
            self._open = None


def picture(serial: str, dice: random.Random) -> bytes:
    """Give a small genuine picture that says its serial: a JPEG with a comment, or a PNG."""
    if dice.random() < 0.5:
        note = serial.encode()
        return JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + JPEG[2:]
    size = 6
    rows = b"".join(b"\0" + dice.randbytes(3 * size) for _ in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"tEXt", b"serial\0" + serial.encode()),
              (b"IDAT", zlib.compress(rows)), (b"IEND", b""))  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _request(made: Contribution, dice: random.Random) -> Request:
    """Choose one of the ways in which this kind of client sends; a retry is the same request."""
    query = "&".join(f"{name}={quote(str(value))}" for name, value in made.labels.items())
    coded = base64.b64encode(made.content).decode()
    if made.kind == "page":
        form = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return "POST", f"/put?{query}", form, f"image={quote_plus(coded)}".encode()
    headers, path, method = {}, "/upload", "PUT"
    if made.key and dice.random() < 0.5:
        path = f"/upload/{made.key}"
    else:
        method = dice.choice(("PUT", "POST"))
        if made.key:
            headers["Idempotency-Key"] = made.key
    if dice.random() < 0.2:
        headers["Content-Type"] = "application/json"
        body = json.dumps({"image": coded, "labels": made.labels}).encode()
        return method, path, headers, body
    headers["Content-Type"] = "application/octet-stream"
    return method, f"{path}?{query}", headers, made.content


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(content)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
