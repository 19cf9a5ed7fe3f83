"""What does each step of the hot path cost? Ours beside the plain way, in turn, in one process."""

import base64
import io
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image as Pillow
from werkzeug.formparser import FormDataParser

from bench import observed, stock, table, wire
from bench.pictures import SIZES, Size, pictures
from bench.wire import BOUNDARY, Encoding
from librarian.actors.image import Image
from librarian.actors.sqlite import Sqlite
from librarian.inputs.base64 import Base64
from librarian.record import LABELS, Blob, Carrier, Document
from librarian.validators.img import Img
from librarian.web import pieces

HEADER = ("step", "size", "plain ms", "ours ms", "ours to plain")
THREADS = 8
EACH = 4
"""What each thread commits in one go."""
BATCH = 0.01
"""Seconds that one batch takes, about."""


@dataclass(frozen=True)
class Step:
    """One step, done our way and the plain way."""

    name: str
    size: str
    ours: Callable[[], object]
    plain: Callable[[], object]
    times: int = 1
    """How often one call does it."""


def measured(seconds: float, only: str, folder: Path) -> str:
    """Give the table; each step has so many seconds."""
    folder.mkdir(parents=True)
    chosen = [each for each in steps(folder) if only in each.name]
    return table.text(HEADER, [_row(each, seconds) for each in chosen])


def steps(folder: Path) -> Iterator[Step]:
    """Give all steps, in the order in which a request takes them."""
    for size in SIZES:
        yield from _parsing(size)
    for size in SIZES:
        yield from _looking(size)
    for size in SIZES:
        yield _keeping(size, folder)
    yield from _committing(folder)
    yield Step("count and log an upload", "", observed.ours(), observed.plain())


def _parsing(size: Size) -> Iterator[Step]:
    """Take requests apart; the plain way is werkzeug's, or the standard library's."""
    picture = pictures(size)[0]
    bodies = {each: _body(each, picture) for each in wire.ENCODINGS}
    text = base64.b64encode(picture).decode()
    reader, field = Base64(), Carrier("field", text)

    def ours(encoding: Encoding, boundary: str = "") -> Callable[[], object]:
        return lambda: list(pieces.of(encoding, io.BytesIO(bodies[encoding]), boundary))

    def plain(encoding: Encoding, kind: str, **options: str) -> Callable[[], object]:
        content = bodies[encoding]
        return lambda: FormDataParser().parse(io.BytesIO(content), kind, len(content), options)

    form = plain("form", "application/x-www-form-urlencoded")
    yield Step("parse a form", size.name, ours("form"), form)
    yield Step("parse JSON", size.name, ours("json"), lambda: json.loads(bodies["json"]))
    parts = plain("multipart", "multipart/form-data", boundary=BOUNDARY)
    yield Step("parse multipart", size.name, ours("multipart", BOUNDARY), parts)
    yield Step(
        "decode base64",
        size.name,
        lambda: reader.read("image", field),
        lambda: base64.b64decode(text, validate=True),
    )


def _looking(size: Size) -> Iterator[Step]:
    """Check pictures; the plain way is Pillow's `verify`, which reads no pixel, or a decoding."""
    picture, validator = pictures(size)[0], Img()

    def ours() -> object:
        return list(validator.check(Blob("image", picture)))

    def verified() -> None:
        with Pillow.open(io.BytesIO(picture)) as image:
            image.verify()

    def decoded() -> None:
        with Pillow.open(io.BytesIO(picture)) as image:
            image.load()

    yield Step("check the picture (plain: verify)", size.name, ours, verified)
    yield Step("check the picture (plain: decode)", size.name, ours, decoded)


def _keeping(size: Size, folder: Path) -> Step:
    """Create files, on the disk before it goes on, both ways."""
    picture, ours, plain = (
        pictures(size)[0],
        folder / f"ours-{size.bytes}",
        folder / f"{size.bytes}",
    )
    plain.mkdir()
    actor = Image(str(ours))

    def written() -> None:
        with (plain / secrets.token_hex(12)).open("xb") as file:
            file.write(picture)
            file.flush()
            os.fsync(file.fileno())
        opened = os.open(plain, os.O_RDONLY)
        os.fsync(opened)
        os.close(opened)

    def act() -> object:
        return actor.act(secrets.token_hex(12), Blob("image", picture))

    return Step("create the file", size.name, act, written)


def _committing(folder: Path) -> Iterator[Step]:
    """Commit labels, on the disk before it goes on, both ways; alone, and by threads at once."""
    record = next(stock.records(1))
    actor, path = Sqlite(str(folder / "ours.sqlite")), folder / "plain.sqlite"
    threads = ThreadPoolExecutor(THREADS)
    opened: dict[int, sqlite3.Connection] = {}

    def connection() -> sqlite3.Connection:
        me = threading.get_ident()
        if me not in opened:
            opened[me] = sqlite3.connect(path, timeout=30, check_same_thread=False)
            opened[me].execute("PRAGMA journal_mode=WAL")
            opened[me].execute("PRAGMA synchronous=FULL")
            opened[me].execute("CREATE TABLE IF NOT EXISTS labels (id TEXT PRIMARY KEY, text TEXT)")
        return opened[me]

    def plain() -> None:
        with connection() as database:
            values = (secrets.token_hex(12), json.dumps(record))
            database.execute("INSERT INTO labels VALUES (?, ?)", values)

    def ours() -> object:
        uid = secrets.token_hex(12)
        return actor.act(uid, Document(LABELS, {**record, "_id": uid, "uid": uid}))

    def at_once(one: Callable[[], object]) -> Callable[[], object]:
        def some() -> None:
            for _ in range(EACH):
                one()

        return lambda: [each.result() for each in [threads.submit(some) for _ in range(THREADS)]]

    yield Step("commit the labels", "", ours, plain)
    name = f"commit the labels, {THREADS} threads"
    yield Step(name, "", at_once(ours), at_once(plain), THREADS * EACH)


def _body(encoding: Encoding, picture: bytes) -> bytes:
    made = wire.request(encoding, "/upload", picture)
    return (made.before + made.number(0) + made.after).partition(b"\r\n\r\n")[2]


def _row(step: Step, seconds: float) -> tuple[str, ...]:
    """Do a step in batches, both ways in turn, and compare those that followed each other."""
    calls = max(1, int(BATCH / max(_batch(step.plain, 1), _batch(step.ours, 1), 1e-6)))
    ours: list[float] = []
    plain: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not ours:
        plain.append(_batch(step.plain, calls) / step.times)
        ours.append(_batch(step.ours, calls) / step.times)
    ratios = [one / other for one, other in zip(ours, plain, strict=True)]
    both = (f"{median(plain) * 1e3:.3f}", f"{median(ours) * 1e3:.3f}")
    return (step.name, step.size, *both, table.spread(ratios))


def _batch(call: Callable[[], object], calls: int) -> float:
    """Tell the seconds that one call takes."""
    began = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - began) / calls
