"""What becomes of the corpus, changed by dice? Sent into the application, or to a running service.

    python -m tests.fuzz.generated --inputs 1000 --seed 1 [--served]

The last line it writes is JSON: how many, how they were answered, and what failed.
"""

import argparse
import json
import logging
import random
import socket
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.corpus import Case, framing, variables
from tests.corpus.sending import Answer, into, over
from tests.corpus.test_framing import taken_apart
from tests.e2e.stack import service
from tests.fuzz import changes, messages, targets
from tests.fuzz.seeds import seeds

MOST_TOLD = 20
FRAMED = 0.2
"""Which part of what is sent to the service that runs is changed below HTTP."""


def within(inputs: int, dice: random.Random) -> tuple[Counter[int], list[str]]:
    """Send changed requests into the application."""
    found, failures, whole = Counter[int](), list[str](), seeds("receive")
    app = targets.application()
    for _ in range(inputs):
        case = messages.read(changes.changed(dice, whole))
        answer = into(app, case)
        found[answer.status] += 1
        failures += broken(case, answer)
    return found, failures


def served(inputs: int, dice: random.Random) -> tuple[Counter[int], list[str]]:
    """Send changed requests to a service that runs, and count afterwards what it kept."""
    found, failures, kept = Counter[int](), list[str](), set[str]()
    whole = seeds("receive")
    framed = [case.sent for case in framing.cases() if len(case.sent) < 20_000]
    folder = Path(tempfile.mkdtemp(prefix="librarian-fuzz-"))
    with service({**variables(folder), "LIBRARIAN_LOG_LEVEL": "warning"}, "--workers=2") as running:
        for _ in range(inputs):
            if dice.random() < FRAMED:
                case = Case("", "", changes.changed(dice, framed))
                answers = raw(running.url, case.body)
            else:
                case = messages.read(changes.changed(dice, whole))
                answers = [over(running.url, case)]
            for answer in answers:
                found[answer.status] += 1
                failures += broken(case, answer)
                if answer.status in (200, 201) and b'"uid"' in answer.body:
                    kept.add(answer.document["uid"])
        alive = over(running.url, Case("", "", b"", target="/livez", method="GET"))
        if alive.status != 200 or "Traceback" in running.logs():
            failures.append(f"the service: {alive.status} {running.logs()[-2000:]}")
    with closing(sqlite3.connect(folder / "labels.sqlite")) as database:
        records = {uid for (uid,) in database.execute("SELECT id FROM contributions")}
    files = {path.stem.partition("-")[0] for path in (folder / "images").iterdir()}
    if not kept <= records == files:
        failures.append(f"{len(kept)} receipts, {len(records)} records, {len(files)} files")
    return found, failures


def broken(case: Case, answer: Answer) -> list[str]:
    """Tell what is wrong with an answer, if anything is."""
    try:
        targets.see(case, answer)
    except (AssertionError, KeyError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]
    return []


def raw(url: str, sent: bytes) -> list[Answer]:
    """Send bytes as they are; a client that sends nonsense may be left without an answer."""
    place, came = urlsplit(url), b""
    with socket.create_connection((str(place.hostname), place.port or 0), timeout=60) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while more := connection.recv(65536):
                came += more
    return list(taken_apart(came))


def main() -> None:
    """Do as the command line says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--served", action="store_true")
    told = parser.parse_args()
    logging.disable(logging.CRITICAL)
    found, failures = (served if told.served else within)(told.inputs, random.Random(told.seed))
    said = {"inputs": told.inputs, "statuses": found, "failures": failures[:MOST_TOLD]}
    sys.stdout.write(json.dumps({**said, "failed": len(failures)}) + "\n")


if __name__ == "__main__":
    main()
