"""What is the corpus? All that is odd or hostile and comes to a public address, with its answers.

A case names the stage and the rule that must refuse it, or that it must be accepted and what is
then kept. All of it is made here, alike at each run; nothing is downloaded.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from librarian.stage import BY_SLUG
from tests.pictures import make

ACCEPTED = "accepted"
MAX_BYTES = 2**20
MAX_FRAMES = 100
PHOTO = make("JPEG", 64, 48)
TYPES = {
    "x": "int?",
    "f": "float?",
    "ok": "bool?",
    "mood": "str?",
    "tags": "list?",
    "box": "dict?",
    "box.x": "int?",
}
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Case:
    """One request, and how it must be answered."""

    name: str
    answer: str
    """`accepted`, or the slug of the stage and the rule of the first fault: `receive/base64`."""
    body: bytes
    headers: Headers = ()
    target: str = "/upload"
    method: str = "POST"
    data: bytes = b""
    """What must lie in the data store; the body where nothing else is said."""
    labels: Mapping[str, Any] | None = None
    """What the receipt and the label store must say, where it matters."""

    @property
    def accepted(self) -> bool:
        return self.answer == ACCEPTED

    @property
    def status(self) -> int:
        """The status that the answer must have."""
        if self.accepted:
            return 200 if self.target.startswith("/put") else 201
        return BY_SLUG[self.answer.partition("/")[0]].status


def variables(folder: Path) -> dict[str, str]:
    """Configure a service that the cases can be sent to: typed labels, images, local stores."""
    return {
        "LIBRARIAN_DATA_DIR": str(folder),
        "LIBRARIAN_MAX_BYTES": str(MAX_BYTES),
        "LIBRARIAN_MAX_FRAMES": str(MAX_FRAMES),
        "INPUT_CONFIG": json.dumps({"type": ["base64", "file", "raw"], "tag": "image"}),
        "LABEL_VALID_CONFIG": json.dumps([{"validator": "type", "args": [TYPES]}]),
        "DATA_VALID_CONFIG": json.dumps([{"validator": "img"}]),
        "DATA_ACTOR_CONFIG": json.dumps([{"actor": "image", "args": [f"{folder}/images"]}]),
        "LABEL_ACTOR_CONFIG": json.dumps(
            [{"actor": "sqlite", "args": [f"{folder}/labels.sqlite"]}]
        ),
    }
