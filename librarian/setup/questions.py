"""What is an owner asked, in which order? Each question once: for a terminal, and as a flag.

Each answer is read as soon as it is given, by `understanding.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from librarian import languages
from librarian.presets import PRESETS
from librarian.setup import understanding
from librarian.setup.answers import DOCKER, ELSEWHERE, HERE, HEROKU, KEEPS, PLACES, SENDERS
from librarian.setup.understanding import Known, listed


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its name (and flag), its words, its default, and how an answer is read."""

    name: str
    word: str
    """What stands for the answer in help; without one the question is no flag, but a variable."""
    ask: str
    read: Callable[[str, Known], Any]
    default: Callable[[Known], str]
    choices: Mapping[str, str] | None = None
    asked: Callable[[Known], bool] = lambda _: True
    variable: str = ""
    """Where its default may already stand; its answer is never a flag, for it is a secret or near
    one."""
    hidden: bool = False
    """Whether it is typed unseen."""

    @property
    def help(self) -> str:
        """What a flag's help says of it."""
        choices = f" {listed(self.choices)}" if self.choices else ""
        return f"{self.ask[0].lower()}{self.ask[1:]}{choices}"


def _elsewhere(known: Known) -> bool:
    """Say whether the owner has stores of their own to name; containers bring theirs."""
    return bool(known["keep"] == ELSEWHERE and known["where"] != DOCKER)


PRESET = Question(
    "preset",
    "PRESET",
    "What do you collect?",
    understanding.preset,
    lambda _: "crop",
    {each.name: each.help for each in PRESETS.values()},
)
QUESTIONS: tuple[Question, ...] = (
    PRESET,
    Question(
        "labels",
        "LABELS",
        "Which labels, as in species: cat, dog; note:",
        understanding.labels,
        lambda known: str(known["preset"].labels),
    ),
    Question(
        "language",
        "LANGUAGE",
        "In which language does the page speak?",
        understanding.language,
        lambda _: languages.ENGLISH,
        {code: str(languages.load(code)["name"]) for code in languages.SHIPPED},
    ),
    Question(
        "title",
        "TEXT",
        "What stands over the page?",
        understanding.title,
        lambda known: str(known["preset"].said(known["language"]).title),
    ),
    Question(
        "where",
        "PLACE",
        "Where will it run?",
        understanding.one_of(PLACES),
        lambda _: "machine",
        PLACES,
    ),
    Question(
        "keep",
        "STORE",
        "Where is it kept?",
        understanding.keep,
        lambda known: ELSEWHERE if known["where"] in (DOCKER, HEROKU) else HERE,
        KEEPS,
    ),
    Question(
        "mongodb_uri",
        "",
        "MongoDB's address, mongodb://… (empty: later)",
        understanding.mongodb,
        lambda _: "",
        asked=_elsewhere,
        variable="MONGODB_URI",
        hidden=True,
    ),
    Question(
        "bucket",
        "",
        "Name of the S3 bucket (empty: later)",
        understanding.bucket,
        lambda _: "",
        asked=_elsewhere,
        variable="S3_BUCKET",
    ),
    Question(
        "endpoint",
        "",
        "Address of the S3 service (empty: Amazon)",
        understanding.endpoint,
        lambda _: "",
        asked=_elsewhere,
        variable="AWS_ENDPOINT_URL",
    ),
    Question(
        "access_key",
        "",
        "S3 access key (empty: as AWS finds it)",
        understanding.s3_key,
        lambda _: "",
        asked=_elsewhere,
        variable="AWS_ACCESS_KEY_ID",
    ),
    Question(
        "secret_key",
        "",
        "S3 secret key",
        understanding.s3_key,
        lambda _: "",
        asked=lambda known: _elsewhere(known) and bool(known["access_key"]),
        variable="AWS_SECRET_ACCESS_KEY",
        hidden=True,
    ),
    Question(
        "send", "WHO", "Who may send?", understanding.one_of(SENDERS), lambda _: "anybody", SENDERS
    ),
)
OTHERS = tuple(question for question in QUESTIONS if question.word and question is not PRESET)
"""What can be answered by a flag."""
