"""Shards of tar: members that share a name up to its first dot are one contribution."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from librarian import strictjson
from librarian.importing.exported import Told
from librarian.importing.found import Piece, Row, Rows, Unusable, given
from librarian.units import say_bytes

LARGEST = 2**30
"""Bytes of one member, at most: it is held in memory."""


def rows(folder: Path, about: Told) -> Rows:
    """Yield the rows. Raises Unusable where a shard is broken."""
    for path in sorted(folder.rglob("*.tar")):
        try:
            yield from _shard(path, about)
        except (tarfile.TarError, EOFError):
            raise Unusable(f"{path.name} is no tar, or broken off.") from None


def _shard(path: Path, about: Told) -> Rows:
    key, members = "", dict[str, bytes]()
    for name, content in _members(path):
        own, _, ending = name.rpartition("/")[2].partition(".")
        whole = name.removesuffix(f".{ending}")
        if whole != key and members:
            yield _row(path, key, members, about)
            members = {}
        key = whole
        members[ending if own else name] = content
    if members:
        yield _row(path, key, members, about)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path, "r|") as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None:
                if member.size > LARGEST:
                    raise Unusable(
                        f"{path.name}: {say_bytes(member.size)} in one file is too much."
                    )
                yield member.name, file.read()


def _row(path: Path, key: str, members: dict[str, bytes], about: Told) -> Row:
    place = f"{path.name}, {key}"
    labels: Any = {}
    if "json" in members:
        try:
            labels = strictjson.loads(members.pop("json"))
        except strictjson.NotJson as error:
            raise Unusable(f"{place}.json: {error}.") from None
        if not isinstance(labels, dict):
            raise Unusable(f"{place}.json: this is not a JSON object.")
    if "cls" in members and not about.format:
        labels["cls"] = members.pop("cls").decode(errors="replace").strip()
    data: dict[str, Piece] = {}
    for ending, content in members.items():
        tag = ending.partition(".")[0] if "." in ending else next(iter(about.inputs), "")
        data.setdefault(tag, given(content, f"{key.rpartition('/')[2]}.{ending}"))
    return Row(place, labels, data)
