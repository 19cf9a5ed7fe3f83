"""How is each answer read, and what is said of one that cannot be taken? What would be, instead.

Every reader gets the answer and what is known already. Raises Unfit, which quotes no secret.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from librarian import languages
from librarian.actors.s3 import BUCKET, KEY
from librarian.mongodb import uri
from librarian.presets import PRESETS
from librarian.presets import labels as written
from librarian.problem import nearest
from librarian.setup.answers import DOCKER, HERE, HEROKU, KEEPS, Unfit

Known = Mapping[str, Any]
"""What is answered already, read: by the name of the question."""
LONGEST_TITLE = 120
ADDRESS = re.compile(r"https?://[^/@\s]+(/\S*)?")


def one_of(choices: Collection[str]) -> Callable[[str, Known], str]:
    """Read one of some names, in any case."""

    def read(answer: str, _: Known) -> str:
        chosen = answer.lower()
        if chosen not in choices:
            raise Unfit(
                f"there is no “{answer}”; choose {listed(choices)}.{nearest(answer, choices)}"
            )
        return chosen

    return read


def preset(answer: str, _: Known) -> Any:
    """Read the name of a preset."""
    return PRESETS[one_of(PRESETS)(answer, {})]


def labels(answer: str, known: Known) -> Any:
    """Read labels as an owner writes them; the preset's own names are taken."""
    try:
        return written.parse(answer, known["preset"].taken)
    except ValueError as error:
        raise Unfit(f"{error}.") from None


def language(answer: str, _: Known) -> str:
    """Read a language that the page can speak."""
    try:
        languages.load(answer)
    except ValueError as error:
        raise Unfit(f"“{answer}” {error}.") from None
    return answer


def title(answer: str, _: Known) -> str:
    """Read a heading."""
    if len(answer) > LONGEST_TITLE:
        raise Unfit(f"a title has at most {LONGEST_TITLE} characters; this one has {len(answer)}.")
    return answer


def keep(answer: str, known: Known) -> str:
    """Read where things are kept; not every place to run has a disk to keep them on."""
    kept = one_of(KEEPS)(answer, known)
    if kept == HERE and known["where"] == HEROKU:
        raise Unfit("Heroku empties its disk at each restart: what is kept there would be lost.")
    if kept == HERE and known["where"] == DOCKER:
        raise Unfit("several containers share no disk: they keep things in MongoDB and S3.")
    return kept


def mongodb(answer: str, _: Known) -> str:
    """Read MongoDB's address, without asking anybody whether it is there."""
    try:
        if answer:
            uri.check(answer, credentials=True)
    except ValueError as error:
        raise Unfit(f"{error}.") from None
    return answer


def bucket(answer: str, _: Known) -> str:
    """Read a bucket's name."""
    if answer and not BUCKET.fullmatch(answer):
        raise Unfit("a bucket's name has 3 to 63 letters, digits, dots and hyphens.")
    return answer


def endpoint(answer: str, _: Known) -> str:
    """Read the address of an S3 service."""
    if answer and not ADDRESS.fullmatch(answer):
        raise Unfit("an address begins with https:// or http://, as https://s3.example.org does.")
    return answer


def s3_key(answer: str, _: Known) -> str:
    """Read one of the two S3 keys."""
    if not KEY.fullmatch(answer):
        raise Unfit("a key is printable ASCII without spaces; is there a line break in it?")
    return answer


def listed(names: Collection[str]) -> str:
    """Write names as a sentence does: a, b or c."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
