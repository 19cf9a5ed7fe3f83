"""Which bytes does each target begin with? Those of the corpus, which already go far."""

from urllib.parse import urlsplit

from tests.corpus import Case, encodings, headers, images, labels
from tests.fuzz import messages
from tests.picture import whole
from tests.privacy import photos

LONGEST = 20_000
"""Bytes of a seed; longer ones only make changes rare."""


def seeds(target: str) -> list[bytes]:
    """Give a target's seeds, each once."""
    found = [seed for seed in _seeds(target) if 0 < len(seed) <= LONGEST]
    return list(dict.fromkeys(found))


def _seeds(target: str) -> list[bytes]:
    cases = [*encodings.cases(), *labels.cases(), *headers.cases(), *images.cases()]
    if target == "receive":
        return [messages.written(case) for case in cases]
    if target == "multipart":
        return [case.body for case in cases if case.headers == encodings.MULTIPART]
    if target == "places":
        made = (photos.jpeg, photos.png, photos.webp, photos.gif, photos.avif, photos.tiff)
        return [make(order) for make in made for order in "<>"] + _seeds("picture")
    if target == "tables":
        return whole.SAMPLES
    if target in ("picture", "kind"):
        return [case.body for case in images.cases()]
    if target == "query":
        return [urlsplit(case.target).query.encode() for case in cases] + _bodies(
            cases, encodings.FORM
        )
    if target == "json":
        return _bodies(cases, encodings.JSON)
    if target == "labels":
        return [urlsplit(case.target).query.encode() for case in cases]
    if target == "base64":
        forms = _bodies(cases, encodings.FORM)
        return [form.removeprefix(b"image=") for form in forms]
    return [
        b'[{"actor": "mongo","args": ["<user>","<pswd>","<url>","<db>","<col>"]}]',
        b'[{"validator": "img","kwargs": {"h": 0,"w": 0}}]',
        b'[{"validator": "type","args": [{"filename": "str","x": "int?"}]}]',
        b'{"type": ["base64","file","raw"], "tag": "image", "required": false}',
        b'[{"actor": "S3","args": ["${A:-b}","${B}","c","images/",""], "input": "image"}]',
    ]


def _bodies(cases: list[Case], kind: tuple[tuple[str, str], ...]) -> list[bytes]:
    return [case.body for case in cases if case.headers == kind]
