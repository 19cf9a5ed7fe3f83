"""How fast is an export, beside rclone copying the same objects? `python -m bench.export`.

A collection of pictures of 30 kB, no two alike, is filled past the service: on disk with SQLite,
and in the tests' MongoDB and S3 servers. Each export is a process of its own; its peak memory is
that of all its pages. Then one is killed in the middle and resumed, and must give the same bytes.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from bench import group, stock, table
from bench.pictures import SIZES, pictures
from bench.series import say
from librarian import moment
from librarian.picture import phash
from tests.process import Missing
from tests.servers import MongoServer, S3Server, mongodb, rclone, rclone_binary

HERE = Path(__file__).parent
DISK, SERVED = "disk, SQLite", "MongoDB, S3"
FORMATS = ("webdataset", "parquet", "imagefolder")
SPLIT = "--split=train=0.8,val=0.1,test=0.1"
MOST = 300e6
"""Bytes of memory that an export may take."""
LEAST = 0.5
"""The rate of rclone that it is to reach."""
CONTRIBUTORS = 500
HEADER = (
    *("store", "what", "records", "seconds", "records/s", "MB/s", "to rclone", "peak MB"),
    *("killed and resumed",),
)


@dataclass(frozen=True)
class Store:
    """A filled collection: its configuration, and how rclone names its objects."""

    name: str
    given: Mapping[str, Any]
    remote: str
    environ: Mapping[str, str]


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    memory: int


def main() -> int:
    """Measure what is asked for, and print it."""
    asked = argparse.ArgumentParser(prog="python -m bench.export", description=__doc__)
    asked.add_argument("--records", type=int, default=100_000, help="records in each collection")
    asked.add_argument("--only", default="", help="only stores and formats with this in their name")
    asked.add_argument("--folder", type=Path, default=HERE / "run", help="whose disk is measured")
    options = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every server is ended
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    rows, failed = [], False
    try:
        with ExitStack() as servers:
            for store in _stores(servers, folder, options.records, options.only):
                for row, good in _measured(store, folder, options.records, options.only):
                    rows.append(row)
                    failed = failed or not good
        print(table.text(HEADER, rows))
    finally:
        say("removing what was stored ...")
        shutil.rmtree(folder)
    return int(failed)


def _stores(servers: ExitStack, folder: Path, count: int, only: str) -> Iterator[Store]:
    """Fill the collections that are measured, one after another."""
    if _is_asked(DISK, only):
        yield from _disk(folder, count)
    if _is_asked(SERVED, only):
        say(f"S3: {count} pictures")
        documents, objects = servers.enter_context(mongodb()), servers.enter_context(rclone())
        yield _served(documents, objects, count)


def _is_asked(store: str, only: str) -> bool:
    return any(only in f"{store} {each}" for each in FORMATS)


def _disk(folder: Path, count: int) -> Iterator[Store]:
    say(f"disk: {count} pictures")
    home = folder / "disk"
    _pictures(home / "images", count)
    stock.sqlite(home / "labels.sqlite", 0)
    _rows(home / "labels.sqlite", count)
    disk = {
        "DATA_ACTOR_CONFIG": [{"actor": "image", "args": [str(home / "images")]}],
        "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": [str(home / "labels.sqlite")]}],
    }
    yield Store(DISK, disk, str(home / "images"), {})
    shutil.rmtree(home)


def _served(documents: MongoServer, objects: S3Server, count: int) -> Store:
    if objects.process is None:
        raise Missing("this needs the tests' own S3 server, not the environment's")
    with closing(objects.client()) as client:
        client.create_bucket(Bucket="bench-export")
    _pictures(Path(objects.process.command[-1]) / "bench-export" / "images", count)
    made = _records(count, "S3", "images/")
    with documents.client() as client:
        while some := list(islice(made, stock.BATCH)):
            client["bench-export"]["labels"].insert_many(some, ordered=False)
        labels = client["bench-export"]["labels"]
        labels.create_index([("_librarian.received_at", 1), ("_id", 1)])
    keys = [objects.access_key, objects.secret_key, "bench-export", "images/", ""]
    more = {"endpoint": objects.endpoint, "region": "us-east-1"}
    database = ["", "", documents.address, "bench-export", "labels"]
    patient = {"timeout": 60}  # the tests' server looks through all records for each question
    given = {
        "DATA_ACTOR_CONFIG": [{"actor": "S3", "args": keys, "kwargs": more}],
        "LABEL_ACTOR_CONFIG": [{"actor": "mongo", "args": database, "kwargs": patient}],
    }
    environ = {
        "RCLONE_S3_PROVIDER": "Other",
        "RCLONE_S3_ENDPOINT": objects.endpoint,
        "RCLONE_S3_ACCESS_KEY_ID": objects.access_key,
        "RCLONE_S3_SECRET_ACCESS_KEY": objects.secret_key,
    }
    return Store(SERVED, given, ":s3:bench-export/images", environ)


def _measured(
    store: Store, folder: Path, count: int, only: str
) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield a row for each format, and whether it holds to what is promised."""
    copied = _rclone(store, folder / "copied", count)
    yield _told(store, "rclone copy", count, copied, copied, ""), True
    for each in FORMATS:
        if only in f"{store.name} {each}":
            say(f"{store.name}: {each}")
            run = _export(store, folder / "whole", each)
            again = _interrupted(store, folder, each, run.seconds)
            good = again == "same bytes" and run.memory < MOST
            good = good and run.seconds * LEAST <= copied.seconds
            yield _told(store, each, count, run, copied, again), good
    run = _export(store, folder / "whole", "webdataset", SPLIT)
    yield _told(store, "webdataset, split", count, run, copied, ""), run.memory < MOST
    shutil.rmtree(folder / "whole")


def _told(
    store: Store, what: str, count: int, run: Run, copied: Run, again: str
) -> tuple[str, ...]:
    return (
        store.name,
        what,
        f"{count:,}",
        f"{run.seconds:.1f}",
        f"{count / run.seconds:,.0f}",
        f"{count * SIZES[0].bytes / run.seconds / 1e6:.0f}",
        f"{copied.seconds / run.seconds:.2f}",
        f"{run.memory / 1e6:.0f}",
        again or table.NONE,
    )


def _export(store: Store, folder: Path, form: str, *flags: str) -> Run:
    shutil.rmtree(folder, ignore_errors=True)
    return _run(_command(store, folder, form, *flags), {})


def _interrupted(store: Store, folder: Path, form: str, seconds: float) -> str:
    """Kill an export in its middle, go on with it, and compare with one that was not killed."""
    target = folder / "resumed"
    shutil.rmtree(target, ignore_errors=True)
    with subprocess.Popen(_command(store, target, form), start_new_session=True) as process:
        time.sleep(seconds / 2)
        if process.poll() is not None:
            return "ended before it was killed"
        os.killpg(process.pid, signal.SIGKILL)
    _run(_command(store, target, form, "--resume"), {})
    same = all(
        (target / name).read_bytes() == (folder / "whole" / name).read_bytes()
        for name in ("manifest.json", "records.jsonl")
    )
    shutil.rmtree(target)
    return "same bytes" if same else "DIFFERS"


def _command(store: Store, folder: Path, form: str, *flags: str) -> list[str]:
    chosen = [f"--{name.lower()}={json.dumps(value)}" for name, value in store.given.items()]
    return [
        sys.executable,
        "-m",
        "librarian",
        "export",
        str(folder),
        f"--to={form}",
        *flags,
        *chosen,
    ]


def _rclone(store: Store, folder: Path, count: int) -> Run:
    say(f"{store.name}: rclone copy")
    binary = str(rclone_binary())
    command = [binary, "copy", "--config", os.devnull, store.remote, str(folder)]
    run = _run(command, store.environ)
    if (found := sum(1 for _ in folder.iterdir())) != count:
        raise RuntimeError(f"rclone copied {found} of {count}")
    shutil.rmtree(folder)
    return run


def _run(command: list[str], environ: Mapping[str, str]) -> Run:
    """Run a process to its end, and tell what it took."""
    os.sync()  # what was written before is not written while this one is measured
    began = time.monotonic()
    with subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        with group.watched(process.pid) as peak:
            ended = process.wait()
        if ended:
            raise RuntimeError(f"{command[:4]} ended with {ended}")
        return Run(time.monotonic() - began, peak.bytes)


def _pictures(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{stock.key(number)}.jpg").write_bytes(_picture(number))


def _picture(number: int) -> bytes:
    """Give a picture with a comment in it, so that no two have the same bytes (JPEG, COM)."""
    content = pictures(SIZES[0])[number % 4]
    return content[:2] + b"\xff\xfe\x00\x0a" + number.to_bytes(8, "big") + content[2:]


def _records(count: int, actor: str, before: str) -> Iterator[dict[str, Any]]:
    """Make label records as the service does where `unique` looks at pictures."""
    dice = random.Random(SIZES[0].bytes)
    for number, whole in enumerate(stock.records(count)):
        content, ours = _picture(number), whole["_librarian"]
        look = f"{dice.getrandbits(64):016x}"
        ours["data"][0] |= {
            "sha256": sha256(content).hexdigest(),
            "received_sha256": sha256(content).hexdigest(),
            "bytes": len(content),
            "width": SIZES[0].width,
            "height": SIZES[0].height,
            "phash": look,
            "phash_bands": phash.bands(look),
            "stored": [{"actor": actor, "name": f"{before}{whole['_id']}.jpg"}],
        }
        ours["contributor"] = f"contributor-{number % CONTRIBUTORS}"
        ours["received_at"] = moment.written(stock.BEGAN + number)
        yield whole


def _rows(path: Path, count: int) -> None:
    import sqlite3

    rows = (
        (each["_id"], each["uid"], each["_librarian"]["received_at"], json.dumps(each))
        for each in _records(count, "image", "")
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany("INSERT INTO contributions VALUES (?, ?, ?, ?)", rows)


if __name__ == "__main__":
    sys.exit(main())
