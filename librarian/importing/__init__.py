"""How does a folder become records? Through the same validators and stores as what is sent.

What was exported keeps its uid, so that it comes back as the record that it was; what never had one
gets it from content and labels. So to run it again, or to go on after an interruption, stores
nothing twice. A record that is there already is never changed; one that only an earlier label store
has keeps its data where they are (librarian/commit/adopting.py).
"""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import chain
from typing import Any

from librarian import strictjson
from librarian.collection import Collection, Entry
from librarian.exporting.columns import flat
from librarian.importing.found import Broken, Found, Unusable
from librarian.outcome import Outcome
from librarian.pipeline import Pipeline
from librarian.progress import Progress
from librarian.record import LABELS, Carrier, Submission
from librarian.stage import Failure, StoreError
from librarian.trial import carrier

__all__ = ["Found", "Unusable", "run"]

SCOPE = "import"
"""Whose idempotency keys these are: nobody's who sends."""
AHEAD = 2
"""Contributions that are held for each that is under way."""
TRIES, PAUSE = 5, 0.5
"""How often one is tried where a store does not answer, and the seconds before the second time."""


def run(
    service: Pipeline, found: Iterable[Found], *, at_once: int, progress: Progress
) -> Iterator[Outcome]:
    """Store contributions and yield what became of each, in the order in which they end."""
    importer = Importer(service)
    with ThreadPoolExecutor(at_once) as pool:
        try:
            yield from progress.over(_each(importer, found, pool, at_once), "importing")
        finally:
            importer.stop.set()  # an interrupted run ends with what is under way
            pool.shutdown(cancel_futures=True)


def _each(
    importer: "Importer", found: Iterable[Found], pool: ThreadPoolExecutor, at_once: int
) -> Iterator[Outcome]:
    waiting: set[Future[Outcome]] = set()
    for each in found:
        waiting.add(pool.submit(importer.give, each))
        if len(waiting) >= AHEAD * at_once:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    yield from chain.from_iterable([future.result()] for future in waiting)


class Importer:
    """Gives contributions to one service."""

    def __init__(self, service: Pipeline) -> None:
        self.stop = threading.Event()
        self._service = service
        self._collection = Collection.of(service.commit)

    def give(self, found: Found) -> Outcome:
        """Store one contribution, again where a store does not answer."""
        if found.fault:
            return Outcome(found.name, "failed", (found.fault,))
        try:
            content = {tag: (piece.read(), piece.filename) for tag, piece in found.data.items()}
        except Broken as error:
            return Outcome(found.name, "failed", (f"{str(error)[:1].upper()}{str(error)[1:]}.",))
        reason = ""
        for tried in range(TRIES):
            if self.stop.is_set():
                break
            try:
                return self._once(found, content)
            except Failure as failure:
                if not failure.retryable:
                    return Outcome(found.name, "refused", _reasons(failure))
                reason = failure.problems[0].message
            except StoreError:
                reason = "A store does not answer."
            if tried < TRIES - 1:
                self.stop.wait(PAUSE * 2**tried)
        return Outcome(found.name, "failed", (reason or "It was not tried: stopped.",))

    def _once(self, found: Found, content: Mapping[str, tuple[bytes, str]]) -> Outcome:
        """Store one contribution. Raises Failure, StoreError."""
        data = {self._tag(tag): each for tag, each in content.items()}
        there = self._collection.get(found.uid) if found.uid and self._collection else None
        if there is not None:
            if _same(there, found, data):
                return Outcome(found.name, "already there")
            message = "It is in the stores already, with other labels or data; it was not changed."
            return Outcome(found.name, "refused", (message,))
        receipt = self._service.submit(self._submission(found, data))
        return Outcome(found.name, "already there" if receipt.replayed else "imported")

    def _tag(self, tag: str) -> str:
        return tag or self._service.settings.intakes[0].tag

    def _submission(self, found: Found, data: Mapping[str, tuple[bytes, str]]) -> Submission:
        """Bring it as a client would send it, each piece in a form that its input reads."""
        intakes = {intake.tag: intake for intake in self._service.settings.intakes}
        pieces, body = [], None
        query: tuple[tuple[str, str], ...] = ()
        if found.written:
            query = tuple((name, str(value)) for name, value in found.labels.items())
        else:
            labels = strictjson.dumps(found.labels)
            pieces.append((LABELS, Carrier("file", labels, media_type="application/json")))
        for tag, (content, filename) in data.items():
            own = "" if found.uid else filename
            brought = Carrier("file", content, own)
            if tag in intakes:
                brought = carrier(intakes[tag], content, own)
            if brought.kind == "body":
                body = brought
            else:
                pieces.append((tag, brought))
        return Submission(
            "multipart" if body is None else "raw",
            query=query,
            pieces=tuple(pieces),
            body=body,
            key="" if found.uid else _key(found, data),
            scope=SCOPE,
            contributor=str(found.facts.get("contributor", "")),
            uid=found.uid,
            origin=_origin(found),
        )


def _key(found: Found, data: Mapping[str, tuple[bytes, str]]) -> str:
    hashes = {tag: hashlib.sha256(content).hexdigest() for tag, (content, _) in data.items()}
    return hashlib.sha256(strictjson.dumps([hashes, found.written, found.labels])).hexdigest()


def _origin(found: Found) -> dict[str, Any]:
    """Say of a record that was exported when it first came; it is received anew."""
    at = found.facts.get("received_at")
    return {"imported": {"received_at": at}} if found.uid and isinstance(at, str) else {}


def _same(there: Entry, found: Found, data: Mapping[str, tuple[bytes, str]]) -> bool:
    """Say whether a record has these labels and data."""
    kept = {each["tag"]: each["sha256"] for each in there.data}
    sent = {tag: hashlib.sha256(content).hexdigest() for tag, (content, _) in data.items()}
    return kept == sent and strictjson.same(flat(there.labels), flat(found.labels))


def _reasons(failure: Failure) -> tuple[str, ...]:
    return tuple(f"{each.message} ({each.stage} {each.rule})" for each in failure.problems)
