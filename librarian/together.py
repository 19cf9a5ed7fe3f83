"""How do many threads share one costly step? One leads; who comes meanwhile goes with the next.

A sync of the disk costs the same for one write and for thirty (group commit: DeWitt et al.,
"Implementation Techniques for Main Memory Database Systems", 1984). Nobody waits for company: the
first goes at once, and while it is under way others gather.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 64
"""How many go together; the first of them must not wait long for the last."""


@dataclass(slots=True)
class _Waiting(Generic[T]):
    thing: T
    turn: "threading.Lock | None" = None
    """Held until it is done, or to be done by this thread; None for who does not wait."""
    done: bool = False
    fault: BaseException | None = None

    def go_on(self) -> None:
        """Wake the thread that waits for its turn."""
        if self.turn is not None:
            self.turn.release()


class Together(Generic[T]):
    """Does `step` for the things of many threads at once, one call after the other."""

    def __init__(self, step: Callable[[Sequence[T]], None]) -> None:
        self._step = step
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting[T]] = deque()
        self._led = False

    def do(self, thing: T) -> None:
        """Return when a call of the step that began after this one has done the thing.

        Raises what the step raised.
        """
        own = _Waiting(thing)
        with self._lock:
            if self._led:
                own.turn = threading.Lock()
                own.turn.acquire()
                self._waiting.append(own)
            self._led = True
        if own.turn is not None:
            own.turn.acquire()
        if not own.done:
            self._lead(own)
        if own.fault is not None:
            raise own.fault

    def _lead(self, own: _Waiting[T]) -> None:
        """Do this thread's own with what waits, and let another lead what came meanwhile."""
        batch = [own]
        while self._waiting and len(batch) < MOST:  # who leads is the only one who takes
            batch.append(self._waiting.popleft())
        fault: BaseException | None = None
        try:
            self._step([each.thing for each in batch])
        except BaseException as error:
            fault = error
        with self._lock:
            following = self._waiting.popleft() if self._waiting else None
            self._led = following is not None
        own.fault = fault
        for each in batch[1:]:
            each.done, each.fault = True, fault
            each.go_on()
        if following is not None:
            following.go_on()
