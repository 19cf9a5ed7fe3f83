"""At which stage can a contribution fail, and how is each failure answered?

`STAGES` is the one table of it: the web, the OpenAPI document, the reference and docs/sending.md's
table are all read off it. Statuses follow RFC 9110 and RFC 6585 (429); 406 for data that do not
hold is a deliberate near-miss, so that every stage keeps a status of its own. Failure is the only
exception a client's request may end with:

    Failure            a stage refused the contribution, or could not store it
    StoreError         an actor could not do its work; the pipeline makes it a Failure
      Exists           ... because something is already kept under that name
      Refused          ... because the receiver, who answers, does not take this one
"""

from dataclasses import dataclass, replace

from librarian.problem import Problem


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its slug, the HTTP status of its failures, and what a client may do about them."""

    slug: str
    status: int
    title: str
    meaning: str
    setting: str = ""
    retryable: bool = False
    retry_after: int = 0


AUTH = Stage("auth", 401, "A key is needed", "the service asks for an access key")
FORBIDDEN = Stage("forbidden", 403, "Not allowed", "this key or this page may not do that")
RATE = Stage("rate-limit", 429, "Too many at once", "slow down", retryable=True, retry_after=10)
SIZE = Stage("size", 413, "Too large", "more bytes, pixels or frames than the service takes")
RECEIVE = Stage(
    "receive", 400, "Not understood", "no coherent data: a part is missing, broken or said twice"
)
TYPE = Stage("type", 415, "Not a kind of data taken here", "wrong encoding or kind of file")
LABEL_VALIDATION = Stage(
    "label-validation", 422, "The labels do not hold", "a label is missing or breaks a rule",
    setting="LABEL_VALID_CONFIG",
)  # fmt: skip
KEY_REUSED = Stage(
    "key-reused", 422, "The key was used before", "the key was used before with other content"
)
WITHDRAWN = Stage(
    "withdrawn", 410, "Withdrawn", "it was withdrawn after it had been stored; it stays away"
)
DATA_VALIDATION = Stage(
    "data-validation", 406, "The data do not hold", "the data are broken or break a rule",
    setting="DATA_VALID_CONFIG",
)  # fmt: skip
CROSS_VALIDATION = Stage(
    "cross-validation", 409, "Labels and data contradict each other",
    "each is fine alone, but they do not fit together", setting="CROSS_VALID_CONFIG",
)  # fmt: skip
DATA_STORE = Stage(
    "data-store", 507, "The data could not be stored", "nothing is kept; send it again later",
    setting="DATA_ACTOR_CONFIG", retryable=True, retry_after=10,
)  # fmt: skip
LABEL_STORE = Stage(
    "label-store", 502, "The labels could not be stored", "nothing is kept; send it again later",
    setting="LABEL_ACTOR_CONFIG", retryable=True, retry_after=10,
)  # fmt: skip
OVERLOAD = Stage(
    "overload", 503, "Not ready", "busy, stopping or starting", retryable=True, retry_after=5
)
INTERNAL = Stage("internal", 500, "Our mistake", "a bug in the service", retryable=True)
RANGE = Stage("range", 416, "No such part", "the file has no such bytes")
NOT_FOUND = Stage("not-found", 404, "Nothing here", "there is nothing at this address")
METHOD = Stage("method", 405, "Not this way", "this address does not take this method")

STAGES: tuple[Stage, ...] = (
    AUTH, FORBIDDEN, RATE, SIZE, RECEIVE, TYPE, LABEL_VALIDATION, DATA_VALIDATION,
    CROSS_VALIDATION, DATA_STORE, LABEL_STORE, KEY_REUSED, WITHDRAWN, OVERLOAD, INTERNAL, RANGE,
    NOT_FOUND, METHOD,
)  # fmt: skip
BY_SLUG = {stage.slug: stage for stage in STAGES}


class Failure(Exception):
    """A stage refused the contribution or could not store it; nothing of it is visible as a record.

    `problems` holds every fault found, in the order of `STAGES`, each with its stage; the failing
    stage is that of the first. `stage` serves the problems that name none themselves.
    `retry_after` says in how many seconds the same request may succeed, whatever the stage, 0 that
    waiting is of no use; without it the stage says so.
    """

    def __init__(self, stage: Stage, *problems: Problem, retry_after: int | None = None) -> None:
        placed = [p if p.stage else replace(p, stage=stage.slug) for p in problems]
        self.problems = tuple(sorted(placed, key=lambda p: STAGES.index(BY_SLUG[p.stage])))
        self.stage = BY_SLUG[self.problems[0].stage]
        self.retryable = self.stage.retryable if retry_after is None else retry_after > 0
        self.retry_after = self.stage.retry_after if retry_after is None else retry_after
        super().__init__(f"{self.stage.slug}: {self.problems[0].rule}")


class StoreError(Exception):
    """An actor could not do its work. `unsure` says that it may have been done all the same."""

    def __init__(self, message: str, *, unsure: bool = False) -> None:
        super().__init__(message)
        self.unsure = unsure


class Exists(StoreError):
    """Something is already kept under this name, and stores only ever create."""


class Refused(StoreError):
    """A receiver answers, and does not take this record; another it may take."""
