"""How much can be sent at most? To nginx, which answers at once and keeps nothing."""

from concurrent.futures import Executor
from pathlib import Path

from bench import table, wire
from bench.load import Plan, send
from bench.pictures import SIZES, pictures
from bench.serving import nginx
from tests.process import free_port, running

CLIENTS = 64
HEADER = ("sent", "clients", "most requests/s", "CPU ms/request of the sending")


def measured(folder: Path, seconds: float, load: Executor) -> str:
    """Give the table."""
    own, port = folder / "ceiling", free_port()
    own.mkdir(parents=True)
    rows = []
    with running(nginx(own, port)):
        for size in SIZES:
            requests = tuple(wire.request("raw", "/nothing", each) for each in pictures(size))
            sent = load.submit(send, Plan(port, requests, CLIENTS, seconds)).result()
            cost = sent.cpu / max(1, len(sent.acknowledged)) * 1e3
            rate = f"{sent.in_time / seconds:.0f}"
            rows.append((f"raw {size.name}", str(CLIENTS), rate, f"{cost:.3f}"))
    return table.text(HEADER, rows)
