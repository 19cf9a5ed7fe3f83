"""What is a log line about? The request that this thread works on, its uid, the stage it is in."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Subject:
    """One request under way, as far as it is known; the one value here that changes."""

    request_id: str
    uid: str = ""
    stage: str = ""


NOBODY = Subject("")
_CURRENT: ContextVar[Subject] = ContextVar("subject", default=NOBODY)


def begin(request_id: str) -> Subject:
    """Say that this thread works on a request from now on."""
    subject = Subject(request_id)
    _CURRENT.set(subject)
    return subject


def end() -> None:
    """Say that this thread works on nothing: what is said next is not about the last request."""
    _CURRENT.set(NOBODY)


def current() -> Subject:
    """Give what this thread works on."""
    return _CURRENT.get()


def note(*, uid: str = "", stage: str = "") -> None:
    """Say what became known of the request; where there is none, it is nobody's."""
    subject = _CURRENT.get()
    if subject is not NOBODY:
        subject.uid = uid or subject.uid
        subject.stage = stage or subject.stage
