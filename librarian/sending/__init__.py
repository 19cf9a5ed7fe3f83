"""How does somebody send files from a terminal? Each once, several at a time, tried again.

What runs twice never doubles: a contribution's key is the hash of all that it is.
"""

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from librarian.outcome import Outcome
from librarian.progress import PAUSE, Progress
from librarian.sending import interrupt
from librarian.sending.answer import Answer
from librarian.sending.contribution import Changed, Contribution
from librarian.sending.service import Service, Stopped, Unreached
from librarian.units import say_bytes

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds before a second try, doubled with each one, and the most it comes to."""
LONGEST_WAIT = 300.0
"""Seconds of Retry-After that somebody at a terminal waits; what asks for more has failed."""


@dataclass
class Gauge:
    """Counts bytes that are on their way, of all that are to be sent."""

    total: int
    done: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        """Count bytes that went out; fewer than none where they must go again."""
        with self._lock:
            self.done += count


def send(
    service: Service,
    contributions: Sequence[Contribution],
    *,
    tries: int,
    at_once: int,
    progress: Progress,
) -> Iterator[Outcome]:
    """Send contributions and yield what became of each, in the order in which they end."""
    gauge = Gauge(sum(each.size for each in contributions))
    sender = Sender(service, tries, gauge)
    count, ended = len(contributions), 0
    with interrupt.noted() as interrupted, ThreadPoolExecutor(at_once) as pool:
        try:
            waiting: set[Future[Outcome]] = {pool.submit(sender.give, c) for c in contributions}
            while waiting:
                done, waiting = wait(waiting, PAUSE, FIRST_COMPLETED)
                interrupted.heed()
                for each in done:
                    ended += 1
                    yield each.result()
                of = f"{say_bytes(gauge.done)} of {say_bytes(gauge.total)}"
                progress.show("sending", gauge.done, gauge.total, f"{of}, {ended} of {count} done")
        finally:
            service.stop.set()  # an interrupted run ends now, not when its uploads do
            pool.shutdown(cancel_futures=True)
            progress.clear()


def reach(service: Service, tries: int) -> list[str]:
    """Give the tags of the service's inputs, the first one first. Raises Unreached, Unusable."""
    for tried in range(1, tries):
        try:
            return list(service.types)
        except Unreached:
            service.stop.wait(pause(tried, 0.0))
    return list(service.types)


@dataclass
class Sender:
    """Gives contributions to one service, until it has settled each or cannot be reached."""

    service: Service
    tries: int
    gauge: Gauge
    lost: str = ""
    """Why nothing more is tried: the service could not be reached, however often."""

    def give(self, contribution: Contribution) -> Outcome:
        """Send one contribution, again where that may help."""
        name, reason, unsure = contribution.name, "", False
        for tried in range(1, self.tries + 1):
            if self.lost or self.service.stop.is_set():
                return Outcome(name, "failed", (f"It was not tried: {self.lost or 'stopped.'}",))
            try:
                answer = self._once(contribution)
            except Changed:
                return Outcome(name, "failed", ("The file changed while it was being sent.",))
            except OSError as error:
                return Outcome(name, "failed", (f"It cannot be read: {error.strerror}.",))
            except Stopped:
                continue
            except Unreached as error:
                reason, after, unsure = f"The service could not be reached: {error}.", 0.0, True
                if tried == self.tries:
                    self.lost = reason
            else:
                if answer.settled:
                    return _outcome(name, answer, unsure=unsure)
                reason, after = answer.detail, answer.retry_after
                if after > LONGEST_WAIT:
                    asked = f"It asks to wait {after:,.0f} s; run this again then."
                    return Outcome(name, "failed", (reason, asked))
            if tried < self.tries:
                self.service.stop.wait(pause(tried, after))
        return Outcome(name, "failed", (reason,))

    def _once(self, contribution: Contribution) -> Answer:
        counted = 0

        def count(size: int) -> None:
            nonlocal counted
            counted += size
            self.gauge.add(size)

        try:
            answer = self.service.give(contribution, count)
        except BaseException:
            self.gauge.add(-counted)
            raise
        self.gauge.add((contribution.size if answer.settled else 0) - counted)
        return answer


def pause(tried: int, retry_after: float) -> float:
    """Choose how long to wait before the next try, in seconds; never all senders at once."""
    mine = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (tried - 1))
    jitter = random.random()  # noqa: S311 - nothing here is secret
    return max(mine * (0.5 + jitter / 2), retry_after + min(retry_after, 1.0) * jitter)


def _outcome(name: str, answer: Answer, *, unsure: bool) -> Outcome:
    """Say what an answer means; `unsure`: a try before it may have been the one that stored."""
    if answer.stored:
        return Outcome(name, "already there" if answer.replayed and not unsure else "sent")
    return Outcome(name, "refused", answer.reasons)
