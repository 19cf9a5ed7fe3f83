"""Which variables do the answers make? Section by section, as they stand in .env."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from librarian.access import keys
from librarian.setup.answers import DOCKER, HERE, KEY, NGINX, Answers
from librarian.setup.dotenv import Section

FOLDER = "librarian-data"
SIGNING, LOOKING = "LIBRARIAN_SECRET", "REVIEW_KEY"
"""What receipts are signed with, and the key to what came in: made for every owner."""
SECRET_BYTES = 32
CONTAINED = {
    "MONGODB_URI": "mongodb://mongo-1,mongo-2,mongo-3/?replicaSet=rs0",
    "S3_BUCKET": "contributions",
    "AWS_ENDPOINT_URL": "http://minio:9000",
    "AWS_ACCESS_KEY_ID": "librarian",
}
"""Where the stores of compose.yaml are, seen from beside them."""


@dataclass(frozen=True, slots=True)
class Written:
    """The sections of a .env file, and the keys that were made now: to send, and to look."""

    sections: tuple[Section, ...]
    key: str = ""
    review: str = ""


def written(answers: Answers, kept: Mapping[str, str] | None = None) -> Written:
    """Give everything that .env holds; secrets that nobody chose are kept, or else made."""
    kept = kept or {}
    key = keys.make() if answers.send == KEY else ""
    review = "" if kept.get(LOOKING) else keys.make()
    made = {
        SIGNING: kept.get(SIGNING) or secrets.token_urlsafe(SECRET_BYTES),
        LOOKING: kept.get(LOOKING) or review,
    }
    sections = [*_sections(answers, key, kept), _owners(made)]
    return Written(tuple(sections), key, review)


def stores(answers: Answers) -> Section:
    """Give where data and labels are kept; whoever hosts the stores sets the names in ${…}."""
    preset = answers.preset
    if answers.keep == HERE:
        return Section(
            "Where it is kept: on this machine.",
            {
                "DATA_ACTOR_CONFIG": [
                    {"actor": preset.actor, "args": [f"{FOLDER}/{preset.folder}"]}
                ],
                "LABEL_ACTOR_CONFIG": [{"actor": "sqlite", "args": [f"{FOLDER}/labels.sqlite"]}],
            },
        )
    bucket = {
        "access_key": "${AWS_ACCESS_KEY_ID:-}",
        "secret_key": "${AWS_SECRET_ACCESS_KEY:-}",
        "bucket": "${S3_BUCKET}",
        "prefix": f"{preset.folder}/",
        "endpoint": "${AWS_ENDPOINT_URL:-}",
        "region": "${AWS_REGION:-}",
    }
    return Section(
        "Where it is kept: data in S3, labels in MongoDB. ${NAME} is filled in from above.",
        {
            "DATA_ACTOR_CONFIG": [{"actor": "S3", "kwargs": bucket}],
            "LABEL_ACTOR_CONFIG": [
                {
                    "actor": "mongo",
                    "kwargs": {
                        "uri": "${MONGODB_URI}",
                        "database": "${MONGODB_DATABASE:-librarian}",
                    },
                }
            ],
        },
    )


def checks(answers: Answers) -> Section:
    """Give what comes in, and what is checked."""
    told = f"What comes in, and what is checked: {answers.preset.help}."
    return Section(told, answers.preset.checks(answers.labels, answers.language))


def page(answers: Answers) -> Section:
    """Give what people read."""
    return Section(
        "The page at / through which people contribute.",
        {
            "PAGE_TITLE": answers.title,
            "PAGE_INTRODUCTION": answers.preset.said(answers.language).introduction,
            "PAGE_LANGUAGE": answers.language,
        },
    )


def access(looking: str, sending: str = "") -> dict[str, list[str]]:
    """Give who may look, and who may send, by the variables that hold their keys."""
    found = {"review": [f"owner:key:${{{looking}}}"]}
    return found | ({"submit": [f"contributors:key:${{{sending}}}"]} if sending else {})


def _owners(made: Mapping[str, str]) -> Section:
    told = "Yours: receipts are signed with the secret; the key opens the desk, at /desk."
    return Section(told, {**made, "ACCESS_CONFIG": access(LOOKING)})


def _sections(answers: Answers, key: str, kept: Mapping[str, str]) -> Iterator[Section]:
    yield Section(
        f"Written by librarian init {answers.preset.name}. Every setting: librarian serve --help.\n"
        "It may hold secrets: it is for you alone, and never goes into git.",
        {},
    )
    yield checks(answers)
    yield page(answers)
    if answers.keep != HERE:
        yield _secrets(answers, kept)
    yield stores(answers)
    if key:
        told = "Who may send: those with the key that was shown once; only its hash is here."
        yield Section(told, {"ACCESS_SUBMIT": keys.entry_of(key, "contributors")})
    if answers.where in (NGINX, DOCKER):
        yield Section("One proxy, nginx, stands before it.", {"LIBRARIAN_PROXY_HOPS": "1"})


def _secrets(answers: Answers, kept: Mapping[str, str]) -> Section:
    if answers.where == DOCKER:
        inside = kept.get("AWS_ENDPOINT_URL") == CONTAINED["AWS_ENDPOINT_URL"]
        before = kept.get("AWS_SECRET_ACCESS_KEY") if inside else ""
        made = {"AWS_SECRET_ACCESS_KEY": before or secrets.token_urlsafe(24)}
        return Section(
            "The stores of compose.yaml, and a password made for them.", CONTAINED | made
        )
    own = {
        "MONGODB_URI": answers.mongodb_uri,
        "S3_BUCKET": answers.bucket,
        "AWS_ENDPOINT_URL": answers.endpoint,
        "AWS_ACCESS_KEY_ID": answers.access_key,
        "AWS_SECRET_ACCESS_KEY": answers.secret_key,
    }
    lacking = f" Fill in {' and '.join(answers.lacking)}." if answers.lacking else ""
    return Section(f"Your stores, each secret once.{lacking}", own)
