"""How does a crowd send? Phones with bad reception, in one thread, over real sockets."""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

TICK = 0.1
"""Seconds between two pieces of each phone's upload."""


@dataclass
class Phone:
    """One upload under way: what is left to send, what came back."""

    connection: socket.socket
    left: bytes
    answer: bytes = b""
    ended: bool = False

    @property
    def status(self) -> int:
        """The status that came back, 0 before there is one."""
        line = self.answer.split(b"\r\n", 1)[0].split()
        return int(line[1]) if len(line) > 1 else 0


@dataclass
class Crowd:
    """Phones that send at a pace; each is answered in its own time."""

    phones: list[Phone] = field(default_factory=list)

    def statuses(self) -> list[int]:
        return [phone.status for phone in self.phones]

    def under_way(self) -> int:
        """Say how many have not been answered yet."""
        return sum(not phone.ended for phone in self.phones)


@contextmanager
def sending(url: str, request: bytes, count: int, pace: int) -> Iterator[Crowd]:
    """Let phones send the same request, each so many bytes a second, while the block runs."""
    place = urlsplit(url)
    crowd, done = Crowd(), threading.Event()
    for _ in range(count):
        connection = socket.create_connection((str(place.hostname), place.port or 0), timeout=30)
        connection.setblocking(False)
        crowd.phones.append(Phone(connection, request))
    thread = threading.Thread(target=_send, args=(crowd, pace, done))
    thread.start()
    try:
        yield crowd
    finally:
        done.set()
        thread.join()
        for phone in crowd.phones:
            phone.connection.close()


def put(body: bytes) -> bytes:
    """Write a raw upload, as `curl -T` sends it."""
    lines = ("PUT /upload HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode() + body


def _send(crowd: Crowd, pace: int, done: threading.Event) -> None:
    with selectors.DefaultSelector() as answers:
        for phone in crowd.phones:
            answers.register(phone.connection, selectors.EVENT_READ, phone)
        while not done.is_set() and crowd.under_way():
            began = time.monotonic()
            for phone in crowd.phones:
                _send_some(phone, int(pace * TICK))
            for key, _ in answers.select(max(0.0, TICK - (time.monotonic() - began))):
                if _heard(key.data):
                    answers.unregister(key.fileobj)
            done.wait(max(0.0, TICK - (time.monotonic() - began)))


def _send_some(phone: Phone, most: int) -> None:
    if phone.left and not phone.ended:
        try:
            sent = phone.connection.send(phone.left[: max(1, most)])
        except BlockingIOError:
            return
        except OSError:
            phone.left = b""  # whoever listened has hung up; what he said can still be read
            return
        phone.left = phone.left[sent:]


def _heard(phone: Phone) -> bool:
    """Read what came; say whether that was all."""
    try:
        heard = phone.connection.recv(65536)
    except BlockingIOError:
        return False
    except OSError:
        heard = b""
    phone.answer += heard
    phone.ended = not heard
    return phone.ended
