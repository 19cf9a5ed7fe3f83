"""What was there before the owner began? Secrets in use stay as they are, and so do addresses.

Whoever begins once more, or after a while with the embedded default, would else end every receipt's
token and every key at the desk. Looked for in .env, then in the embedded default's folder.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from librarian.disk import private
from librarian.settings.sources import in_file
from librarian.setup.answers import HERE, Answers
from librarian.setup.variables import CONTAINED, FOLDER, LOOKING, SIGNING
from librarian.signed import reviewkey, secret
from librarian.stage import StoreError

EMBEDDED = {SIGNING: secret.NAME, LOOKING: reviewkey.NAME}
"""Under which names the embedded default keeps the same two."""


def told(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Give the environment, with .env behind it but for what is of compose.yaml's own stores."""
    own = {name: said for name, said in in_file("", []).items() if CONTAINED.get(name) != said}
    return own | {name: said for name, said in environ.items() if said}


def kept(answers: Answers) -> Mapping[str, str]:
    """Give the secrets that were made before, by variable."""
    found = {}
    if answers.keep == HERE:
        for name, file in EMBEDDED.items():
            with suppress(StoreError):  # one that cannot be read is made anew
                found[name] = private.read(Path(FOLDER), file) or ""
    return found | in_file("", [])
