"""On which hosts do services stand? Each in a network of its own where we may make one, else here.

Such a host is a network namespace (ip-netns(8)) with one cable to a switch, at which this machine
is, too. What listens on loopback here is not reached from there: it needs a proxy at the switch.
"""

import os
import random
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.process import HOST


@dataclass(frozen=True)
class Host:
    """A host: its address, and what a command begins with that runs on it."""

    address: str = HOST
    enter: tuple[str, ...] = ()


HERE = Host()


@dataclass(frozen=True)
class Network:
    """Some hosts, and the address under which this machine is known to them."""

    here: str
    hosts: tuple[Host, ...]

    @property
    def apart(self) -> bool:
        """Whether each has a network of its own."""
        return self.here != HOST


@contextmanager
def network(count: int) -> Iterator[Network]:
    """Make so many hosts; where that is not permitted, each is this machine."""
    with ExitStack() as made:
        try:
            found = _apart(count, made)
        except (OSError, subprocess.SubprocessError):
            made.close()
            found = Network(HOST, (HERE,) * count)
        yield found


def _apart(count: int, made: ExitStack) -> Network:
    """Lay the cables. Raises OSError or SubprocessError where one of the commands is refused."""
    if os.geteuid() or shutil.which("ip") is None:
        raise PermissionError
    name = f"lt{secrets.token_hex(4)}"
    net = f"10.{random.SystemRandom().randrange(200, 250)}.{random.SystemRandom().randrange(256)}"
    _ip("link", "add", name, "type", "bridge")
    made.callback(_ip, "link", "delete", name)
    _ip("address", "add", f"{net}.1/24", "dev", name)
    _ip("link", "set", name, "up")
    hosts = []
    for number in range(count):
        own, cable = f"{name}-{number}", f"{name}{number}"
        _ip("netns", "add", own)
        made.callback(_ip, "netns", "delete", own)
        _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", own)
        _ip("link", "set", cable, "master", name, "up")
        address = f"{net}.{number + 10}"
        _ip("-n", own, "address", "add", f"{address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", own, "link", "set", device, "up")
        hosts.append(Host(address, ("ip", "netns", "exec", own)))
    return Network(f"{net}.1", tuple(hosts))


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)
