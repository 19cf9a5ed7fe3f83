"""Does a request take longer the more is stored? The same service on stores of three fillings.

All three run at once and are asked in turn, in short rounds, by one client, so that what the
machine does meanwhile meets all of them.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from bench import group, objects, serving, stock, table, wire
from bench.load import Plan, send
from bench.pictures import SIZES, pictures
from bench.series import say
from tests.process import free_port, running
from tests.servers import MongoServer, mongodb

LEVELS = (10, 10_000, 1_000_000)
WARM = 0.5
HEADER = (
    *("store", "records", "p50 ms", "to the fewest", "CPU ms/request", "to the fewest"),
    *("refused",),
)
Filling = Callable[[Path, int], Mapping[str, Any]]
"""Fill a store, for a service that runs in a folder, and give the configuration of its actor."""


@dataclass(frozen=True)
class Store:
    """One store, and how it is filled."""

    name: str
    fill: Filling


@dataclass(frozen=True)
class Length:
    """How many rounds, how long each service is asked in a round, and the most records."""

    rounds: int
    seconds: float
    largest: int


def measured(length: Length, only: str, folder: Path, load: Executor) -> str:
    """Give the table. Raises Missing where a server is not there."""
    rows: list[tuple[str, ...]] = []
    with ExitStack() as servers:
        for store in _stores(servers):
            if only in store.name:
                levels = sorted({min(level, length.largest) for level in LEVELS})
                own = folder / store.name.replace(" ", "-")
                rows += _rows(store, levels, length, own, load)
    return table.text(HEADER, rows)


def _stores(servers: ExitStack) -> Iterator[Store]:
    yield Store("sqlite (labels)", partial(_labels, "sqlite", "labels.sqlite", stock.sqlite))
    yield Store("json (labels)", partial(_labels, "json", "labels.json", stock.array))
    yield Store("jsonl (labels)", partial(_labels, "jsonl", "labels.jsonl", stock.lines))
    yield Store("file (labels)", partial(_labels, "file", "labels", stock.labels))
    yield Store("image (data)", _images)
    yield Store("mongo (labels)", partial(_collection, servers.enter_context(mongodb())))
    yield Store("S3 (data)", partial(_bucket, servers))


def _labels(
    actor: str, name: str, fill: Callable[[Path, int], None], folder: Path, count: int
) -> Mapping[str, Any]:
    fill(folder / name, count)
    return {"LABEL_ACTOR_CONFIG": [{"actor": actor, "args": [name]}]}


def _images(folder: Path, count: int) -> Mapping[str, Any]:
    stock.images(folder / "images", count)
    return {}


def _collection(server: MongoServer, _: Path, count: int) -> Mapping[str, Any]:
    database = f"bench-{count}"
    stock.collection(server, database, count)
    args = ["", "", server.address, database, "labels"]
    return {"LABEL_ACTOR_CONFIG": [{"actor": "mongo", "args": args}]}


def _bucket(servers: ExitStack, folder: Path, count: int) -> Mapping[str, Any]:
    server = servers.enter_context(objects.stocked(folder, count, "images/"))
    args = [server.access_key, server.secret_key, server.bucket, "images/", ""]
    more = {"endpoint": server.endpoint, "region": "us-east-1"}
    return {"DATA_ACTOR_CONFIG": [{"actor": "S3", "args": args, "kwargs": more}]}


def _rows(
    store: Store, levels: list[int], length: Length, folder: Path, load: Executor
) -> Iterator[tuple[str, ...]]:
    requests = tuple(wire.request("raw", "/upload", each) for each in pictures(SIZES[0]))
    ports, pids, first = {}, {}, dict.fromkeys(levels, 0)
    waits: dict[int, list[float]] = {level: [] for level in levels}
    costs: dict[int, list[float]] = {level: [] for level in levels}
    refused = dict.fromkeys(levels, 0)
    with ExitStack() as stack:
        for level in levels:
            say(f"{store.name}: {level} records")
            own = folder / str(level)
            own.mkdir(parents=True)
            ports[level] = free_port()
            chosen = {**serving.OURS, **store.fill(own, level)}
            made = serving.librarian(own, ports[level], chosen, workers=1)
            pids[level] = stack.enter_context(running(made)).pid
        for number in range(length.rounds + 1):  # the first is to warm up
            for level in random.sample(levels, len(levels)):
                before = group.cpu(pids[level])
                seconds = length.seconds if number else WARM
                plan = Plan(ports[level], requests, 1, seconds, first[level])
                sent = load.submit(send, plan).result()
                first[level] = sent.last
                if number:
                    taken, done = group.cpu(pids[level]) - before, len(sent.acknowledged)
                    waits[level].append(median(sent.latencies) if done else inf)
                    costs[level].append(taken / done if done else inf)
                refused[level] += sent.refused.total()
    fewest = levels[0]
    for level in levels:
        yield (
            store.name,
            f"{level:,}",
            f"{median(waits[level]) * 1e3:.2f}",
            table.spread(_against(waits[level], waits[fewest])),
            f"{median(costs[level]) * 1e3:.2f}",
            table.spread(_against(costs[level], costs[fewest])),
            str(refused[level]),
        )


def _against(these: list[float], those: list[float]) -> list[float]:
    return [one / other for one, other in zip(these, those, strict=True) if other < inf]
