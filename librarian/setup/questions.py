"""What is an owner asked, in which order? Each question once: for a terminal, and as a flag.

An answer is checked as soon as it is given, and refused with what would be taken instead.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from librarian import languages
from librarian.actors.s3 import BUCKET, KEY
from librarian.mongodb import uri
from librarian.presets import PRESETS
from librarian.presets import labels as written
from librarian.problem import nearest
from librarian.setup.answers import DOCKER, ELSEWHERE, HERE, HEROKU, KEEPS, PLACES, SENDERS, Unfit

Known = Mapping[str, Any]
"""What is answered already, read: by the name of the question."""
LONGEST_TITLE = 120
ADDRESS = re.compile(r"https?://[^/@\s]+(/\S*)?")


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
        choices = f" {_listed(self.choices)}" if self.choices else ""
        return f"{self.ask[0].lower()}{self.ask[1:]}{choices}"


def _one_of(choices: Collection[str]) -> Callable[[str, Known], str]:
    def read(answer: str, _: Known) -> str:
        chosen = answer.lower()
        if chosen not in choices:
            raise Unfit(
                f"there is no “{answer}”; choose {_listed(choices)}.{nearest(answer, choices)}"
            )
        return chosen

    return read


def _preset(answer: str, _: Known) -> Any:
    return PRESETS[_one_of(PRESETS)(answer, {})]


def _labels(answer: str, known: Known) -> Any:
    try:
        return written.parse(answer, known["preset"].taken)
    except ValueError as error:
        raise Unfit(f"{error}.") from None


def _language(answer: str, _: Known) -> str:
    try:
        languages.load(answer)
    except ValueError as error:
        raise Unfit(f"“{answer}” {error}.") from None
    return answer


def _title(answer: str, _: Known) -> str:
    if len(answer) > LONGEST_TITLE:
        raise Unfit(f"a title has at most {LONGEST_TITLE} characters; this one has {len(answer)}.")
    return answer


def _keep(answer: str, known: Known) -> str:
    kept = _one_of(KEEPS)(answer, known)
    if kept == HERE and known["where"] == HEROKU:
        raise Unfit("Heroku empties its disk at each restart: what is kept there would be lost.")
    if kept == HERE and known["where"] == DOCKER:
        raise Unfit("several containers share no disk: they keep things in MongoDB and S3.")
    return kept


def _mongodb(answer: str, _: Known) -> str:
    try:
        if answer:
            uri.check(answer, credentials=True)
    except ValueError as error:
        raise Unfit(f"{error}.") from None
    return answer


def _bucket(answer: str, _: Known) -> str:
    if answer and not BUCKET.fullmatch(answer):
        raise Unfit("a bucket's name has 3 to 63 letters, digits, dots and hyphens.")
    return answer


def _endpoint(answer: str, _: Known) -> str:
    if answer and not ADDRESS.fullmatch(answer):
        raise Unfit("an address begins with https:// or http://, as https://s3.example.org does.")
    return answer


def _s3_key(answer: str, _: Known) -> str:
    if not KEY.fullmatch(answer):
        raise Unfit("a key is printable ASCII without spaces; is there a line break in it?")
    return answer


def _listed(names: Collection[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _elsewhere(known: Known) -> bool:
    """Say whether the owner has stores of their own to name; containers bring theirs."""
    return bool(known["keep"] == ELSEWHERE and known["where"] != DOCKER)


PRESET = Question(
    "preset",
    "PRESET",
    "What do you collect?",
    _preset,
    lambda _: "crop",
    {each.name: each.help for each in PRESETS.values()},
)
QUESTIONS: tuple[Question, ...] = (
    PRESET,
    Question(
        "labels",
        "LABELS",
        "Which labels, as in species: cat, dog; note:",
        _labels,
        lambda known: str(known["preset"].labels),
    ),
    Question(
        "language",
        "LANGUAGE",
        "In which language does the page speak?",
        _language,
        lambda _: languages.ENGLISH,
        {code: str(languages.load(code)["name"]) for code in languages.SHIPPED},
    ),
    Question(
        "title",
        "TEXT",
        "What stands over the page?",
        _title,
        lambda known: str(known["preset"].said(known["language"]).title),
    ),
    Question("where", "PLACE", "Where will it run?", _one_of(PLACES), lambda _: "machine", PLACES),
    Question(
        "keep",
        "STORE",
        "Where is it kept?",
        _keep,
        lambda known: ELSEWHERE if known["where"] in (DOCKER, HEROKU) else HERE,
        KEEPS,
    ),
    Question(
        "mongodb_uri",
        "",
        "MongoDB's address, mongodb://… (empty: later)",
        _mongodb,
        lambda _: "",
        asked=_elsewhere,
        variable="MONGODB_URI",
        hidden=True,
    ),
    Question(
        "bucket",
        "",
        "Name of the S3 bucket (empty: later)",
        _bucket,
        lambda _: "",
        asked=_elsewhere,
        variable="S3_BUCKET",
    ),
    Question(
        "endpoint",
        "",
        "Address of the S3 service (empty: Amazon)",
        _endpoint,
        lambda _: "",
        asked=_elsewhere,
        variable="AWS_ENDPOINT_URL",
    ),
    Question(
        "access_key",
        "",
        "S3 access key (empty: as AWS finds it)",
        _s3_key,
        lambda _: "",
        asked=_elsewhere,
        variable="AWS_ACCESS_KEY_ID",
    ),
    Question(
        "secret_key",
        "",
        "S3 secret key",
        _s3_key,
        lambda _: "",
        asked=lambda known: _elsewhere(known) and bool(known["access_key"]),
        variable="AWS_SECRET_ACCESS_KEY",
        hidden=True,
    ),
    Question("send", "WHO", "Who may send?", _one_of(SENDERS), lambda _: "anybody", SENDERS),
)
OTHERS = tuple(question for question in QUESTIONS if question.word and question is not PRESET)
"""What can be answered by a flag."""
