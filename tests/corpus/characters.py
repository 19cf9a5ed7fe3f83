"""Which characters may no label and no file name hold? Those that nobody sees, or that deceive."""

import json
from collections.abc import Iterator
from urllib.parse import quote

from tests.corpus import PHOTO, Case
from tests.corpus.encodings import CODE, FORM, JSON, MULTIPART, named

REFUSED = "label-validation/characters"
UNSEEN = {
    "a NUL": "\0",
    "a bell": "\x07",
    "a backspace": "\b",
    "an escape": "\x1b[31m",
    "an override of the direction": "\u202e",
    "an isolate of the direction": "\u2066",
}


def cases() -> Iterator[Case]:
    for word, unseen in UNSEEN.items():
        text = f"cat{unseen}gpj"
        yield Case(f"{word} in a label", REFUSED, PHOTO, target=f"/upload?mood={quote(text)}")
        yield Case(f"{word} in a free label", REFUSED, PHOTO, target=f"/upload?free={quote(text)}")
        yield Case(f"{word} in a label's name", REFUSED, PHOTO, target=f"/upload?{quote(text)}=1")
        yield Case(
            f"{word} in a form's label",
            REFUSED,
            f"image={quote(CODE, safe='')}&mood={quote(text)}".encode(),
            FORM,
        )
        for place, labels in {
            "a label": {"mood": text},
            "a name": {text: 1},
            "a name within": {"box": {text: 1}},
            "a list": {"tags": ["a", text]},
        }.items():
            body = json.dumps({"image": CODE, "labels": labels}).encode()
            yield Case(f"{word} in {place} in JSON", REFUSED, body, JSON)
        if unseen != "\0":  # which ends a header, and with it the form
            body = named("image", PHOTO, filename=text) + b"--b--\r\n"
            yield Case(f"{word} in a file's name", REFUSED, body, MULTIPART)
