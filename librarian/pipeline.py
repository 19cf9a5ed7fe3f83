"""What happens to a submission? The whole service without the web: read, validated, stored, told.

Order of the stages: receive and type (reading), then labels and data together, so that nobody sends
twice to learn two faults, then both against each other, then the actors.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Any

from librarian import characters, labels, memory, seen, strictjson, subject
from librarian.chain import Chain, Outcome, Step
from librarian.collection import Collection
from librarian.commit import Commit
from librarian.commit.journal import Journal
from librarian.commit.settler import Settler
from librarian.commit.trail import Trail
from librarian.counting.quota import Quotas
from librarian.counting.storage import Counting
from librarian.figures.refusals import Refusals
from librarian.metrics import Metrics
from librarian.metrics.table import (
    CONTRIBUTIONS,
    IN_FLIGHT,
    RECEIVED_BYTES,
    STAGE_SECONDS,
    STORED_BYTES,
)
from librarian.outbox import Outbox
from librarian.outbox.sender import Sender
from librarian.picture import Unreadable
from librarian.privacy.keeping import Keeping
from librarian.privacy.salt import Salt
from librarian.problem import Problem
from librarian.reading import Reader
from librarian.record import Blob, Part, Receipt, Record, Submission
from librarian.settings import Settings
from librarian.settings.binding import adapter
from librarian.spool import Spool
from librarian.spool.acceptance import Acceptance
from librarian.spool.deliverer import Deliverer
from librarian.stage import (
    CROSS_VALIDATION,
    DATA_STORE,
    DATA_VALIDATION,
    LABEL_STORE,
    LABEL_VALIDATION,
    OVERLOAD,
    RECEIVE,
    SIZE,
    Failure,
    Stage,
    StoreError,
)
from librarian.stopping import Stopping
from librarian.units import say_bytes, say_pixels

PLACE_WITHIN = 5.0
"""Seconds to wait for a place among those in flight; clients give up after ten."""
READY_FOR = 3.0
"""Seconds for which an answer of the stores is believed."""


@dataclass(frozen=True)
class Verdict:
    """What the validators say of a record: the faults that refuse it, the ones that flag it."""

    refused: tuple[Problem, ...] = ()
    flagged: tuple[Problem, ...] = ()


FINE = Verdict()


@dataclass(frozen=True)
class Readiness:
    """Which steps' stores do not answer, and whether the spool takes what they do not."""

    failing: tuple[str, ...] = ()
    spool: bool | None = None
    """None where there is no spool."""

    @property
    def ready(self) -> bool:
        """Whether contributions can be accepted."""
        return not self.failing if self.spool is None else self.spool


class Pipeline:
    """One configured service: submissions in, receipts out."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        memory.share_out(settings.memory, settings.workers)
        declared: dict[str, str] = {}
        for step in (*settings.label_valid, *settings.cross_valid):
            for name, kind in step.component.declares().items():
                if declared.get(name, "number") == "number":
                    declared[name] = kind
        self.reader = Reader(settings.intakes, declared, settings.without_key)
        self.label_valid = Chain(LABEL_VALIDATION, settings.label_valid)
        self.data_valid = Chain(DATA_VALIDATION, settings.data_valid)
        self.cross_valid = Chain(CROSS_VALIDATION, settings.cross_valid)
        self._comparing = [step for step in settings.data_valid if step.component.compares_looks]
        self.spool = Spool(settings.spool) if settings.spool else None
        outbox = Outbox(Path(settings.data_dir) / "outbox")
        actors = {DATA_STORE: settings.data_act, LABEL_STORE: settings.label_act}
        stores = {step.path: stage.slug for stage, steps in actors.items() for step in steps}
        self.metrics = Metrics(stores, settings.workers)
        self.commit = Commit.of(
            [self._watched(step, DATA_STORE) for step in settings.data_act],
            [self._watched(step, LABEL_STORE) for step in settings.label_act],
            several=len(settings.intakes) > 1,
            journal=Journal(Path(settings.journal_dir or f"{settings.data_dir}/journal")),
            seconds=settings.store_seconds,
            outbox=outbox,
            trail=Trail(Path(settings.data_dir) / "audit"),
            spool=self.spool,
        )
        self.collection = Collection.of(self.commit)
        self.refusals = Refusals(Path(settings.data_dir))
        self.settler = Settler(self.commit)
        self.deliverer = Deliverer(self.spool, self.commit) if self.spool else None
        self.sender = Sender(outbox, self.commit.posts) if self.commit.posts else None
        self.stopping = Stopping()
        salt = Salt(Path(settings.data_dir) / "salts")
        self._keeping = Keeping(salt, **settings.privacy.model_dump())
        self._acceptance = Acceptance(self.commit, self.spool)
        self.counting = Counting.of(settings)
        self._quotas = Quotas(settings.quotas, self.counting, settings.store_seconds)
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(settings.max_in_flight):
            self._places.put(None)
        self.config = _config_hash(settings)
        self._ready: tuple[float, Readiness] = (0.0, Readiness())
        self._asking = Lock()

    def submit(self, submission: Submission) -> Receipt:
        """Take in one submission. Raises Failure with every fault of the first failing stages.

        More than `max_in_flight` at one time wait a moment; those for whom none of them makes
        place by then are turned away (`overload`). What was read of a submission is gone from it.
        """
        try:
            self._places.get(timeout=PLACE_WITHIN)
        except Empty:
            message = "Too many are sending just now; please send it again in a moment."
            limit = self.settings.max_in_flight
            raise Failure(OVERLOAD, Problem("in-flight", message, limit=limit)) from None
        self.metrics.count(IN_FLIGHT)
        try:
            receipt = self._take(submission)
        except memory.Busy:
            raise full() from None
        finally:
            self.metrics.count(IN_FLIGHT, amount=-1)
            self._places.put(None)
        self._count(receipt)
        return receipt

    def _take(self, submission: Submission) -> Receipt:
        with self._at(RECEIVE):
            record = self.reader.read(submission)
        submission.let_go()
        subject.note(uid=record.uid)
        self.metrics.count(RECEIVED_BYTES, amount=sum(len(part.content) for part in record.data))
        with seen.asking(self.commit.mark, record):
            verdict = self.judge(record)
        if verdict.refused:
            raise Failure(LABEL_VALIDATION, *verdict.refused)
        flags = [{"stage": p.stage, "rule": p.rule, "message": p.message} for p in verdict.flagged]
        try:
            record = self._keeping.kept(record, submission)
        except Failure:  # what was stored under other settings is answered from what was stored
            if (earlier := self._acceptance.earlier(record)) is not None:
                return earlier
            raise
        if self._comparing:
            record = replace(record, looks=self._looks(record))
        if not self._quotas:
            return self._acceptance.store(record, flags, self.config)
        if (earlier := self._acceptance.earlier(record)) is not None:
            return earlier
        return self._quotas.counted(
            record, lambda: self._acceptance.store(record, flags, self.config)
        )

    def _looks(self, record: Record) -> dict[str, str]:
        """Give what pictures look like, by tag, where a validator has looked at that."""
        return {
            part.tag: part.look
            for part in record.data
            if isinstance(part, Blob) and any(step.sees(part) for step in self._comparing)
        }

    def start(self) -> None:
        """Start what each process does beside its requests; a thread does not survive a fork."""
        self.metrics.begin()
        self.settler.start()
        self._keeping.start()
        if self.deliverer is not None:
            self.deliverer.start()
        if self.sender is not None:
            self.sender.start()

    def end(self) -> None:
        """Keep what this process had in memory alone; to be called when it ends."""
        self.refusals.end()

    def judge(self, record: Record) -> Verdict:
        """Run the validators: labels and data both, then, if those hold, both together."""
        with self._at(LABEL_VALIDATION):
            first = self._verdict(self.label_valid, [record.labels])
            own = [
                replace(p, stage=LABEL_VALIDATION.slug, path=(record.labels.tag, *p.path))
                for p in labels.faults(record.labels.value, self.settings.max_labels)
            ]
            own += [problem for part in record.data for problem in _filename(part)]
        with self._at(DATA_VALIDATION):
            sizes = [problem for part in record.data for problem in self._oversize(part)]
            large = {problem.path[0] for problem in sizes}
            fitting = [part for part in record.data if part.tag not in large]
            second = self._verdict(self.data_valid, fitting)
        closed = self._keeping.faults(fitting, second.refused)
        refused = (*sizes, *own, *first.refused, *second.refused, *closed)
        flagged = first.flagged + second.flagged
        if refused:
            return Verdict(refused, flagged)
        with self._at(CROSS_VALIDATION):
            third = self._verdict(self.cross_valid, [record])
        return Verdict(third.refused, flagged + third.flagged)

    def readiness(self) -> Readiness:
        """Say whether stores and spool answer; they are asked at most once in some seconds."""
        with self._asking:
            asked, found = self._ready
            if not asked or time.monotonic() - asked > READY_FOR:
                failing = tuple(step.path for step, error in self.ping() if error)
                takes = self.spool.takes() if self.spool else None
                self._ready = (time.monotonic(), found := Readiness(failing, takes))
        return found

    def ping(self) -> Iterator[tuple[Step, StoreError | None]]:
        """Ask every store that a success needs whether it can be reached."""
        for step in self.commit.stores:
            try:
                step.component.ping()
                yield step, None
            except StoreError as error:
                yield step, error

    def _at(self, stage: Stage) -> AbstractContextManager[None]:
        """Say that a stage works on this thread's contribution, and time it."""
        subject.note(stage=stage.slug)
        return self.metrics.timed(STAGE_SECONDS, stage.slug)

    def _watched(self, step: Step, stage: Stage) -> Step:
        """Have the calls of a store timed, and said to be at its stage."""
        timed = self.metrics.of_store(step.path, stage.slug)

        def calling(verb: str) -> AbstractContextManager[None]:
            if verb != "undo":  # which follows a failure, and that has its stage
                subject.note(stage=stage.slug)
            return timed(verb)

        return replace(step, timed=calling)

    def _count(self, receipt: Receipt) -> None:
        outcome = "spooled" if receipt.spooled else "stored"
        self.metrics.count(CONTRIBUTIONS, "replayed" if receipt.replayed else outcome)
        if not receipt.replayed:
            self.metrics.count(STORED_BYTES, amount=sum(item["bytes"] for item in receipt.data))

    def _verdict(self, chain: Chain, things: Sequence[Any]) -> Verdict:
        outcomes = [(o, _placed(chain, o)) for o in chain.run(things)]
        if not outcomes:
            return FINE
        return Verdict(
            tuple(problem for o, problem in outcomes if o.step.on_fail != "flag"),
            tuple(problem for o, problem in outcomes if o.step.on_fail == "flag"),
        )

    def _oversize(self, part: Part) -> Iterator[Problem]:
        """Yield what is larger than the service takes, before anything of it is decoded."""
        limits, path, stage = self.settings, (part.tag,), SIZE.slug
        size = len(part.content)
        if size > limits.max_bytes:
            message = f"This is {say_bytes(size)}; at most {say_bytes(limits.max_bytes)} are taken."
            yield Problem("bytes", message, path, stage, limits.max_bytes, size)
            return
        try:
            seen = part.picture if isinstance(part, Blob) else None
        except Unreadable:
            return  # a broken image is for the data validators to refuse
        if seen is None:
            return
        if seen.pixels > limits.max_pixels:
            taken = say_pixels(limits.max_pixels)
            message = f"This image has {say_pixels(seen.pixels)}; at most {taken} are taken."
            yield Problem("pixels", message, path, stage, limits.max_pixels, seen.pixels)
        if seen.frames > limits.max_frames:
            message = (
                f"This animation has {seen.frames} frames; at most {limits.max_frames} are taken."
            )
            yield Problem("frames", message, path, stage, limits.max_frames, seen.frames)


def full() -> Failure:
    """Say that there was no memory for one more within the time one can wait."""
    message = "Too many large ones are coming just now; please send it again in a moment."
    return Failure(OVERLOAD, Problem("memory", message))


def build(settings: Settings) -> Pipeline:
    """Make the service that the settings describe."""
    return Pipeline(settings)


def _placed(chain: Chain, outcome: Outcome) -> Problem:
    """Give a validator's problem with the stage and the whole path of where it lies."""
    problem: Problem = outcome.result
    tag = outcome.seen.tag
    return replace(
        problem,
        stage=problem.stage or chain.stage.slug,
        path=(tag, *problem.path) if tag else problem.path,
    )


def _filename(part: Part) -> Iterator[Problem]:
    """Yield what no file may be called; the name is only kept beside the labels, never used."""
    path, stage, most = (part.tag,), LABEL_VALIDATION.slug, characters.LONGEST_NAME
    if len(part.filename) > most:
        message = f"A file's name has at most {most} characters."
        yield Problem("length", message, path, stage, most, len(part.filename))
    if not characters.is_name(part.filename):
        message = "The file's name holds characters that cannot be seen; please rename it."
        yield Problem("characters", message, path, stage)


def _config_hash(settings: Settings) -> str:
    """Tell configurations apart in a record's provenance, secrets masked."""
    steps: Mapping[str, Any] = {
        step.path: [
            step.component.name,
            step.on_fail,
            step.input,
            adapter(type(step.component)).dump_python(step.component, mode="json"),
        ]
        for step in (*settings.label_valid, *settings.data_valid, *settings.cross_valid)
    }
    return hashlib.sha256(strictjson.dumps(steps)).hexdigest()[:12]
