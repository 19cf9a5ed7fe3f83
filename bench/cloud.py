"""What does a request cost with MongoDB and S3? Our own processor time beside a plain service's.

The stores are the tests' servers on this machine (tests/servers.py); what they take themselves is
not counted, and is why requests/s mean little here.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import closing
from functools import partial
from pathlib import Path

from bench import contenders, series, serving, table
from bench.contenders import Contender
from bench.kept import Kept, number
from bench.match import Cell, Pressure, Run
from bench.pictures import SIZES
from bench.series import Length, Result
from tests.process import Missing, Process
from tests.servers import MongoServer, S3Server, mongodb, rclone

OURS, PLAIN = "librarian", "Flask, pymongo, boto3"
AT_MOST = {30_000: 0.65, 200_000: 0.45, 1_000_000: 0.3}
"""Our processor time for a request against the plain service's: what must be reached."""
WARM = 4.0
"""Seconds until each thread has its connections, which cost more than many requests."""
HEADER = (
    *("sent", "clients", "service", "CPU ms/request", "to plain", "at most"),
    *("requests/s", "p50 ms", "p99 ms", "MB", "refused", "lost"),
)


def measured(passes: int, seconds: float, folder: Path, load: Executor) -> str:
    """Give the table. Raises Missing where a server is not there."""
    length = Length(passes, Pressure(seconds, WARM))
    cells = [Cell("form", size, 8) for size in SIZES]
    with mongodb() as documents, rclone() as objects:
        if documents.process is None:
            raise Missing("this needs the tests' own MongoDB server, not the environment's")
        both = tuple(_contenders(documents, objects))
        found = list(series.results(both, cells, length, folder, load))
    return table.text(HEADER, list(_rows(found)))


def _contenders(documents: MongoServer, objects: S3Server) -> Iterator[Contender]:
    kept = partial(_kept, documents, objects)
    yield Contender(
        name=OURS,
        role="ours",
        process=partial(_ours, documents, objects),
        request=contenders.at_upload,
        kept=kept,
    )
    yield Contender(
        name=PLAIN,
        role="peer",
        process=partial(_plain, documents, objects),
        request=contenders.at_encoding,
        kept=kept,
    )


def _ours(documents: MongoServer, objects: S3Server, folder: Path, port: int) -> Process:
    keys = [objects.access_key, objects.secret_key, _bucket(objects, folder), "images/", ""]
    kept = {"endpoint": objects.endpoint, "region": "us-east-1"}
    given = {
        **serving.OURS,
        "DATA_ACTOR_CONFIG": [{"actor": "S3", "args": keys, "kwargs": kept}],
        "LABEL_ACTOR_CONFIG": [
            {"actor": "mongo", "args": ["", "", documents.address, _database(folder), "labels"]}
        ],
    }
    return serving.librarian(folder, port, given)


def _plain(documents: MongoServer, objects: S3Server, folder: Path, port: int) -> Process:
    told = {
        "PEER_MONGODB": documents.uri,
        "PEER_DATABASE": _database(folder),
        "PEER_S3": objects.endpoint,
        "PEER_BUCKET": _bucket(objects, folder),
        "AWS_ACCESS_KEY_ID": objects.access_key,
        "AWS_SECRET_ACCESS_KEY": objects.secret_key,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return serving.flask(folder, port, told, "cloud_peer", *serving.THREADS)


def _database(folder: Path) -> str:
    return folder.name


def _bucket(objects: S3Server, folder: Path) -> str:
    name = f"bench-{folder.name}"
    with closing(objects.client()) as client:
        client.create_bucket(Bucket=name)
    return name


def _kept(documents: MongoServer, objects: S3Server, folder: Path) -> Kept:
    """Read what is kept: the documents, and the objects as files in rclone's own folder."""
    assert objects.process is not None
    files = Path(objects.process.command[-1]) / f"bench-{folder.name}"
    with documents.client() as client:
        for row in client[_database(folder)]["labels"].find():
            ours = row.get("_librarian")
            name = ours["data"][0]["stored"][0]["name"] if ours else row["picture"]
            yield number(row["filename"]), files / name


def _rows(found: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    for cell in table.cells(found):
        here = [each for each in found if each.cell == cell]
        for name in (OURS, PLAIN):
            yield _row(cell, here, name)


def _row(cell: Cell, here: Sequence[Result], name: str) -> tuple[str, ...]:
    own = {each.turn: each.run for each in here if each.service == name}
    plain = {each.turn: each.run for each in here if each.service == PLAIN}
    runs: list[Run] = list(own.values())
    return (
        f"{cell.encoding} {cell.size.name}",
        str(cell.clients),
        name,
        f"{table.over(runs, lambda run: run.cpu) * 1e3:.2f}",
        table.spread([run.cpu / plain[turn].cpu for turn, run in own.items() if plain[turn].cpu]),
        f"{AT_MOST[cell.size.bytes]}" if name != PLAIN else table.NONE,
        f"{table.over(runs, lambda run: run.rate):.0f}",
        f"{table.over(runs, lambda run: run.p50) * 1e3:.1f}",
        f"{table.over(runs, lambda run: run.p99) * 1e3:.1f}",
        f"{max(run.memory for run in runs) / 1e6:.0f}",
        str(sum(run.refused for run in runs)),
        str(sum(run.lost for run in runs)),
    )
