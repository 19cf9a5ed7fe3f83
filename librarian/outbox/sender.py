"""Who sends what waits in the outbox? One thread of one process of the machine, over and over.

Its processes elect one by a lock, which another has at once when it dies. A receiver that is down
is left alone, longer each time; a record that a receiver refuses although it answers stands aside
alone, longer each time, and holds up no other.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from librarian import strictjson
from librarian.chain import Step
from librarian.outbox import Delivery, Outbox
from librarian.record import LABELS, Document
from librarian.stage import Refused, StoreError

log = logging.getLogger(__name__)
IDLE = 0.5
"""Seconds between two looks at the outbox, and at who sends."""
FIRST, LONGEST = 1.0, 300.0
"""Seconds of the first pause of a receiver that is down, or a record that is refused, and of the
longest; each is twice the one before."""


class Sender:
    """Sends at intervals, if this process is the one elected."""

    def __init__(
        self, outbox: Outbox, steps: Sequence[Step], clock: Callable[[], float] = time.time
    ) -> None:
        self._outbox, self._clock = outbox, clock
        self._steps: dict[str, Any] = {step.component.outlet: step for step in steps}
        self._pauses: dict[str, tuple[int, float]] = {}
        """How often an outlet, or a delivery, failed in a row, and when it is tried again."""
        self._unknown: set[str] = set()
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin, in a thread of this process; to be called after any fork."""
        threading.Thread(target=self._run, name="sender", daemon=True).start()

    def stop(self) -> None:
        """End after the delivery that is under way."""
        self._stopping.set()

    def round(self) -> int:
        """Send what waits, but for what is paused; say how many were taken.

        Raises StoreError where the outbox itself cannot be read or written.
        """
        taken = 0
        waiting = self._outbox.waiting()
        self._forget(waiting)
        for delivery in waiting:
            if self._stopping.is_set():
                break
            step = self._steps.get(delivery.outlet)
            if step is None:
                self._unasked(delivery.outlet)
            elif not self._paused(delivery.outlet) and not self._paused(delivery.name):
                taken += self._send(step, delivery)
        return taken

    def _send(self, step: Step, delivery: Delivery) -> bool:
        try:
            label = self._outbox.read(delivery)
        except strictjson.NotJson:
            log.error("a delivery of %s is damaged and put aside", delivery.uid)
            self._outbox.bury(delivery)
            return False
        if label is None:
            return False
        try:
            step.component.act(delivery.uid, Document(LABELS, label))
        except StoreError as error:
            self._failed(step, delivery, error)
            return False
        except Exception:  # a bug that one record meets must not hold up the others
            log.exception("a bug met the delivery of %s", delivery.uid)
            self._pause(delivery.name)
            return False
        self._pauses.pop(delivery.outlet, None)
        self._outbox.remove(delivery)
        return True

    def _failed(self, step: Step, delivery: Delivery, error: StoreError) -> None:
        if self._clock() - delivery.since > step.component.max_age:
            log.error("%s did not take %s in time: %s", step.path, delivery.uid, error)
            self._outbox.bury(delivery)
        else:
            refused = isinstance(error, Refused)
            pause = self._pause(delivery.name if refused else delivery.outlet)
            said = "%s did not take %s, tried again in %.0f s: %s"
            log.warning(said, step.path, delivery.uid, pause, error)

    def _paused(self, name: str) -> bool:
        return name in self._pauses and self._clock() < self._pauses[name][1]

    def _pause(self, name: str) -> float:
        """Let something rest, twice as long as the last time, and by chance; say how long."""
        failures, _ = self._pauses.get(name, (0, 0.0))
        longest = min(LONGEST, FIRST * 2 ** min(failures, 20))
        pause = random.uniform(longest / 2, longest)  # noqa: S311 - so that machines do not march in step
        self._pauses[name] = failures + 1, self._clock() + pause
        return pause

    def _forget(self, waiting: Sequence[Delivery]) -> None:
        """Forget the pauses of what waits no more."""
        names = {delivery.name for delivery in waiting}
        for name in [name for name in self._pauses if name not in names | self._steps.keys()]:
            del self._pauses[name]

    def _unasked(self, outlet: str) -> None:
        if outlet not in self._unknown:
            self._unknown.add(outlet)
            log.error("some deliveries are for a receiver that is configured no more; they wait")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._outbox.elected() as mine:
                    while mine and not self._stopping.is_set():
                        self.round()
                        self._stopping.wait(IDLE)
            except (StoreError, OSError) as error:
                log.error("the outbox cannot be used: %s", error)
            except Exception:  # nobody would send anything any more
                log.exception("a bug met the sending of what waits in the outbox")
            self._stopping.wait(IDLE)
