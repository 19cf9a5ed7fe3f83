"""What is one contribution on a disk? Its files, its labels, and the key that both make.

The key is SHA-256 over the service's address, the labels and the bytes: the same again is the same
key, so that it is stored once.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from librarian import strictjson
from librarian.sending.labelling import Labelling, Labels, Unusable

CHUNK = 16_384
"""Bytes that go out at one time; so many must go within the time-out of a slow line."""
SEVERAL = re.compile(r"([A-Za-z0-9_-]+)=(.+)", re.DOTALL)


class Changed(Exception):
    """A file is no longer what its key was made of."""


@dataclass(frozen=True, slots=True)
class Print:
    """What a file held when its key was made."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Contribution:
    """Files by the input that they are for, and their labels."""

    name: str
    files: Mapping[str, Path]
    labels: Labels
    size: int
    """Bytes of all files, as far as is known before they are read."""

    @cached_property
    def prints(self) -> Mapping[str, Print]:
        """The fingerprint of each file. Raises OSError."""
        return {tag: _print(path) for tag, path in self.files.items()}

    def key(self, url: str) -> str:
        """Make the idempotency key. Raises OSError."""
        told = strictjson.dumps([url, {tag: each.sha256 for tag, each in self.prints.items()}])
        return hashlib.sha256(told + b"\0" + self.labels.told).hexdigest()

    def read(self, tag: str, count: Callable[[int], None]) -> Iterator[bytes]:
        """Read a file piece by piece. Raises OSError; Changed before its last piece goes out."""
        expected, seen, size, held = self.prints[tag], hashlib.sha256(), 0, b""
        with self.files[tag].open("rb") as file:
            while piece := file.read(CHUNK):
                seen.update(piece)
                size += len(piece)
                if size > expected.size:
                    raise Changed
                if held:
                    yield held
                    count(len(held))
                held = piece
        if Print(seen.hexdigest(), size) != expected:
            raise Changed
        yield held
        count(len(held))


def gather(words: Sequence[str], tags: Sequence[str], labelling: Labelling) -> list[Contribution]:
    """Make contributions of what stands on the command line. Raises Unusable with every fault."""
    made, faults = [], []
    for word in words:
        try:
            files = _files(word, tags)
            size = sum(_size(path) for path in files.values())
            labels = labelling.of(str(next(iter(files.values()))))
            name = word.encode(errors="replace").decode()
            made.append(Contribution(name, files, labels, size))
        except Unusable as error:
            faults.append(str(error))
    if faults:
        raise Unusable("\n".join(faults))
    return made


def _files(word: str, tags: Sequence[str]) -> dict[str, Path]:
    """Tell which file is for which input: TAG=FILE,TAG=FILE, or one file for the first input."""
    pairs = [SEVERAL.fullmatch(each) for each in word.split(",")]
    named = {pair[1]: Path(pair[2]) for pair in pairs if pair is not None and pair[1] in tags}
    if len(named) == len(pairs) and not Path(word).exists():
        return named
    return {tags[0]: Path(word)}


def _size(path: Path) -> int:
    try:
        if path.is_dir():
            raise Unusable(f"{path} is a folder; name the files in it.")
        return path.stat().st_size
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise Unusable(f"The file {path} {reason}.") from None


def _print(path: Path) -> Print:
    with path.open("rb") as file:
        return Print(hashlib.file_digest(file, "sha256").hexdigest(), file.tell())
