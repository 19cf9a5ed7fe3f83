"""How does one run go? A fresh service, warmed up, put under load, stopped, and its store read."""

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench import group
from bench.contenders import Contender
from bench.load import Plan, Sent, send
from bench.pictures import Size, pictures
from bench.wire import Encoding
from tests.process import free_port, running


class Pressure(NamedTuple):
    """How long a service is put under load, in seconds."""

    seconds: float
    warm: float = 0.4
    """Before what is measured, so that nothing is done for the first time."""


class Cell(NamedTuple):
    """What is sent, and by how many clients at once."""

    encoding: Encoding
    size: Size
    clients: int


@dataclass(frozen=True)
class Run:
    """The figures of one run."""

    rate: float
    """Successes in a second."""
    p50: float
    """Half of the successes were answered within so many seconds."""
    p99: float
    cpu: float
    """Seconds of processor time of the whole service for each success."""
    memory: int
    """The most memory of the whole service, in bytes."""
    refused: int
    lost: int
    """Acknowledged, but not kept whole and once."""
    load: float
    """The processor time of the sending, as a part of all that the machine has."""


def run(contender: Contender, cell: Cell, pressure: Pressure, folder: Path, load: Executor) -> Run:
    """Do one run in a new folder. Raises Missing where the service cannot be started."""
    folder.mkdir(parents=True)
    sent = tuple(contender.request(cell.encoding, each) for each in pictures(cell.size))
    port = free_port()
    with running(contender.process(folder, port)) as process, group.watched(process.pid) as peak:
        first = load.submit(send, Plan(port, sent, cell.clients, pressure.warm)).result()
        before = group.cpu(process.pid)
        plan = Plan(port, sent, cell.clients, pressure.seconds, first.last)
        then = load.submit(send, plan).result()
        taken = group.cpu(process.pid) - before
    acknowledged = [*first.acknowledged, *then.acknowledged]
    missing = lost(contender.kept(folder), acknowledged, pictures(cell.size))
    return _figures(then, pressure.seconds, taken, peak.bytes, missing)


def _figures(sent: Sent, seconds: float, taken: float, memory: int, missing: int) -> Run:
    ordered = sorted(sent.latencies) or [0.0]
    return Run(
        rate=sent.in_time / seconds,
        p50=ordered[len(ordered) // 2],
        p99=ordered[int(len(ordered) * 0.99)],
        cpu=taken / max(1, len(sent.acknowledged)),
        memory=memory,
        refused=sent.refused.total(),
        lost=missing,
        load=sent.cpu / seconds / group.PROCESSORS,
    )


def lost(kept: Iterable[tuple[int, Path]], acknowledged: list[int], sent: tuple[bytes, ...]) -> int:
    """Count what was acknowledged and is not kept whole and once; empty the files meanwhile.

    They are emptied, not removed: a file system without a journal makes new files slowly for
    minutes after many were removed, and that would be measured in the next run.
    """
    whole: Counter[int] = Counter()
    for number, file in kept:
        whole[number] += file.is_file() and file.read_bytes() == sent[number % len(sent)]
        if file.is_file():
            os.truncate(file, 0)
    return sum(whole[number] != 1 for number in acknowledged)
