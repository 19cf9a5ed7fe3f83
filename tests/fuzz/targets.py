"""Which pieces of the service are fed any bytes, and what must hold of each, whatever comes?

A target takes bytes and raises where a promise is broken: anything but the refusal it may give.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from flask import Flask

from librarian import labels, media, privacy, strictjson
from librarian.inputs.base64 import Base64
from librarian.picture import polyglot
from librarian.privacy.clean import Unsafe
from librarian.problem import ConfigError
from librarian.record import LABELS, Carrier, Submission
from librarian.settings import load, sources
from librarian.stage import BY_SLUG, RECEIVE, Failure, Stage
from librarian.web import create_app, pieces
from tests.corpus import PHOTO, Case, sending, variables
from tests.fuzz import messages
from tests.picture import whole

DECLARED = {"x": "int", "f": "float", "ok": "bool", "tags": "list", "box": "dict", "n": "number"}


@contextmanager
def only(stage: Stage) -> Iterator[None]:
    """Let the refusals of one stage pass, and nothing else."""
    try:
        yield
    except Failure as failure:
        if failure.stage is not stage:
            raise


def base64(sent: bytes) -> None:
    """Read base64 text."""
    with only(RECEIVE):
        Base64().read("image", Carrier("field", sent.decode("utf-8", "replace")))


def query(sent: bytes) -> None:
    """Read a query string or a form."""
    with only(RECEIVE):
        pieces.pairs(sent)


def jsons(sent: bytes) -> None:
    """Read JSON; what is read can be written and is then the same."""
    try:
        value = strictjson.loads(sent)
    except strictjson.NotJson:
        return
    assert strictjson.same(strictjson.loads(strictjson.dumps(value)), value)


def label(sent: bytes) -> None:
    """Gather labels of a query and of JSON; those without a fault can be written."""
    text, _, more = sent.decode("utf-8", "replace").partition("\0")
    pairs = tuple((n, v) for n, _, v in (each.partition("=") for each in text.split("&")))
    pieces = ((LABELS, Carrier("field", more)),) if more else ()
    legacy = len(sent) % 2 == 1
    sent_labels = Submission("form", pairs, pieces, legacy=legacy)
    with only(RECEIVE):
        found = labels.gather(sent_labels, ["image"], DECLARED)
        list(labels.faults(found, 20))
        strictjson.dumps(found)


def kind(sent: bytes) -> None:
    """Tell what kind of file it is, and whether it is two."""
    told = media.sniff(sent)
    if told.type.startswith("image/") and told not in (media.SVG, media.HEIC):
        polyglot.also(sent, told)


def places(sent: bytes) -> None:
    """Take the places out of a picture: it stays as long as it was, and loses them only once."""
    told = media.sniff(sent).type
    if told not in privacy.FORMATS:
        return
    with suppress(Unsafe):
        content, _ = privacy.FORMATS[told].cleaned(sent)
        assert len(content) == len(sent)
        assert privacy.FORMATS[told].cleaned(bytes(content)).content == content
    with suppress(Unsafe):
        privacy.FORMATS[told].bare(sent)


def configuration(sent: bytes) -> None:
    """Read a configuration: settings, or every fault with its path."""
    text = sent.decode("utf-8", "replace").replace("\0", "")
    sources.gather(environ={"A": text}, is_json=lambda _: True)
    try:
        load({"INPUT_CONFIG": text, "LABEL_VALID_CONFIG": text, "DATA_ACTOR_CONFIG": text})
    except ConfigError as error:
        if not all(problem.path and problem.message for problem in error.problems):
            raise


def multipart(sent: bytes) -> None:
    """Send a multipart form."""
    form = (("Content-Type", "multipart/form-data; boundary=b"),)
    answered(Case("", "", sent, form, "/upload?x=1"))


def picture(sent: bytes) -> None:
    """Send a picture."""
    answered(Case("", "", sent, (), "/upload?x=1"))


def tables(sent: bytes) -> None:
    """See that a JPEG without pixels decodes if, and only if, the whole one does."""
    whole.agrees(sent)


def receive(sent: bytes) -> None:
    """Send any request."""
    answered(messages.read(sent))


def answered(case: Case) -> None:
    """See that a request is taken or refused by a stage that is the client's."""
    see(case, sending.into(application(), case))


def see(case: Case, answer: sending.Answer) -> None:
    """See that an answer is a receipt or a whole problem document, and no fault of ours."""
    said = f"{answer.status} {answer.body[:300]!r} to {messages.written(case)[:300]!r}"
    assert 200 <= answer.status < 300 or 400 <= answer.status < 500, said
    page = not case.target.partition("?")[0].strip("/")  # whose own form is answered in HTML
    if answer.status >= 400 and not page:
        document = json.loads(answer.body)
        assert BY_SLUG[document["type"]].status == document["status"] == answer.status, said
        assert document["detail"], said
        assert answer.headers["Access-Control-Allow-Origin"] == "*", said


@cache
def application() -> Flask:
    """Make a service that reads and checks all and keeps nothing."""
    nowhere = {"DATA_ACTOR_CONFIG": "[]", "LABEL_ACTOR_CONFIG": "[]"}
    folder = Path(tempfile.mkdtemp(prefix="librarian-fuzz-"))
    app = create_app(load({**variables(folder), **nowhere}))
    assert sending.into(app, Case("", "", PHOTO)).status == 201
    return app


TARGETS: dict[str, Callable[[bytes], None]] = {
    "base64": base64,
    "query": query,
    "json": jsons,
    "labels": label,
    "kind": kind,
    "places": places,
    "tables": tables,
    "configuration": configuration,
    "multipart": multipart,
    "picture": picture,
    "receive": receive,
}
REQUESTS = ("multipart", "picture", "receive")
"""The targets that are whole requests."""
